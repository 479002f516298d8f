"""Shares of negative instructions, yes/no questions and refusals, counted by hand."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from vlitqa.metrics.negatives import Negatives
from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.results import FaultyRow, Measurement, Summary


def measured(*records: Record) -> list[Measurement]:
    placed = [replace(record, place=Place(row, row + 1)) for row, record in enumerate(records)]
    return list(Negatives().measure(placed, None))  # type: ignore[arg-type]  # it needs no tool


def record_of(*turns: tuple[str | None, str | None], image: str = "a.jpg") -> Record:
    return Record(tuple(Turn(*texts) for texts in turns), images=(ImageRef(image),))


def shares(summary: Summary) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in summary.figures}


def test_shares_are_of_turns_and_those_of_yes_of_answers_yes_or_no() -> None:
    measurements = measured(
        record_of(("Is there a dog?", "Yes"), ("Is there a cat?", "No"), ("Is it warm?", "No, it is cold.")),
        record_of(("What colour is the bird?", "There is no bird."), ("Describe it.", "A dog on a lawn.")),
        record_of(("How old is he?", "I'm sorry, but I cannot tell."), ("Is it red?", "It is blue instead.")),
    )
    assert [measurement.value for measurement in measurements] == [pytest.approx(2 / 3), 1 / 2, 1 / 2]
    summary = Negatives().combine(measurements)
    assert shares(summary) == {
        "negative instructions": pytest.approx(4 / 7),
        "yes/no questions": pytest.approx(4 / 7),
        "yes answers": pytest.approx(1 / 3),
        "refusals": pytest.approx(1 / 7),
    }
    (table,) = summary.tables
    assert [(says, count) for says, count, _ in table.rows] == [
        ("yes", 1),
        ("no", 2),
        ("a denial in other words", 2),
        ("a refusal", 1),
        ("anything else", 1),
    ]


def test_a_row_that_refuses_has_a_finding() -> None:
    refusing = record_of(("What is it?", "As an AI language model, I cannot view images."))
    summary = Negatives().combine(measured(record_of(("What is it?", "A dog.")), refusing))
    (finding,) = summary.findings
    assert (finding.code, finding.severity, finding.examples) == ("refusal", "note", ("line 2",))
    assert summary.faulty == (FaultyRow(1, "refusal"),)


def test_the_interval_counts_images() -> None:
    alone = measured(*[record_of(("Is there a dog?", "No"), image=f"{row}.jpg") for row in range(10)])
    several = measured(*[record_of(*[("Is there a dog?", "No")] * 4, image=f"{row}.jpg") for row in range(10)])
    for measurements, count in ((alone, 10), (several, 40)):
        figure = Negatives().combine(measurements).figures[2]
        # Wilson's for 0 of 10: the upper end is 1.96² / (10 + 1.96²)
        assert (figure.value, figure.interval, figure.measured) == (0, (0, pytest.approx(3.8416 / 13.8416)), count)


def test_turns_in_other_scripts_and_halves_without_words_are_left_out() -> None:
    measurements = measured(
        record_of(("图中有狗吗？", "没有。"), ("Is there a dog?", "No"), ("Why?", None)),
        record_of(("图中有狗吗？", "没有。")),
        record_of(("Why?", " "), (None, "No")),
    )
    assert [measurement.value for measurement in measurements] == [1, None, None]
    assert measurements[0].evidence["unread"] == 1
    summary = Negatives().combine(measurements)
    assert summary.figures[0].measured == 1
    assert summary.figures[0].left_out == {"not_applicable": 1, "empty_text": 1}


def test_figures_without_cases_say_why() -> None:
    figures = Negatives().combine(measured(record_of(("What is it?", "A dog.")))).figures
    assert (figures[2].value, figures[2].reason) == (None, "no response begins with yes or no")
    empty = Negatives().combine(measured(record_of(("", "A dog."))))
    assert {figure.reason for figure in empty.figures if figure.name != "yes answers"} == {
        "no response was read: the record has no instruction with a response (1 record)"
    }
    assert empty.tables == ()
