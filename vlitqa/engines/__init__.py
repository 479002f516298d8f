"""Engines run work: in this process, in several, or on a Ray cluster."""
