"""Names the tasks of instructions by their key phrases: `count objects`, `describe image`, `name colour`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from vlitqa.backends.english.chunking import Chunker, chunker_fingerprint, missing_chunker
from vlitqa.backends.taggers.task_phrases import task_phrases
from vlitqa.contracts.tools import Lack
from vlitqa.errors import UsageError

MOST_TAGS = 5
"""The most tags of one instruction."""
_RULES_VERSION = 1
"""Rises whenever the same chunks could be named otherwise."""


@dataclass(frozen=True)
class Phrases:
    """Tags from key phrases of English instructions; needs no model and no download."""

    @classmethod
    def of(cls, source: str) -> Phrases:
        """Makes it without a source; raises UsageError for any."""
        if source:
            raise UsageError(f"The tagger phrases has no {source!r}.", repair="It is named without a source: phrases.")
        return cls()

    def missing(self) -> Lack | None:
        """Returns what it lacks here."""
        return missing_chunker()

    def fingerprint(self) -> str:
        """Names the rules and TextBlob."""
        return f"phrases {_RULES_VERSION}, {chunker_fingerprint()}"

    def open(self) -> PhraseTagger:
        """Reads the lexicon."""
        return PhraseTagger()


class PhraseTagger:
    """Names tasks by the questions and commands of an instruction, the general name before the special one."""

    def __init__(self) -> None:
        self._chunker = Chunker()

    def candidates(self, texts: Sequence[str]) -> Sequence[tuple[str, ...]]:
        """Names the tasks of every text."""
        return [self._candidates(text) for text in texts]

    def choose(self, texts: Sequence[str], offered: Sequence[Sequence[str]]) -> Sequence[tuple[str, ...]]:
        """Chooses the candidates that are offered, and behind them the offered names with the same noun."""
        return [self._choose(text, names) for text, names in zip(texts, offered, strict=True)]

    def _choose(self, text: str, offered: Sequence[str]) -> tuple[str, ...]:
        candidates = self._candidates(text)
        nouns = {tag.rpartition(" ")[2] for tag in candidates}
        same_noun = (name for name in offered if name.rpartition(" ")[2] in nouns)
        return tuple(islice(dict.fromkeys([*(tag for tag in candidates if tag in offered), *same_noun]), MOST_TAGS))

    def _candidates(self, text: str) -> tuple[str, ...]:
        tags = (tag for sentence in self._chunker.sentences(text) for tag in task_phrases(sentence))
        return tuple(islice(dict.fromkeys(tags), MOST_TAGS))
