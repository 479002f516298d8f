"""What other programs read of a check: the right rules, levels and places, and nothing that breaks out of its field."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from reports.exports.github import as_github
from reports.exports.junit import as_junit
from reports.exports.places import FilePlace, file_place
from reports.exports.sarif import as_sarif
from reports.exports.summary import as_summary
from tests.given.scorecards import scorecard
from vlitqa.records import Place
from vlitqa.results import Figure, Finding
from vlitqa.results.findings import place_names
from vlitqa.results.judged import JudgedDataset, RuleOutcome

HOSTILE = "it's ]]> <b>|, 5% \u202e\x07: done\nnext"
MISSING = Finding(
    "image_missing",
    "error",
    3,
    examples=("line 3", "line 5", "line 9"),
    meaning="an image is not there",
    repair="Fetch it.",
)
EMPTY = Finding("empty_response", "warning", 1, examples=("row 2",), meaning="a response is empty", detail=HOSTILE)
CLEAN = Figure("clean records", "sound", 0.75, direction="up", interval=(0.7, 0.8))
CARD = scorecard({"integrity": (CLEAN,)}, (MISSING, EMPTY))
WITHOUT_RULES = JudgedDataset("data/train.jsonl", CARD, ())
WITH_RULES = JudgedDataset(
    "data/train.jsonl",
    CARD,
    (RuleOutcome("image_missing>1%", "3 of 100 rows (3.0%)"), RuleOutcome("rejects", "")),
)
SPOILT = JudgedDataset(f"data/{HOSTILE}.jsonl", scorecard(findings=(Finding(
    "odd", "error", 1, examples=(f"{HOSTILE} line 4",), meaning=HOSTILE, repair=HOSTILE, detail=HOSTILE),)), ()
)  # fmt: skip


@pytest.mark.parametrize("file", ["", "train-00001.jsonl", "my rows line 3.jsonl"])
@pytest.mark.parametrize("line", [0, 1, 12_345])
def test_the_name_of_a_place_leads_back_to_its_file_and_line(file: str, line: int) -> None:
    (first, second) = place_names([Place(row=7, line=line, file=file), Place(row=8, line=line and line + 1, file=file)])
    path = f"data/{file}" if file else "data"
    assert file_place("data", first) == FilePlace(path, line or None)
    assert file_place("data", second) == FilePlace(path, line + 1 if line else None)


def test_without_rules_errors_are_failures_and_with_rules_broken_ones_alone() -> None:
    root = ElementTree.fromstring(as_junit([WITHOUT_RULES, WITH_RULES]))
    failing = [
        [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None] for suite in root
    ]
    assert failing == [["image_missing"], ["--fail-on image_missing>1%"]]
    assert [(suite.get("tests"), suite.get("failures")) for suite in root] == [("2", "1"), ("4", "1")]
    assert (root.get("tests"), root.get("failures")) == ("6", "2")
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("message") == "3 rows: an image is not there"
    assert failure.text == "Fetch it.\nline 3; line 5; line 9"


def test_sarif_has_a_rule_for_each_fault_and_a_result_for_each_place() -> None:
    (run,) = json.loads(as_sarif([WITH_RULES]))["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["image_missing", "empty_response", "fail-on"]
    results = [(result["ruleId"], result["level"], _line(result)) for result in run["results"]]
    assert results == [
        ("fail-on", "error", None),
        ("image_missing", "error", 3),
        ("image_missing", "error", 5),
        ("image_missing", "error", 9),
        ("empty_response", "warning", None),
    ]
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]
    assert set(places) == {"data/train.jsonl"}
    absolute = JudgedDataset("/data/my rows.jsonl", CARD, ())
    (run,) = json.loads(as_sarif([absolute]))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == "file:///data/my%20rows.jsonl"


def _line(result: dict[str, list[dict[str, dict[str, dict[str, int]]]]]) -> int | None:
    return result["locations"][0]["physicalLocation"].get("region", {}).get("startLine")


def test_annotations_of_github_name_file_and_line_and_a_tolerated_error_is_a_warning() -> None:
    lines = as_github([WITH_RULES]).splitlines()
    assert lines[0] == (
        "::error title=vlitqa%3A --fail-on image_missing>1%25 is broken::data/train.jsonl: 3 of 100 rows (3.0%25)."
    )
    assert lines[1] == (
        "::warning file=data/train.jsonl,title=vlitqa%3A image_missing,line=3"
        "::line 3: an image is not there (3 rows). Fetch it."
    )
    assert [line.partition(" ")[0] for line in lines] == ["::error", *["::warning"] * 4]
    assert as_github([WITHOUT_RULES]).count("::error file=data/train.jsonl,title=vlitqa%3A image_missing") == 3


def test_a_summary_has_rules_findings_and_headline_figures() -> None:
    lines = as_summary([WITH_RULES]).splitlines()
    assert lines[0] == "## data.jsonl"
    assert "| `image_missing>1%` | 3 of 100 rows (3.0%) |" in lines
    assert "| `rejects` | kept |" in lines
    assert "| error | `image_missing` | 3 | 3.0 % | line 3; line 5; line 9 | an image is not there |" in lines
    assert "| integrity | clean records | ↑ | 75.0 % | [70.0 %, 80.0 %] |" in lines


def test_hostile_names_and_texts_stay_in_their_fields() -> None:
    root = ElementTree.fromstring(as_junit([SPOILT]))
    assert len(list(root.iter("testcase"))) == 1
    assert [line.partition(" ")[0] for line in as_github([SPOILT]).splitlines()] == ["::error"]
    (run,) = json.loads(as_sarif([SPOILT]))["runs"]
    assert len(run["results"]) == 1
    summary = as_summary([SPOILT])
    assert "<b>" not in summary
    for document in (as_junit([SPOILT]), as_github([SPOILT]), as_sarif([SPOILT]), summary):
        assert "\u202e" not in document
        assert "\x07" not in document
