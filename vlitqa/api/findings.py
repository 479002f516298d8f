"""The faults that a check or a run found, as a frame, in words, and as a notebook shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlitqa.algorithms.counted import counted
from vlitqa.api.notebook import table_as_html
from vlitqa.results import Scorecard

if TYPE_CHECKING:
    import pandas

    from vlitqa.results.printed import CheckReport

_SHOWN_FINDINGS = 10
_NONE = "nothing to complain of"


@dataclass(frozen=True, eq=False)
class CheckResult:
    """The faults that a check of a dataset found."""

    card: Scorecard

    @property
    def findings(self) -> pandas.DataFrame:
        """A row for each kind of fault: its code, severity, the number of rows, the first places, what to do."""
        return findings_frame(self.card)

    def __repr__(self) -> str:
        return f"{count_rows(self.card)}\n{_findings_in_words(self.card)}"

    def _repr_html_(self) -> str:
        return findings_as_html(self.card)


def findings_frame(card: Scorecard) -> pandas.DataFrame:
    """A row for each kind of fault."""
    import pandas

    columns = ["code", "severity", "rows", "examples", "meaning", "repair", "detail"]
    return pandas.DataFrame([[getattr(one, name) for name in columns] for one in card.findings()], columns=columns)


def findings_as_html(card: Scorecard) -> str:
    """The first findings, below the number of rows."""
    rows = [
        (one.severity, one.code, f"{one.rows:,}", one.examples[0] if one.examples else "", one.meaning)
        for one in card.findings()
    ]
    more = f"{len(rows) - _SHOWN_FINDINGS} more in .findings" if len(rows) > _SHOWN_FINDINGS else ""
    note = "; ".join(filter(None, (more if rows else _NONE, describe_reading(card))))
    return table_as_html(
        ("severity", "finding", "rows", "first", "meaning"), rows[:_SHOWN_FINDINGS], count_rows(card), note
    )


def count_rows(card: Scorecard) -> str:
    """The name of a dataset and the number of its rows, in words."""
    return f"{card.dataset}: {counted(card.rows, 'row')}, {counted(card.records, 'record')}, {card.rejects:,} rejected"


def describe_reading(card: Scorecard) -> str:
    """The fields that were not read, and what stands for videos, in words; empty where there is nothing to say."""
    unread = f"not read: {', '.join(card.unread_fields)}" if card.unread_fields else ""
    frames = f"{counted(card.frames, 'frame')} of each video in figures about images" if card.frames else ""
    return "; ".join(filter(None, (unread, frames)))


def describe_opened(report: CheckReport) -> str:
    """How many images, videos and sounds there are, and how many of them open."""
    opened = report.images - report.missing_images - report.bad_images
    parts = [
        f"{counted(report.images, 'image')}: {opened:,} open, {report.missing_images:,} missing, "
        f"{report.bad_images:,} bad"
    ]
    media = (("video", report.videos, report.bad_videos), ("sound", report.sounds, report.bad_sounds))
    parts += [f"{counted(count, noun)}: {count - bad:,} open, {bad:,} bad" for noun, count, bad in media if count]
    return "; ".join(parts)


def _findings_in_words(card: Scorecard) -> str:
    lines = [f"{one.severity} {one.code}: {counted(one.rows, 'row')}, {one.meaning}" for one in card.findings()]
    return "\n".join([*(lines or [_NONE]), *filter(None, [describe_reading(card)])])
