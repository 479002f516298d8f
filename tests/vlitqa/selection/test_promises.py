"""Quotas hold turn by turn, budgets know which side is better, and copies are judged among what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.given.runs import bare_run
from vlitqa.errors import UsageError
from vlitqa.records import Place, Record
from vlitqa.results import FaultyRow, Labels, Measurement, Scored, Summary
from vlitqa.runs.finished import FinishedRun
from vlitqa.runs.folder import RunFolder
from vlitqa.selection.ledger import DROPPED, KEPT, UNMEASURED
from vlitqa.selection.notation import parse_rule
from vlitqa.selection.rule_sets import RULE_SETS, rules_of_set
from vlitqa.selection.selecting import Selection, select

_ROWS = st.lists(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=3, unique=True).map(tuple), max_size=4))


def run_of(
    folder: Path,
    values: Mapping[str, Sequence[float | None]],
    labels: Labels | None = None,
    faulty: Sequence[FaultyRow] = (),
) -> FinishedRun:
    """A run with these values of metrics, labels of tasks, and copies."""
    run = RunFolder(folder)
    with run.measurement_writer(list(values)) as writer:
        for row, measured in enumerate(zip(*values.values(), strict=True)):
            place = Place(row, row + 1)
            found = tuple(Measurement(value, place=place) for value in measured)
            writer.add([(Record((), place=place), found)])
    run.write_labels({"tasks": labels or {}})
    run.write_findings({"duplicates": list(faulty)})
    run.close()
    return bare_run(folder, [Scored(name, {}, Summary()) for name in values])


def apply(run: FinishedRun, *rules: str, drop_unmeasured: bool = False) -> Selection:
    return select(run, list(map(parse_rule, rules)), drop_unmeasured=drop_unmeasured)


def turns(labels: Labels, row: int) -> Counter[str]:
    return Counter(label for turn in labels.get(row, ()) for label in turn)


@settings(max_examples=80, deadline=None)
@given(_ROWS.filter(len), st.integers(1, 6))
def test_no_label_is_over_its_quota_and_no_row_goes_that_fits(of_rows: list[list[tuple[str, ...]]], most: int) -> None:
    labels = dict(enumerate(of_rows))
    with TemporaryDirectory() as folder:
        selection = apply(run_of(Path(folder), {"tasks": [1.0] * len(labels)}, labels), f"tasks<={most}")
    used = sum((turns(labels, row) for row in selection.kept), Counter())
    assert max(used.values(), default=0) <= most
    for entry in selection.ledger:
        of_row = turns(labels, entry.row)
        assert (entry.verdict == UNMEASURED) == (not of_row)
        if entry.verdict == DROPPED:
            assert used[entry.full] + of_row[entry.full] > most, "the label that is named left no room"
        else:
            assert not entry.full


def test_rare_labels_are_covered_first(tmp_path: Path) -> None:
    """A row of a frequent label and a rare one is not lost because others filled the frequent one before."""
    labels = {row: [("often",)] for row in range(40)} | {40: [("often", "rare")], 41: [("often", "rarer")]}
    kept = apply(run_of(tmp_path, {"tasks": [1.0] * 42}, labels), "tasks<=3").kept
    assert {40, 41} <= kept
    assert len(kept) == 3


@pytest.mark.parametrize(("metric", "expected"), [("duplicates", {1, 3}), ("lexical", {0, 2})])
def test_a_budget_takes_the_better_side(metric: str, expected: set[int], tmp_path: Path) -> None:
    run = run_of(tmp_path, {metric: [0.9, 0.1, 0.8, 0.2]})
    assert apply(run, f"budget:2:{metric}").kept == expected


def test_a_budget_by_a_metric_without_a_better_side_is_refused(tmp_path: Path) -> None:
    run = run_of(tmp_path, {"statistics": [1.0, 2.0]})
    with pytest.raises(UsageError, match="of statistics neither more nor less is better"):
        apply(run, "budget:1:statistics")


def test_rows_without_a_value_stay_in_a_budget_or_go_as_is_asked(tmp_path: Path) -> None:
    run = run_of(tmp_path, {"lexical": [None, 0.5, None, 0.9, 0.7]})
    assert apply(run, "budget:3:lexical").kept == {0, 2, 3}
    strict = apply(run, "budget:3:lexical", drop_unmeasured=True)
    assert strict.kept == {1, 3, 4}
    assert [entry.verdict for entry in strict.ledger] == [UNMEASURED, KEPT, UNMEASURED, KEPT, KEPT]
    assert len(apply(run, "budget:1:lexical").kept) == 1, "a budget is never exceeded"


def test_a_copy_stays_where_the_row_went_that_it_copies(tmp_path: Path) -> None:
    copies = [FaultyRow(row, "near_duplicate_text", 0) for row in (1, 2)]
    run = run_of(tmp_path, {"lexical": [0.1, 0.9, 0.8, 0.5], "duplicates": [0.0] * 4}, faulty=copies)
    assert apply(run, "drop:near_duplicate_text").kept == {0, 3}
    assert apply(run, "drop:near_duplicate_text", "lexical>=0.5").kept == {1, 3}


def test_a_uniform_draw_takes_labels_in_turn(tmp_path: Path) -> None:
    labels = {row: [("often",)] for row in range(16)} | {row: [("rare",)] for row in range(16, 20)}
    run = run_of(tmp_path, {"tasks": [1.0] * 20}, labels)
    kept = apply(run, "uniform:tasks:40%").kept
    assert len(kept & set(range(16))) == len(kept & set(range(16, 20))) == 4
    for wrong in ("uniform:tasks:0%", "uniform:tasks:101%", "uniform:tasks"):
        with pytest.raises(UsageError, match="a share of the rows that are left"):
            parse_rule(wrong)
    with pytest.raises(UsageError, match="labels are given by"):
        parse_rule("uniform:lexical:5%")


def test_the_rules_of_the_paper_cover_all_seven_principles(tmp_path: Path) -> None:
    sources = " ".join(RULE_SETS["paper"].values())
    assert all(str(principle) in sources for principle in range(1, 8))
    run = run_of(tmp_path, {"elements": [1.0, 2.0], "tasks": [1.0, 1.0]})
    rules = rules_of_set("paper", run)
    assert rules.measured == ("elements>=q10", "tasks<=even")
    assert set(rules.measured) | set(rules.unmeasured) == set(RULE_SETS["paper"])
