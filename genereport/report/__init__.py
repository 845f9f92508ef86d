"""From typed results to a document, and from the document to HTML and PDF. Nothing is computed here."""
