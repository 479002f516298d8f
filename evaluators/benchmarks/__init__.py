"""Benchmarks: the questions, the rules by which answers are marked, and what the marks come to."""
