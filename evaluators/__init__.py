"""Benchmarks, agreement and comparison: what a tuned model can do, and whether data quality predicts it."""
