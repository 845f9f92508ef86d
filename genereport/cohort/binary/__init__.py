"""Tables in files that are not text: workbooks, Parquet, .h5ad and R files."""
