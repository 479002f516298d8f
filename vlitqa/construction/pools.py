"""Pools of instructions: a text file for each task, an instruction on each line, and the class of the answer's length.

The first line is `# answer: CLASS`, such as `# answer: one sentence`; a short annotation is a right answer only to an
instruction that asks for one (the review, section 3.2.1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vlitqa.errors import UsageError

SHIPPED_POOLS = Path(__file__).parent / "pools"
_EXPANDED_POOLS = SHIPPED_POOLS / "expanded"
"""Instructions that ask for no length, for answers that a writer makes sentences of."""
_HEAD = "# answer:"
_PLACE = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class InstructionPool:
    """The instructions of one task."""

    task: str
    answer: str
    """The class of the length of an answer."""
    instructions: tuple[str, ...]
    places: frozenset[str]
    """The names in braces of its instructions."""


def read_pools(folder: Path | None = None, *, expands: bool = False) -> Mapping[str, InstructionPool]:
    """All pools by task: those of vlitqa, and in their place those of a folder; raises UsageError for a broken one.

    Where short answers are expanded, the instructions of vlitqa ask for no length.
    """
    files = [*sorted(SHIPPED_POOLS.glob("*.txt")), *(sorted(_EXPANDED_POOLS.glob("*.txt")) if expands else [])]
    shipped = {pool.task: pool for pool in map(_read_pool, files)}
    if folder is None:
        return shipped
    files = sorted(folder.glob("*.txt"))
    if not files:
        raise UsageError(f"{folder} holds no pool of instructions.", repair="A pool is a file such as counting.txt.")
    pools = dict(shipped)
    for pool in map(_read_pool, files):
        if pool.task not in shipped:
            raise UsageError(
                f"{folder}: no task is called {pool.task!r}.",
                repair=f"Name the file by a task: {', '.join(task.replace(' ', '_') for task in shipped)}.",
            )
        if not pool.places <= shipped[pool.task].places or bool(pool.places) != bool(shipped[pool.task].places):
            wanted = " or ".join(f"{{{place}}}" for place in sorted(shipped[pool.task].places)) or "no words in braces"
            raise UsageError(f"{folder}: an instruction of {pool.task!r} holds {wanted}.", repair="Mend its lines.")
        pools[pool.task] = pool
    return pools


def _read_pool(path: Path) -> InstructionPool:
    try:
        head, *lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as a pool ({error}).", repair="Write a text file in UTF-8.") from None
    instructions = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not head.startswith(_HEAD) or not instructions:
        raise UsageError(f"{path} is no pool.", repair=f"Begin with `{_HEAD} one word`; then an instruction a line.")
    places = [frozenset(_PLACE.findall(line)) for line in instructions]
    if any(places) and not all(places):
        without = next(line for line, names in zip(instructions, places, strict=True) if not names)
        raise UsageError(f"{path}: {without!r} has no words in braces, as the others have.", repair="Mend the line.")
    answer = head.removeprefix(_HEAD).strip()
    return InstructionPool(path.stem.replace("_", " "), answer, instructions, frozenset().union(*places))
