"""The pool of labelled dialogues from which the examples of a prompt are drawn (TextBind, section 3.3 and Table 2).

Three examples are shown: at least one is excellent, and together they have all four characteristics. Where no three of
the pool are so, the conditions are given up in a stated order, and it is recorded which.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec

from vlitqa.algorithms.example_triples import strictest_triples
from vlitqa.errors import UsageError
from vlitqa.results.annotation import POOR, DialogueExample, Relaxed


@dataclass(frozen=True)
class ExamplePool:
    """All dialogues that may be shown: poor ones are none of them."""

    examples: Sequence[DialogueExample]

    def draw(self, dice: random.Random) -> tuple[Sequence[DialogueExample], Relaxed]:
        """Three examples that keep the conditions, each such triple equally often, and what had to be given up."""
        triples, relaxed = self._triples
        triple = list(dice.choice(triples))
        return dice.sample(triple, len(triple)), relaxed

    @cached_property
    def _triples(self) -> tuple[Sequence[Sequence[DialogueExample]], Relaxed]:
        return strictest_triples(self.examples)


def read_pool(path: Path) -> ExamplePool:
    """Reads a pool: a line of JSON for each labelled dialogue; raises UsageError for a file that is none."""
    try:
        lines = [line for line in path.read_bytes().splitlines() if line.strip()]
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).", repair="Name a pool of examples.") from None
    return ExamplePool([example for example in _decode(path, lines) if example.quality != POOR])


def _decode(path: Path, lines: Sequence[bytes]) -> Iterator[DialogueExample]:
    decoder = msgspec.json.Decoder(DialogueExample)
    for number, line in enumerate(lines, 1):
        try:
            yield decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(
                f"{path}, line {number}: {str(error)[:200]}.",
                repair="An example has id, quality, characteristics, images and dialogue: docs/build.md.",
            ) from None
