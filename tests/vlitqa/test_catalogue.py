"""What cards say is what others derive from them: nobody else types the name of a metric."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vlitqa.catalogue import (
    METRICS,
    better,
    card_of,
    cards,
    cards_of,
    faults,
    finding_metrics,
    labelling_metrics,
    metric_measuring,
    metric_that_finds,
    metric_with,
    voting_metrics,
)
from vlitqa.contracts import Principle
from vlitqa.results.evidence import AccuracyEvidence, IntegrityEvidence
from vlitqa.results.faults import FAULTS, READING_FAULTS

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(rf"""["']({"|".join(METRICS)})["']""")
EXCEPTIONS = {
    "evaluators/benchmarks/zero_shot/rule_sets.py": "`accuracy` is a figure of benchmarks",
    "reports/quality.py": "`duplicates` and `tasks` are sections of a page, by their names in links",
    "reports/sections/maps.py": "`responses` is the title of a chart",
    "reports/sections/tasks.py": "`instructions` is the column of a table",
    "reports/sections/verdict.py": "`duplicates` is a section of a page, by its name in links",
    "vlitqa/literature/task_names.py": "`tasks` is a published list, and a column of others",
    "vlitqa/formats/chat_requests.py": "`instructions` is OpenAI's field for the text of the system",
    "vlitqa/contracts/metrics.py": "`balance` is a principle of the review",
    "vlitqa/validation/aims.py": "a table of what each corruption breaks",
}
"""Files that type a metric's name, and why."""


def test_no_file_but_its_own_and_the_catalogue_types_the_name_of_a_metric() -> None:
    own = (ROOT / "vlitqa" / "metrics", ROOT / "vlitqa" / "catalogue.py")
    packages = ("vlitqa", "evaluators", "reference_models", "reports")
    sources = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    typing = {
        str(path.relative_to(ROOT))
        for path in sources
        if not any(path.is_relative_to(place) for place in own) and NAME.search(path.read_text(encoding="utf-8"))
    }
    assert typing - EXCEPTIONS.keys() == set(), "these files should read cards instead"
    assert EXCEPTIONS.keys() - typing == set(), "these files need no exception any more"


def test_every_principle_of_the_review_is_measured_and_has_its_columns_in_table_4() -> None:
    measured = [card for card in cards() if card.principle]
    assert {card.principle for card in measured} == set(Principle)
    assert [card.symbol for card in measured] == ["MD", "C", "T", "I", "R", "O/G", "I complexity", "Balance"]
    assert all(not card.symbol for card in cards() if not card.principle)


def test_one_metric_stands_for_a_principle_and_others_beside_it() -> None:
    assert [card.name for card in cards_of(Principle.CORRECTNESS)] == ["accuracy", "matching"]
    assert all(sum(not card.beside for card in cards_of(principle)) == 1 for principle in Principle)


def test_metrics_are_found_by_what_their_cards_say() -> None:
    assert [card.name for card in cards()] == list(METRICS)
    assert labelling_metrics() == ("tasks", "instructions", "responses")
    assert voting_metrics() == ("accuracy",)
    assert finding_metrics() == ("integrity", "duplicates", "accuracy", "negatives")
    assert (metric_measuring(Principle.BALANCE), metric_measuring(Principle.CORRECTNESS)) == ("balance", "accuracy")
    assert (metric_with(IntegrityEvidence), metric_with(AccuracyEvidence)) == ("integrity", "accuracy")
    assert metric_that_finds("judged_incorrect") == "accuracy"


@pytest.mark.parametrize("names", [(), ("lexical",), ("one that nobody knows any more", "lexical")])
def test_a_metric_is_found_only_among_those_that_are_asked_about(names: tuple[str, ...]) -> None:
    assert metric_measuring(Principle.BALANCE, names) == metric_with(IntegrityEvidence, names) == ""
    assert metric_that_finds("duplicate_row", names) == ""
    assert finding_metrics(names) == voting_metrics(names) == labelling_metrics(names) == ()


def test_a_metric_that_nobody_knows_any_more_has_no_card() -> None:
    assert (card_of("forgotten"), better("forgotten"), cards(["forgotten"])) == (None, "none", [])


def test_every_fault_belongs_to_the_reader_or_to_one_metric() -> None:
    codes = [*READING_FAULTS, *(code for card in cards() for code in card.finds)]
    assert sorted(codes) == sorted(faults()) == sorted(FAULTS)
    assert metric_that_finds("malformed_json") == ""
