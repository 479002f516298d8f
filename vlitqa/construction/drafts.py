"""One row as a strategy drafts it: its record, where it comes from, and the faults that were found in it."""

from __future__ import annotations

from msgspec import Struct

from vlitqa.contracts.writers import TokenUsage
from vlitqa.records import Record


class TurnOrigin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one turn of a row comes from."""

    task: str
    instruction: str
    """The line of the pool, with its braces."""
    sources: tuple[str, ...]
    """The names of the annotations of its response."""


class WriterOrigin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a writer was asked for a row: enough to make the prompt once more."""

    kind: str
    cue: str
    """The line that said what to write."""
    prompt_version: int
    examples: tuple[str, ...] = ()
    """The ids of the examples that were shown."""
    writer: str
    """The fingerprint of the writer."""
    request: str
    """The digest of the request, under which its reply is kept."""
    attempts: int = 1
    usage: TokenUsage
    """The tokens of all attempts."""


class RowOrigin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a row comes from: enough to make it once more."""

    strategy: str
    images: tuple[str, ...]
    licences: tuple[str, ...] = ()
    """Those of its images and annotations, each once."""
    is_licensed: bool = True
    """False where no licence of its images or of one of its annotations is given."""
    turns: tuple[TurnOrigin, ...] = ()
    writer: WriterOrigin | None = None
    topic: int | None = None
    """The number of the cluster from which its images were drawn."""
    relaxed: str = ""
    """The condition that no three examples of the pool kept."""
    dataset: str = ""
    """The dataset of a mixture that it comes from."""
    is_gold: bool = False
    """True for a row of a checked set, which comes last."""

    def tasks(self) -> tuple[str, ...]:
        """The task of each turn, or the kind of the whole conversation, or the dataset of a mixture."""
        if self.dataset:
            return (self.dataset,)
        return (self.writer.kind,) if self.writer and not self.turns else tuple(turn.task for turn in self.turns)


class RowFault(Struct, frozen=True):
    """Why a row is dropped."""

    code: str
    detail: str = ""


class Draft(Struct, frozen=True, kw_only=True):
    """One row that a strategy made."""

    record: Record
    origin: RowOrigin
    faults: tuple[RowFault, ...] = ()
    reply: str = ""
    """What the writer replied, as it came."""
