"""One self-contained file from sections of blocks: no network, no style or script but its own, by their hashes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import orjson
from markupsafe import Markup

from reports import charts
from reports.blocks import Block, Cell, Explorer, Quantity
from reports.budget import SCORES
from reports.chart_blocks import Chart
from reports.numbers import STARS, number, share
from reports.pair_blocks import PairMap
from reports.pair_map import CORRECTIONS, facts_shown, map_rows, pair_payload, scatter_of, shade_rules
from reports.payload import payload_of
from reports.strips import draw_strip
from reports.twins import twin
from reports.visible import visible
from vlitqa import __version__
from vlitqa.runs.gallery import PlacedPicture
from vlitqa.storage.atomic import disk_errors, replacing

BUDGET = 5_000_000
"""Bytes of a page, unless a reader asks for more."""
_SCRIPTS = ("page.js", "pairs.js", "explorer.js")
_MARKS = (b"<!DOCTYPE html>", b'<meta name="generator" content="vlitqa ')
"""Text that the beginning of every page holds."""
_HEAD_BYTES = 4096
_NAME = 40
"""Letters of an image's name below it."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """What one section gave to a page."""

    name: str
    """Its place in links."""
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that is to be shown."""

    title: str
    facts: tuple[str, ...]
    """Of the head: dataset, rows, tools."""
    chapters: tuple[Chapter, ...]
    source: str = "a run folder"
    """The thing that the page was made from."""


def render_page(page: Page, budget: int = BUDGET) -> bytes:
    """The bytes of a page; the same for the same page."""
    style, script = _file("page.css") + shade_rules(), "".join(map(_file, _SCRIPTS))
    policy = (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    )
    blocks = [block for chapter in page.chapters for block in chapter.blocks]
    explorer = next((block for block in blocks if isinstance(block, Explorer)), None)
    pairs = next((block for block in blocks if isinstance(block, PairMap)), None)
    data = payload_of(explorer, int(budget * SCORES)) if explorer else {"pairs": pair_payload(pairs)} if pairs else None
    names: Mapping[str, Any] = {
        "page": page,
        "style": style,
        "script": script,
        "policy": policy,
        "version": __version__,
        "shown": {exhibit.row: exhibit for exhibit in explorer.exhibits} if explorer else {},
        "data": _embedded(data),
        "corrections": CORRECTIONS,
        "star_levels": STARS,
    }
    return _environment().get_template("page.html").render(**names).lstrip().encode()


def write_page(target: Path, content: bytes) -> Path:
    """Writes a page whole or not at all."""
    with disk_errors(target.parent), replacing(target) as file:
        file.write(content)
    return target


def is_page(path: Path) -> bool:
    """True if a page was written to a file, or nothing yet."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return not head or all(mark in head for mark in _MARKS)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _embedded(value: object) -> str:
    """JSON that ends no script and opens no comment, whatever the data hold."""
    text = orjson.dumps(value).decode()
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


@cache
def _file(name: str) -> str:
    return (resources.files("reports") / name).read_text(encoding="utf-8")


def _numeric_columns(rows: Sequence[Sequence[Cell]]) -> list[int]:
    """The columns that hold a number."""
    return [
        place for place, cells in enumerate(zip(*rows, strict=True)) if any(_amount(cell) is not None for cell in cells)
    ]


def _amount(cell: Cell) -> float | None:
    """The number by which a table is sorted; None for a cell without one."""
    if isinstance(cell, Quantity):
        return cell.value
    return cell if isinstance(cell, int | float) and not isinstance(cell, bool) else None


def _coded(text: str) -> Markup:
    """Words between backticks as code."""
    parts = visible(text).split("`")
    codes = (Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(parts))
    return Markup("").join(codes)


def _pieces(text: str | None, placed: Sequence[PlacedPicture]) -> Iterator[str | int]:
    """The parts of a text, and between them the positions of the pictures that stand there."""
    text, begin = text or "", 0
    for picture, offset in placed:
        if text[begin:offset]:
            yield text[begin:offset]
        yield picture
        begin = offset
    if text[begin:]:
        yield text[begin:]


def _ending(name: str) -> str:
    """The last part of a path, which tells one image from another."""
    ending = name.rstrip("/").rpartition("/")[2] or name
    return ending if len(ending) <= _NAME else f"…{ending[1 - _NAME :]}"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_file),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number, share=share, visible=visible, kind=lambda block: type(block).__name__.lower()
    )
    environment.filters.update(drawn=charts.draw_chart, twin=twin, strip=draw_strip)
    environment.filters.update(small=charts.draw_small_histogram, describe=charts.describe_histogram)
    environment.filters.update(map_rows=map_rows, scatter=scatter_of, pair_facts=facts_shown)
    environment.filters["short_digest"] = lambda text: hashlib.sha256(text.encode()).hexdigest()[:12]
    environment.filters["amount"] = _amount
    environment.filters["numeric_columns"] = _numeric_columns
    environment.filters["plain"] = lambda value: str(value) if isinstance(value, int) else f"{value:.6g}"
    environment.filters.update(coded=_coded, ending=_ending, pieces=_pieces)
    environment.filters["webp"] = lambda data: "data:image/webp;base64," + base64.b64encode(data).decode()
    environment.tests["chart"] = lambda block: isinstance(block, Chart)
    return environment
