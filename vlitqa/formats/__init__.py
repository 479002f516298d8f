"""The shapes of rows, a file each; the flat ones share a table."""
