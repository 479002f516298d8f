"""The section of a dataset card that says how good the data is, between two marks, so that it can be put in anew."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from reports.exports.build_card import build_chapters
from reports.exports.summary import findings_table, without_tags
from reports.group_tables import EXTREME_COLUMNS, describe_groups, extremes
from reports.principle_blocks import Measure, Principles
from reports.sections import principles
from reports.written_tables import as_markdown
from vlitqa.algorithms.counted import counted
from vlitqa.errors import UsageError
from vlitqa.results.scorecard import ALL_RECORDS
from vlitqa.runs.finished import FinishedRun
from vlitqa.storage.atomic import disk_errors, replacing

CARD = "card.md"
"""The card in the folder of a build."""
BEGIN, END = "<!-- vlitqa: data quality, begin -->", "<!-- vlitqa: data quality, end -->"


def write_card_section(run: FinishedRun) -> str:
    """The section, with its marks."""
    return "\n\n".join((BEGIN, *_blocks(run), END))


def update_card(run: FinishedRun) -> Path:
    """Puts the section into the card that lies in the folder of a build, which is made if it is not there.

    Raises UsageError for a card in which it has no place.
    """
    path = run.folder / CARD
    try:
        before = path.read_text(encoding="utf-8") if path.is_file() else f"# {run.name}"
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}).", repair="Move it away.") from None
    with disk_errors(path), replacing(path) as file:
        file.write(put_into_card(before, write_card_section(run)).encode())
    return path


def put_into_card(card: str, section: str) -> str:
    """A card in which the section stands in place of an earlier one, or at the end.

    Raises UsageError where the marks do not stand in it once, one behind the other.
    """
    begin, end = card.find(BEGIN), card.find(END)
    if begin < 0 and end < 0:
        return f"{card.rstrip()}\n\n{section}\n" if card.strip() else f"{section}\n"
    if card.count(BEGIN) != 1 or card.count(END) != 1 or end < begin:
        raise UsageError(f"The card has not one {BEGIN} and one {END} behind it.", repair="Take the marks out.")
    return card[:begin] + section + card[end + len(END) :]


def _blocks(run: FinishedRun) -> Iterator[str]:
    card, info = run.card, run.info
    yield "## Data quality"
    sample = "" if card.sample == ALL_RECORDS else f", of which {without_tags(card.sample)} were measured"
    yield (
        f"Measured by vlitqa {info.version} on {info.finished[:10]}: {counted(card.records, 'record')} in "
        f"{counted(card.rows, 'row')} of {without_tags(card.dataset)} (SHA-256 {card.sha256[:16]}…){sample}. "
        "Brackets hold 95 % intervals."
    )
    rows = [
        [principle, *_cells(measure, run)]
        for block in principles.build(run)
        if isinstance(block, Principles)
        for principle, measures in block.panels
        for measure in measures
    ]
    yield as_markdown(("principle", "figure", "value", "meaning"), rows, numbers=())
    yield findings_table(card) or "No row has an error or a warning."
    if card.by_group and (groups := extremes(card)):
        yield f"{without_tags(describe_groups(card.by_group))}."
        yield as_markdown(EXTREME_COLUMNS, [list(map(without_tags, row)) for row in groups], numbers=())
    yield from build_chapters(run)


def _cells(measure: Measure, run: FinishedRun) -> tuple[str, str, str]:
    """The name, the value with its interval, and what it means or why it is not there; no path of a machine."""
    words = measure.interval.removeprefix("95 % interval ") if measure.interval.startswith("95") else ""
    command = measure.command.replace(shlex.quote(run.info.dataset), shlex.quote(run.card.dataset))
    return (
        without_tags(measure.name),
        f"{measure.value} {words}".strip(),
        without_tags(measure.sentence or measure.note) + (f" `{without_tags(command)}`" if command else ""),
    )
