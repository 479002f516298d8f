"""Functions as machine code, by numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def compiled(kernel: _Kernel) -> _Kernel:
    """The kernel as machine code, made at its first call and kept for the next start where a folder can be written to.

    A kernel's file must hold every kernel that it calls: the kept code is made anew when that one file changes only.
    """
    try:
        return cast(_Kernel, numba.njit(cache=True, nogil=True)(kernel))
    except RuntimeError:
        return cast(_Kernel, numba.njit(nogil=True)(kernel))
