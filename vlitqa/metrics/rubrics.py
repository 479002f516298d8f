"""The prompts of judges: one file for each version, so that a score says which it was made with."""

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
    files = (resources.files("vlitqa.metrics") / "prompts").iterdir()
    prompts = {file.name.removesuffix(".txt"): file for file in files}
    if name not in prompts:
        raise UsageError(f"There is no prompt {name!r}.", repair=f"Known are {', '.join(sorted(prompts))}.")
    return prompts[name].read_text(encoding="utf-8").strip()


def retryable_verdict(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The first verdict that lacks what another try could bring: its record is then measured anew, not in part."""
    retryable = (Status.JUDGE_UNAVAILABLE, Status.NOT_MEASURED)
    return next((verdict for verdict in verdicts if verdict.status in retryable), None)


def sample_of(turn: Turn) -> str:
    """A turn as a judge reads it."""
    return f"Instruction: {turn.instruction or ''}\n\nAnswer: {turn.response or ''}"
