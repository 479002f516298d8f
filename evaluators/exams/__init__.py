"""One model in one benchmark: its answers graded, and the results kept in a folder."""
