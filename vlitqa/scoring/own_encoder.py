"""A sentence encoder that is trained on the responses of the datasets it is to measure (`--simcse-steps`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from vlitqa.backends.encoders.sentence_training import train_encoder
from vlitqa.backends.encoders.sentences import MiniLM, SimCSE
from vlitqa.backends.encoders.simcse import SimCSETraining
from vlitqa.backends.profiles import choices_of, profile_of
from vlitqa.errors import ToolMissing, UsageError
from vlitqa.reader import Reading, open_dataset
from vlitqa.records import Record
from vlitqa.scoring.job import Request

_KIND = "sentences"
_FEWEST = 2
_TOLD = 10
"""How often a user hears how far it is."""


def tuned_tool(paths: Sequence[Path], request: Request, steps: int, tell: Callable[[str], None]) -> str:
    """The encoder of the first dataset, trained on the responses of all: `sentences=NAME`, as `--tool` takes it."""
    if not any(_KIND in metric.card.tools for metric in request.metrics):
        raise UsageError("--simcse-steps: none of the metrics uses sentence vectors.", repair="Leave it out.")
    (choice,) = choices_of(profile_of(paths[0].absolute().parent, request.profile, request.tools), (_KIND,))
    if choice.backend and not isinstance(choice.backend, MiniLM | SimCSE):
        raise UsageError("--simcse-steps trains minilm and simcse alone.", repair="Leave it out, or name one of them.")
    if not isinstance(choice.backend, MiniLM | SimCSE):
        raise ToolMissing(f"--simcse-steps: there is no sentence encoder ({choice.lack}).", repair="vlitqa doctor")
    texts = _responses(paths, request.reading, request.limit)
    if len(texts) < _FEWEST:
        raise UsageError("--simcse-steps: there are no two different responses to learn from.", repair="Leave it out.")

    def told(step: int, loss: float) -> None:
        if step * _TOLD // steps > (step - 1) * _TOLD // steps:
            tell(f"SimCSE: step {step:,} of {steps:,}, loss {loss:.4f}")

    training = SimCSETraining(steps=steps, seed=request.seed)
    return f"{_KIND}={train_encoder(choice.backend.recipe(), texts, training, told)}"


def _responses(paths: Sequence[Path], reading: Reading, limit: int | None) -> list[str]:
    """All different responses, in an order of their own."""
    found: set[str] = set()
    for path in paths:
        left = limit
        with open_dataset(path, reading).entries() as entries:
            for entry in entries:
                if left == 0:
                    break
                if isinstance(entry, Record):
                    found.update(turn.response for turn in entry.turns if turn.response and turn.response.strip())
                    left = None if left is None else left - 1
    return sorted(found)
