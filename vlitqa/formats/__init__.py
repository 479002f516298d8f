"""One file per shape of rows; the flat ones share a table."""
