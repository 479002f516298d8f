"""Copies of a dataset are corrupted by known doses, and every figure is asked whether it notices."""
