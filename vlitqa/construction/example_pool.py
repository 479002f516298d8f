"""The pool of labelled dialogues from which the examples of a prompt are drawn (TextBind, section 3.3 and Table 2).

Three examples are shown: at least one is excellent, and together they have all four characteristics. Where no three of
the pool are so, the conditions are given up in a stated order, and it is recorded which.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Literal

import msgspec

from vlitqa.errors import UsageError
from vlitqa.results.annotation import CHARACTERISTICS, EXCELLENT, POOR, DialogueExample

SHOWN_EXAMPLES = 3
_MOST_POOL = 120
"""Examples among which triples are looked for: 280,840 of them; the latest count."""
Relaxed = Literal["", "characteristics", "excellent", "fewer"]


@dataclass(frozen=True)
class ExamplePool:
    """All dialogues that may be shown: poor ones are none of them."""

    examples: Sequence[DialogueExample]

    def draw(self, dice: random.Random) -> tuple[Sequence[DialogueExample], Relaxed]:
        """Three examples that keep the conditions, each such triple equally often, and what had to be given up."""
        if len(self.examples) < SHOWN_EXAMPLES:
            return dice.sample(list(self.examples), len(self.examples)), "fewer"
        triples, relaxed = self._triples
        return dice.sample(list(dice.choice(triples)), SHOWN_EXAMPLES), relaxed

    @cached_property
    def _triples(self) -> tuple[Sequence[Sequence[DialogueExample]], Relaxed]:
        """All triples under the strictest conditions that some triple keeps."""
        every = list(combinations(self.examples[-_MOST_POOL:], SHOWN_EXAMPLES))
        if whole := [triple for triple in every if _has_excellent(triple) and _has_all_characteristics(triple)]:
            return whole, ""
        if excellent := [triple for triple in every if _has_excellent(triple)]:
            return excellent, "characteristics"
        return every, "excellent"


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


def _has_excellent(triple: Sequence[DialogueExample]) -> bool:
    return any(example.quality == EXCELLENT for example in triple)


def _has_all_characteristics(triple: Sequence[DialogueExample]) -> bool:
    return len({one for example in triple for one in example.characteristics}) == len(CHARACTERISTICS)
