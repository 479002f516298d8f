"""Types of the arrays that kernels take and give."""

from __future__ import annotations

from typing import Any

import numpy as np

Ints = np.ndarray[Any, np.dtype[np.int64]]
Indices = np.ndarray[Any, np.dtype[np.int32]]
"""Numbers of points or edges in compiled kernels: half the memory, and no dataset has two thousand million."""
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Vectors = np.ndarray[Any, np.dtype[np.float32]]
"""Vectors of length one.  # (items, dimensions)"""
