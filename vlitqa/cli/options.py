"""Options that several commands share, and what their values mean."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.contracts import Engine
    from vlitqa.reader import Reading
    from vlitqa.results import Scorecard
    from vlitqa.scoring import ChooseEngine

Datasets = Annotated[
    list[Path], typer.Argument(help="Dataset files: JSON, JSON Lines, CSV, TSV, Parquet, tar; .gz, .zst.")
]
Format = Annotated[str, typer.Option("--format", help="Name of the format, if its content should not decide.")]
Map = Annotated[str, typer.Option("--map", help="Fields of an unknown format: instruction=question,response=answer.")]
ImageRoot = Annotated[
    list[Path] | None, typer.Option("--image-root", help="Folder of the images; may be given several times.")
]
Images = Annotated[Path | None, typer.Option("--images", help="File of images by name (MIMIC-IT: JSON or Parquet).")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Stop after so many records.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of everything that is drawn.")]
EngineName = Annotated[str, typer.Option("--engine", help="auto, serial or processes.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Worker processes; default: all cores.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a dataset and nothing else.")]
FailOn = Annotated[
    list[str] | None,
    typer.Option("--fail-on", help="Exit with 1 on a finding: any, error, a code, or 'code>1%'; repeatable."),
]
MaxErrors = Annotated[int | None, typer.Option("--max-errors", min=0, help="Exit with 3 past so many rejected rows.")]

_RULE = re.compile(r"\s*([\w-]+)\s*(?:>\s*([\d.]+)\s*(%?))?\s*")


@dataclass(frozen=True, slots=True)
class FailRule:
    """One `--fail-on`: what it watches, and how much of it is too much."""

    code: str
    most: float
    share: bool

    def broken_by(self, card: Scorecard) -> bool:
        from vlitqa.metrics.findings import ERROR

        findings = card.findings()
        counts = {finding.code: finding.rows for finding in findings}
        counts["rejects"] = card.rejects
        counts["failed"] = card.failed
        counts["error"] = sum(each.rows for each in findings if each.severity == ERROR)
        counts["any"] = sum(each.rows for each in findings)
        found = counts.get(self.code, 0)
        return found > (self.most / 100 * card.rows if self.share else self.most)


def fail_rules(texts: list[str] | None) -> list[FailRule]:
    """The rules of `--fail-on`; raises UsageError for a code that no finding has."""
    from vlitqa.metrics.findings import MEANINGS

    known = {"any", "error", "rejects", "failed", *MEANINGS}
    rules = []
    for text in texts or []:
        match = _RULE.fullmatch(text)
        if not match or match[1] not in known:
            near = difflib.get_close_matches(match[1] if match else text, known, n=1)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise UsageError(
                f"--fail-on {text!r} names no finding.",
                repair=f"{hint}`vlitqa catalogue findings` lists them; with a limit: 'image_missing>1%'.",
            )
        rules.append(FailRule(match[1], float(match[2] or 0), match[3] == "%"))
    return rules


def reading_of(name: str, mapping: str, images: Path | None) -> Reading:
    """How datasets are to be read."""
    from vlitqa.reader import Reading, parse_mapping

    if name and mapping:
        raise UsageError("--format and --map exclude each other.", repair="Give one of them.")
    return Reading(format=name, mapping=parse_mapping(mapping), images=images)


def engine_choice(name: str, workers: int | None) -> ChooseEngine:
    """How the engine of a run is found; `auto` starts processes where they are worth their start."""
    from vlitqa.catalogue import load_engine

    count = workers or os.cpu_count() or 1
    if name != "auto":
        load_engine(name)  # a wrong name is said before any file is read

    def choose(worthwhile: bool) -> Engine:
        chosen = name if name != "auto" else "processes" if worthwhile and count > 1 else "serial"
        return cast("Engine", load_engine(chosen)(1 if chosen == "serial" else count))

    return choose


def cache_folder() -> Path:
    """Where measurements are kept between runs."""
    chosen = os.environ.get("VLITQA_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(chosen) if chosen else Path(base) / "vlitqa"


def roots_of(chosen: list[Path] | None) -> tuple[Path, ...]:
    """The image roots a user named; raises UsageError for one that is no folder."""
    for root in chosen or []:
        if not root.is_dir():
            raise UsageError(f"--image-root {root} is no folder.", repair="Name the folder that holds the images.")
    return tuple(chosen or ())


def exit_code(cards: list[Scorecard], rules: list[FailRule], max_errors: int | None) -> int:
    """3 where a dataset was measured only in part, 1 where a rule is broken, 0 otherwise."""
    rejects = sum(card.rejects for card in cards)
    if any(card.cut_off or card.failed for card in cards) or (max_errors is not None and rejects > max_errors):
        return 3
    return int(any(rule.broken_by(card) for card in cards for rule in rules))
