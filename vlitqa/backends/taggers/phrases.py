"""Names the tasks of instructions by their key phrases: `count objects`, `describe image`, `name colour`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from vlitqa.backends.english.chunking import CHARACTER_CAP, Chunker, lack, stamp
from vlitqa.backends.taggers.task_phrases import task_phrases
from vlitqa.errors import UsageError

RULES = 1
"""Rises whenever the same chunks could be named otherwise."""
MOST = 5
"""Tags of one instruction."""


@dataclass(frozen=True)
class Phrases:
    """Tags from key phrases of English instructions; needs no model and no download."""

    @classmethod
    def of(cls, source: str) -> Phrases:
        if source:
            raise UsageError(f"The tagger phrases has no {source!r}.", repair="It is named without a source: phrases.")
        return cls()

    def missing(self) -> tuple[str, str] | None:
        return lack()

    def fingerprint(self) -> str:
        return f"phrases {RULES}, {stamp()}"

    def open(self) -> PhraseTagger:
        return PhraseTagger()


class PhraseTagger:
    """Names tasks by what an instruction asks and what it commands; the general name comes before the special one."""

    characters = CHARACTER_CAP
    """Of a text, what it reads."""

    def __init__(self) -> None:
        self._chunker = Chunker()

    def candidates(self, texts: Sequence[str]) -> Sequence[tuple[str, ...]]:
        return [self._candidates(text) for text in texts]

    def choose(self, texts: Sequence[str], offered: Sequence[Sequence[str]]) -> Sequence[tuple[str, ...]]:
        """Those of its own candidates that are offered, and behind them what is offered and holds the same noun."""
        return [self._chosen(text, names) for text, names in zip(texts, offered, strict=True)]

    def _chosen(self, text: str, offered: Sequence[str]) -> tuple[str, ...]:
        own = self._candidates(text)
        nouns = {tag.rpartition(" ")[2] for tag in own}
        near = (name for name in offered if name.rpartition(" ")[2] in nouns)
        return tuple(islice(dict.fromkeys([*(tag for tag in own if tag in offered), *near]), MOST))

    def _candidates(self, text: str) -> tuple[str, ...]:
        found = (tag for sentence in self._chunker.sentences(text) for tag in task_phrases(sentence))
        return tuple(islice(dict.fromkeys(found), MOST))
