"""The parts of a recipe: a table of its file each."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from vlitqa.contracts import Principle
from vlitqa.errors import UsageError

_Count = Annotated[int, Meta(ge=0)]
_Positive = Annotated[int, Meta(ge=1)]


class ImagesPart(Struct, frozen=True, forbid_unknown_fields=True):
    """The images: a folder, or scenes of the shapes world."""

    folder: str = ""
    """Below the folder of the recipe, unless it is absolute."""
    scenes: _Count = 0
    """The number of scenes that are drawn, where no folder is named."""
    side: Annotated[int, Meta(ge=32, le=2048)] = 224
    """Width and height of a drawn scene in pixels."""


class AnnotationsPart(Struct, frozen=True, forbid_unknown_fields=True):
    """One file of annotations."""

    layout: str
    file: str
    questions: str = ""
    source: str = ""
    """Its name in ledgers and pages; that of the file unless it is given."""
    folder: str = ""
    """The folder of its images, below that of all images."""
    licence: str = ""


class PrinciplesPart(Struct, frozen=True, forbid_unknown_fields=True):
    """The review's seven principles, each of which can be switched off alone."""

    correctness: bool = True
    task_diversity: bool = True
    instruction_diversity: bool = True
    response_diversity: bool = True
    instruction_complexity: bool = True
    object_complexity: bool = True
    balance: bool = True

    def follows(self, principle: Principle) -> bool:
        """True if the rows are made by this principle."""
        return bool(getattr(self, principle.value.replace(" ", "_")))


class AdaptionPart(Struct, frozen=True, forbid_unknown_fields=True):
    """How annotations become instructions and responses."""

    tasks: tuple[str, ...] = ()
    """All that the annotations allow, unless some are named."""
    turns: _Positive = 1
    """Turns of a row, about one image."""
    combined: Annotated[float, Meta(ge=0, le=1)] = 0.3
    """The share of turns whose instruction combines two tasks."""
    negatives: Annotated[float, Meta(ge=0, le=1)] = 0.5
    """The share of questions after an object that is absent."""
    expand: bool = False
    """True where a writer makes sentences of short answers."""
    pools: str = ""
    """A folder of pools of instructions, which replace those of vlitqa."""


class SelfInstructPart(Struct, frozen=True, forbid_unknown_fields=True):
    """How a writer is asked for conversations about an image."""

    kinds: tuple[str, ...] = ("global", "negative", "region")
    """Kinds of conversations: about the whole image, about what is not in it, about one object."""
    turns: tuple[_Positive, _Positive] = (3, 5)
    """The fewest and the most turns of a conversation."""
    regions: Literal["named", "drawn"] = "named"
    """A box is given by its numbers, or drawn into a copy of the picture."""
    generations: _Positive = 5
    """Conversations about each image."""
    describe: tuple[str, ...] = ("captions", "counts", "objects", "questions", "words")
    """The kinds of annotation that the writer is told."""
    examples: str = ""
    """A file of examples that replace those of vlitqa."""
    examples_drawn: _Count = 2
    form: Literal["json", "lines"] = "json"
    """The form of a reply: one JSON object, or a line for each message."""


class TextBindPart(Struct, frozen=True, forbid_unknown_fields=True):
    """How images are drawn by topics for dialogues, and how these are filtered."""

    matching: float | str = "null"
    """The least matching degree of an image and its caption; `null` is what shuffled pairs hardly reach, `off` none."""
    topics: _Count = 0
    """Clusters of images; 0 for one of every 24 images."""
    smallest_topic: _Positive = 4
    """Images of a cluster under which it is left out; TextBind has 32."""
    turns: tuple[_Positive, _Positive] = (2, 4)
    filters: Literal["sound", "original"] = "sound"
    """Ours, or TextBind's own eight."""
    pool: str = ""
    """A file of labelled dialogues, of which three are shown; none unless one is named."""


class WriterPart(Struct, frozen=True, forbid_unknown_fields=True):
    """How a writer draws its replies, and what it may cost."""

    temperature: Annotated[float, Meta(ge=0, le=2)] = 0.8
    top_p: Annotated[float, Meta(gt=0, le=1)] = 1.0
    max_tokens: Annotated[int, Meta(ge=16)] = 1024
    """Of a reply."""
    attempts: Annotated[int, Meta(ge=1, le=5)] = 2
    """How often a writer is asked for a reply whose form is right."""
    prompt_price: float | None = None
    """Of a million tokens of prompts, in the user's money."""
    reply_price: float | None = None
    most_tokens: _Count | None = None
    most_money: Annotated[float, Meta(ge=0)] | None = None

    def refuse_nonsense(self) -> None:
        """Raises UsageError for a budget that allows nothing, or that cannot be kept."""
        if 0 in (self.most_tokens, self.most_money):
            raise UsageError("[writer] a budget of 0 lets nothing be written.", repair="Raise it, or take it out.")
        if self.most_money is not None and None in (self.prompt_price, self.reply_price):
            raise UsageError(
                "[writer] most_money needs prices.",
                repair="Give prompt_price and reply_price, each of a million tokens.",
            )


class ChecksPart(Struct, frozen=True, forbid_unknown_fields=True):
    """The faults for which a row is dropped, beside those that make it unusable."""

    off: tuple[str, ...] = ()
    """The codes of faults that are let pass."""


class ControlPart(Struct, frozen=True, forbid_unknown_fields=True):
    """Quality control by the rules of `vlitqa select`, on the figures of `vlitqa score`."""

    rules: tuple[str, ...] = ()
    """Such as `drop:near_duplicate_text`; none unless some are named."""
    metrics: str = "light"
    """The metrics of the scorecard, which rules stand on."""


class DatasetPart(Struct, frozen=True, forbid_unknown_fields=True):
    """One dataset of a mixture."""

    path: str
    """A file, a folder or a pattern, below the folder of the recipe unless absolute."""
    name: str = ""
    """Its name in ids, ledgers and pages; that of the file unless given."""
    images: str = ""
    """The folder of its images, below that of the recipe unless absolute; that of its file unless given."""
    weight: Annotated[float, Meta(gt=0)] = 1.0
    """Its part of the rows, beside the weights of the others."""
    most: _Count = 0
    """The most rows of it; 0 for no limit."""
    rounds: Literal["keep", "split"] = "keep"
    """Whether a conversation stays one row, or each of its turns becomes one (ImageBind-LLM, section 3.2.2)."""
    gold: bool = False
    """True for a small, checked set whose rows come last (ImageBind-LLM, section 3.3)."""
    licence: str = ""


class MixPart(Struct, frozen=True, forbid_unknown_fields=True):
    """What a mixture leaves out."""

    exclude: tuple[str, ...] = ()
    """Folders of pictures of exams: rows that show one of them, or a near copy, are left out."""
    text_only: Annotated[float, Meta(ge=0, le=1)] = 1.0
    """The most rows without an image, as a share of all."""
