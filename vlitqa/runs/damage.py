"""Damage of the files of a run folder, as an error that a user can repair."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from vlitqa.errors import RunError
from vlitqa.storage.error_numbers import TOO_MANY_FILES


@contextmanager
def damage_errors(path: Path, repair: str = "Score the dataset again.") -> Iterator[None]:
    """Turns whatever a file of a run folder makes its reader raise into a RunError that names the file."""
    try:
        yield
    except RunError:
        raise
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno in TOO_MANY_FILES:
            raise  # no damage
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise RunError(f"{path} cannot be read ({reason}).", repair=repair) from None
