"""Numbers of errors of the system, by what a user can do about them."""

from __future__ import annotations

import errno

FULL_DISK = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
"""No space is left, or a limit on space is reached."""
TOO_MANY_FILES = frozenset((errno.EMFILE, errno.ENFILE))
"""This process, or the system, has as many files open as it may."""
