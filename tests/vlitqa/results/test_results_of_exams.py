"""Results of exams and of agreement come back from their files as they were, and damage is named by its field."""

from __future__ import annotations

import json

import pytest

from vlitqa.results import Figure, to_json
from vlitqa.results.agreement import (
    Agreement,
    AgreementResult,
    Correlation,
    QualityCorrelations,
    RaterAgreement,
    agreement_from_json,
)
from vlitqa.results.exams import Coverage, ExamResult, exam_results_from_json

RESULT = ExamResult(
    "a model",
    "seed",
    "official",
    headline=Figure("image", "official", 75.0, direction="up", interval=(50.0, 100.0), measured=4, unit="%"),
    breakdown=(Figure("video", "official", None, left_out={"not marked": 2}, reason="no answers"),),
    coverage=Coverage(6, 4, ("v4",), conflicting=("0 (Which?)",), by_order=1),
    quirks={"the answer is empty": 2},
)
RATERS = RaterAgreement(
    3,
    ("x", "y"),
    (
        Agreement("ICC(1,1)", 0.5, interval=(0.1, 0.9), f=2.0, freedom=(2.0, 3.0), p=0.25, word="poor to good"),
        Agreement("ICC(A,1)", None, reason="every score is the same"),
    ),
)
PAIRS = QualityCorrelations(
    ("a", "b", "c", "d"),
    "pearson",
    (
        Correlation("MD", "SEED", "pearson", n=4, value=0.8, p=0.25, without=(("a", 0.5), ("b", None))),
        Correlation("flat", "SEED", "pearson", n=4, reason="flat never changes"),
    ),
)


def test_results_of_exams_come_back_as_they_were() -> None:
    assert exam_results_from_json(to_json([RESULT])) == (RESULT,)
    assert exam_results_from_json(b"[]") == ()


@pytest.mark.parametrize("result", [RATERS, PAIRS])
def test_agreement_comes_back_as_it_was(result: AgreementResult) -> None:
    assert agreement_from_json(to_json(result, indent=True)) == result


def test_a_wrong_field_of_a_result_is_named() -> None:
    raw = json.loads(to_json([RESULT]))
    raw[0]["headline"]["value"] = "high"
    with pytest.raises(ValueError, match=r"Expected `float \| null`, got `str` - at `\$\[0\]\.headline\.value`"):
        exam_results_from_json(json.dumps(raw).encode())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"[1]", "Expected `object`, got `array`"),
        (b"{}", "missing required field `datasets`"),
        (b'{"agreement": []}', "missing required field `targets`"),
        (b"{", "truncated"),
    ],
)
def test_what_is_no_agreement_is_a_sentence(text: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        agreement_from_json(text)
