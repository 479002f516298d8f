"""The recipe of a build: a TOML file that says which images, which strategy and which checks; every word is checked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import fields as struct_fields

from vlitqa.catalogue import suggestion
from vlitqa.construction.recipe_parts import (
    AdaptionPart,
    AnnotationsPart,
    ChecksPart,
    ControlPart,
    DatasetPart,
    ImagesPart,
    MixPart,
    PrinciplesPart,
    SelfInstructPart,
    TextBindPart,
    WriterPart,
)
from vlitqa.errors import UsageError

STRATEGIES: Mapping[str, str] = {
    "adaption": "annotation adaption: instructions from pools, responses from annotations (the review, section 3.2.1)",
    "self-instruct": "a writer makes conversations of the description of an image (the review, section 4.2.2)",
    "textbind": "a writer makes dialogues of the descriptions of several images (TextBind, section 3)",
    "mix": "rows of several datasets by weights (the review, section 3.2.1; ImageBind-LLM, section 3.2.2)",
}
"""By name: how instruction data are made."""
_LARGEST_FILE = 1 << 20
_NAME = re.compile(r"[^\W_][\w. -]{0,79}")
"""Of the file and the folder of a build."""
_Count = Annotated[int, Meta(ge=0)]
_BUDGET = ("prompt_price", "reply_price", "most_tokens", "most_money")
"""Keys of [writer] that change no row: a build goes on in its folder when they are changed."""


_LISTED: Mapping[str, type[Struct]] = {"annotations": AnnotationsPart, "datasets": DatasetPart}
"""Tables of which a recipe may hold several."""


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
    textbind: TextBindPart = field(default_factory=TextBindPart)
    datasets: tuple[DatasetPart, ...] = ()
    mix: MixPart = field(default_factory=MixPart)
    writer: WriterPart = field(default_factory=WriterPart)
    checks: ChecksPart = field(default_factory=ChecksPart)
    control: ControlPart = field(default_factory=ControlPart)

    @property
    def needs_writer(self) -> bool:
        """True for a recipe some of whose texts a writer writes."""
        return self.strategy in ("self-instruct", "textbind") or (self.strategy == "adaption" and self.adaption.expand)


class RecipeFile(Struct, frozen=True):
    """A recipe and where it was read."""

    recipe: Recipe
    path: Path
    text: bytes

    @property
    def folder(self) -> Path:
        """The folder below which its files lie."""
        return self.path.absolute().parent

    def below(self, name: str) -> Path:
        """A file or folder that it names, below its own folder unless absolute."""
        return self.folder / name

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
    file = RecipeFile(recipe, path, text)
    if not _NAME.fullmatch(file.name):
        raise UsageError(
            f"{path}: {file.name!r} is no name of a dataset.",
            repair="Give `name` at most 80 letters, digits, blanks and `._-`, the first a letter or a digit.",
        )
    return file


def _read_text(path: Path) -> bytes:
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", repair="Name a recipe; `--explain ID` tells of a row of a build.")
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
        for entry in value if key in _LISTED and isinstance(value, list) else ():
            if isinstance(entry, dict):
                _refuse_unknown_keys(entry, _LISTED[key], f"{where}, [[{key}]]")
