"""Readers of files that hold more than a table: GCT, GEO series matrices, and one table with the class as a column."""
