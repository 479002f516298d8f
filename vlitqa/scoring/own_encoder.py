"""A sentence encoder that is trained on the responses of the datasets it is to measure (`--simcse-steps`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from vlitqa.backends.encoders.sentence_training import train_sentence_encoder
from vlitqa.backends.encoders.sentences import MiniLM, SimCSE
from vlitqa.backends.encoders.simcse import SimCSETraining
from vlitqa.backends.profiles import choose_tools, read_profile
from vlitqa.errors import ToolMissing, UsageError
from vlitqa.reader import Dataset
from vlitqa.records import Record
from vlitqa.scoring.job import ScoreRequest

_KIND = "sentences"
_FEWEST_RESPONSES = 2
_REPORTS = 10
"""Sentences about the progress of one training."""


def train_encoder_on(
    datasets: Sequence[Dataset], request: ScoreRequest, steps: int, tell: Callable[[str], None]
) -> str:
    """Trains the first dataset's encoder on the responses of all; returns it as `--tool` takes it: `sentences=NAME`."""
    if not any(_KIND in metric.card.tools for metric in request.metrics):
        raise UsageError("--simcse-steps: none of the metrics uses sentence vectors.", repair="Leave it out.")
    (choice,) = choose_tools(read_profile(datasets[0].home, request.profile, request.tools), (_KIND,))
    if choice.backend and not isinstance(choice.backend, MiniLM | SimCSE):
        raise UsageError("--simcse-steps trains minilm and simcse alone.", repair="Leave it out, or name one of them.")
    if not isinstance(choice.backend, MiniLM | SimCSE):
        raise ToolMissing(f"--simcse-steps: there is no sentence encoder ({choice.lack}).", repair="vlitqa doctor")
    texts = _read_responses(datasets, request.limit)
    if len(texts) < _FEWEST_RESPONSES:
        raise UsageError("--simcse-steps: there are no two different responses to learn from.", repair="Leave it out.")

    def report(step: int, loss: float) -> None:
        if step * _REPORTS // steps > (step - 1) * _REPORTS // steps:
            tell(f"SimCSE: step {step:,} of {steps:,}, loss {loss:.4f}")

    training = SimCSETraining(steps=steps, seed=request.seed)
    return f"{_KIND}={train_sentence_encoder(choice.backend.recipe(), texts, training, report)}"


def _read_responses(datasets: Sequence[Dataset], limit: int | None) -> list[str]:
    """Reads all different responses, sorted."""
    responses: set[str] = set()
    for dataset in datasets:
        with dataset.entries() as entries:
            for record in islice((entry for entry in entries if isinstance(entry, Record)), limit):
                responses.update(turn.response for turn in record.turns if turn.response and turn.response.strip())
    return sorted(responses)
