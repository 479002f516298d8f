"""One file per idea of data quality."""
