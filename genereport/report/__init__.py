"""Compose a document from typed results, and render it as HTML and PDF. Nothing is computed here."""
