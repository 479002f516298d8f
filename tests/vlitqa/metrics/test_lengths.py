"""Lengths of responses whose words were counted by hand."""

from __future__ import annotations

from math import log, sqrt

import pytest
from msgspec.structs import replace

from vlitqa.metrics.lengths import Lengths
from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.results import Figure, Measurement, Summary


def measured(*records: Record) -> list[Measurement]:
    placed = [replace(record, place=Place(row, row + 1)) for row, record in enumerate(records)]
    return list(Lengths().measure(placed, None))  # type: ignore[arg-type]  # it needs no tool


def record_of(*turns: tuple[str | None, str | None]) -> Record:
    return Record(tuple(Turn(*texts) for texts in turns))


def figures_of(summary: Summary) -> dict[str, Figure]:
    return {figure.name: figure for figure in summary.figures}


def test_the_spread_is_the_deviation_of_the_logarithm_of_words() -> None:
    measurements = measured(record_of(("Why?", "so"), ("What?", "a red dog runs")), record_of(("Who?", "a dog")))
    spread = figures_of(Lengths().combine(measurements))["spread of response lengths"]
    # ln 1, ln 4, ln 2: mean ln 2, squares of the deviations 0, (ln 2)² and (ln 2)²
    assert spread.value == pytest.approx(sqrt(2 * log(2) ** 2 / 2))
    assert spread.measured == 3


def test_responses_of_one_length_have_no_spread() -> None:
    measurements = measured(*[record_of(("Why?", "a dog")) for _ in range(10)])
    spread = figures_of(Lengths().combine(measurements))["spread of response lengths"]
    assert spread.value == pytest.approx(0, abs=1e-6)


def test_the_share_of_kept_lengths_is_of_instructions_that_ask_for_one() -> None:
    kept = [record_of(("Answer in one word.", "red"), ("Why?", "It is painted.")) for _ in range(24)]
    missed = [record_of(("Answer in one word.", "It is painted red all over")) for _ in range(6)]
    measurements = measured(*kept, *missed)
    assert {measurement.value for measurement in measurements} == {0, 1}
    summary = Lengths().combine(measurements)
    figures = figures_of(summary)
    assert figures["requested lengths kept"].value == pytest.approx(24 / 30)
    assert figures["instructions with a length"].value == pytest.approx(30 / 54)
    (table,) = summary.tables
    assert [(row[0], row[1], row[3], row[5]) for row in table.rows] == [
        ("all responses", 54, 3, ""),
        ("no length", 24, 3, ""),
        ("a word or a phrase", 30, 1, "24"),
    ]


def test_few_demands_of_a_length_give_no_share_and_the_reason() -> None:
    figures = figures_of(Lengths().combine(measured(*[record_of(("Answer in one word.", "red"))] * 29)))
    kept = figures["requested lengths kept"]
    assert (kept.value, kept.reason) == (None, "29 instructions of 29 ask for a length: fewer than 30")


def test_instructions_in_other_scripts_ask_for_nothing_and_their_responses_have_lengths() -> None:
    measurements = measured(
        record_of(("简短描述。", "一只狗。"), ("Describe it briefly.", "A dog.")), record_of(("Why?", " "))
    )
    assert [measurement.value for measurement in measurements] == [0, None]
    figures = figures_of(Lengths().combine(measurements))
    assert (figures["instructions with a length"].value, figures["instructions with a length"].measured) == (1, 1)
    assert figures["spread of response lengths"].measured == 2
    assert figures["spread of response lengths"].left_out == {"empty_text": 1}


def test_no_response_has_no_figures() -> None:
    summary = Lengths().combine(measured(Record((Turn("Why?", None),), images=(ImageRef("a.jpg"),))))
    assert [figure.value for figure in summary.figures] == [None] * 3
    assert {figure.reason for figure in summary.figures} >= {
        "no response was read: the record has no response (1 record)"
    }
    assert summary.tables == ()
