"""Agreement of raters, correlation of quality with exams, and tables of papers reproduced."""
