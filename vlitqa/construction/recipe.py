"""The recipe of a build: a TOML file that says which images, which strategy and which checks; every word is checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import fields as struct_fields

from vlitqa.catalogue import suggestion
from vlitqa.contracts import Principle
from vlitqa.errors import UsageError

STRATEGIES: Mapping[str, str] = {
    "adaption": "annotation adaption: instructions from pools, responses from annotations (the review, section 3.2.1)",
    "self-instruct": "a writer makes conversations of the description of an image (the review, section 4.2.2)",
}
"""By name: how instruction data are made."""
_LARGEST_FILE = 1 << 20
_Count = Annotated[int, Meta(ge=0)]
_BUDGET = ("prompt_price", "reply_price", "most_tokens", "most_money")
"""Keys of [writer] that change no row: a build goes on in its folder when they are changed."""
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
    pools: str = ""
    """A folder of pools of instructions, which replace those of vlitqa."""


class SelfInstructPart(Struct, frozen=True, forbid_unknown_fields=True):
    """How a writer is asked for conversations about an image."""

    kinds: tuple[str, ...] = ("global", "negative", "region")
    """Kinds of conversations: about the whole image, about what is not in it, about one object."""
    turns: tuple[_Positive, _Positive] = (3, 5)
    """The fewest and the most turns of a conversation."""
    generations: _Positive = 5
    """Conversations about each image."""
    describe: tuple[str, ...] = ("captions", "counts", "objects", "questions", "words")
    """The kinds of annotation that the writer is told."""
    examples: str = ""
    """A file of examples that replace those of vlitqa."""
    examples_drawn: _Count = 2
    form: Literal["json", "lines"] = "json"
    """The form of a reply: one JSON object, or a line for each message."""


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


class Recipe(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that decides which rows a build makes."""

    strategy: str
    name: str = ""
    seed: int = 0
    rows: _Count = 0
    """The most rows; 0 for as many as the images give."""
    format: str = "llava"
    images: ImagesPart = field(default_factory=ImagesPart)
    annotations: tuple[AnnotationsPart, ...] = ()
    principles: PrinciplesPart = field(default_factory=PrinciplesPart)
    adaption: AdaptionPart = field(default_factory=AdaptionPart)
    self_instruct: SelfInstructPart = field(default_factory=SelfInstructPart, name="self-instruct")
    writer: WriterPart = field(default_factory=WriterPart)
    checks: ChecksPart = field(default_factory=ChecksPart)
    control: ControlPart = field(default_factory=ControlPart)


class RecipeFile(Struct, frozen=True):
    """A recipe and where it was read."""

    recipe: Recipe
    path: Path
    text: bytes

    @property
    def folder(self) -> Path:
        """The folder below which its files lie."""
        return self.path.absolute().parent

    @property
    def name(self) -> str:
        """The name of the dataset that it makes."""
        return self.recipe.name or self.path.stem

    @property
    def sha256(self) -> str:
        """The digest of what it says of its rows, however it is written; not of their number, nor of a budget."""
        writer = msgspec.structs.replace(self.recipe.writer, **dict.fromkeys(_BUDGET))
        return sha256(msgspec.json.encode(msgspec.structs.replace(self.recipe, rows=0, writer=writer))).hexdigest()


def read_recipe(path: Path) -> RecipeFile:
    """Reads a recipe; raises UsageError for a file that is none, with the word that is wrong."""
    text = _read_text(path)
    try:
        table = tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no TOML file ({str(error)[:200]}).", repair="Mend it there.") from None
    _refuse_unknown_keys(table, Recipe, str(path))
    try:
        recipe = msgspec.convert(table, Recipe)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$.")
        where = f", {place.rstrip('`')}" if place else ""
        raise UsageError(f"{path}{where}: {message[:1].lower()}{message[1:]}.", repair="Mend the recipe.") from None
    if recipe.strategy not in STRATEGIES:
        raise UsageError(
            f"{path}: there is no strategy {recipe.strategy!r}.", repair=suggestion(recipe.strategy, STRATEGIES)
        )
    return RecipeFile(recipe, path, text)


def _read_text(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        repair = "`vlitqa build --new adaption` writes a recipe to begin with."
        raise UsageError(f"{path} cannot be read ({error.strerror}).", repair=repair) from None
    if len(text) > _LARGEST_FILE:
        raise UsageError(f"{path} has more than {_LARGEST_FILE:,} bytes.", repair="Name a recipe.")
    return text


def _refuse_unknown_keys(table: Mapping[str, Any], kind: type[Struct], where: str) -> None:
    """Raises UsageError for a key that no part of a recipe has, with the nearest one."""
    hints = get_type_hints(kind)
    kinds = {spec.encode_name: hints[spec.name] for spec in struct_fields(kind)}
    for key, value in table.items():
        if key not in kinds:
            raise UsageError(f"{where}: there is no key {key!r}.", repair=suggestion(key, kinds))
        inner = kinds[key]
        if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, Struct):
            _refuse_unknown_keys(value, inner, f"{where}, [{key}]")
        if key == "annotations" and isinstance(value, list):
            for entry in value:
                if isinstance(entry, dict):
                    _refuse_unknown_keys(entry, AnnotationsPart, f"{where}, [[{key}]]")
