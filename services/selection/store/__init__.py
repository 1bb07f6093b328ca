"""Rows and SQL, by hand."""
