"""What judges are told: one file for each version of a prompt, so that a score says which it was made with."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources

from vlitqa.contracts.tools import Verdict
from vlitqa.errors import UsageError
from vlitqa.records import Turn
from vlitqa.results import Status


@cache
def rubric(name: str) -> str:
    """The text of a prompt file; raises UsageError where there is none of this name."""
    known = {each.name.removesuffix(".txt"): each for each in (resources.files("vlitqa.metrics") / "prompts").iterdir()}
    if name not in known:
        raise UsageError(f"There is no prompt {name!r}.", repair=f"Known are {', '.join(sorted(known))}.")
    return known[name].read_text(encoding="utf-8").strip()


def hindrance(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The first verdict that another try could bring: a record that has one is measured anew, not in part."""
    again = (Status.JUDGE_UNAVAILABLE, Status.NOT_MEASURED)
    return next((each for each in verdicts if each.status in again), None)


def sample_of(turn: Turn) -> str:
    """A turn as a judge reads it."""
    return f"Instruction: {turn.instruction or ''}\n\nAnswer: {turn.response or ''}"
