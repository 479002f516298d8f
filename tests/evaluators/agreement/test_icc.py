"""The intraclass correlation against published figures and against pingouin."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.agreement.icc import ICC_FORMS, intraclass_correlations, word_of
from vlitqa.results.agreement import Agreement

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], np.float64
)


def by_form(scores: np.ndarray) -> dict[str, Agreement]:  # type: ignore[type-arg]
    return {form.form: form for form in intraclass_correlations(scores)}


def test_all_forms_are_those_of_shrout_and_fleiss() -> None:
    forms = intraclass_correlations(SHROUT_FLEISS)
    expected = (0.165742, 0.289764, 0.714841, 0.442797, 0.620051, 0.909316)
    assert [form.value for form in forms] == pytest.approx(expected, abs=5e-7)
    ends = ((-0.13, 0.72), (0.02, 0.76), (0.34, 0.95), (-0.88, 0.91), (0.07, 0.93), (0.68, 0.99))
    for form, interval in zip(forms, ends, strict=True):
        assert form.interval == pytest.approx(interval, abs=0.005), form.form


@pytest.mark.parametrize("shape", [(5, 2), (12, 3), (30, 5)])
def test_values_intervals_and_f_are_those_of_pingouin(shape: tuple[int, int]) -> None:
    pandas = pytest.importorskip("pandas")
    pingouin = pytest.importorskip("pingouin", reason="pip install 'vlitqa[dev]'")
    draws = np.random.default_rng(3)
    scores = draws.normal(size=(shape[0], 1)) + draws.normal(size=(1, shape[1])) + draws.normal(size=shape)
    rows = [(target, rater, scores[target, rater]) for target in range(shape[0]) for rater in range(shape[1])]
    table = pandas.DataFrame(rows, columns=["target", "rater", "score"])
    theirs = pingouin.intraclass_corr(table, "target", "rater", "score").set_index("Type")
    names = {name.replace(" ", ""): name for name in theirs.index}
    for name, form in by_form(scores).items():
        row = theirs.loc[names[name]]
        assert form.value == pytest.approx(row["ICC"], abs=1e-9), name
        interval = row[next(column for column in theirs.columns if column.startswith("CI95"))]
        assert form.interval == pytest.approx(tuple(interval), abs=0.0051), name
        assert form.f == pytest.approx(row["F"], rel=1e-6), name
        if not name.startswith("ICC(A"):  # there pingouin takes other degrees of freedom than McGraw & Wong
            assert form.p == pytest.approx(row["pval"], rel=1e-6), name


def test_agreement_in_value_is_tested_as_mcgraw_and_wong_do() -> None:
    """irr's figures of its own `anxiety` data are stated to these digits, and follow from its three mean squares."""
    agreement = by_form(SHROUT_FLEISS)["ICC(A,1)"]
    assert agreement.freedom == pytest.approx((5, 4.785), abs=0.001)


def test_raters_who_differ_by_a_constant_are_consistent_and_do_not_agree() -> None:
    scores = np.arange(6.0)[:, None] + np.array([[0.0, 10.0]])
    forms = by_form(scores)
    assert forms["ICC(C,1)"].value == pytest.approx(1.0)
    assert (forms["ICC(A,1)"].value or 1) < 0.1
    assert forms["ICC(C,1)"].interval is None
    assert forms["ICC(C,1)"].reason


def test_raters_who_never_differ_agree_without_an_interval() -> None:
    forms = intraclass_correlations(np.repeat(np.arange(5.0)[:, None], 3, axis=1))
    assert [form.value for form in forms] == pytest.approx([1.0] * 6)
    assert {form.interval for form in forms} == {None}


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        (np.ones((4, 3)), "every score is the same"),
        (np.ones((1, 3)), "1 target by 3 raters, and two of each are needed"),
        (np.arange(4.0)[:, None], "4 targets by 1 rater, and two of each are needed"),
        (np.array([[1.0, 2], [1, 2], [1, 2]]), "every target has the same scores"),
    ],
)
def test_what_cannot_be_said_is_said(scores: np.ndarray, reason: str) -> None:  # type: ignore[type-arg]
    forms = intraclass_correlations(scores)
    assert [form.form for form in forms] == list(ICC_FORMS)
    assert {(form.value, form.reason) for form in forms} == {(None, reason)}


@pytest.mark.parametrize(
    ("interval", "word"),
    [((-0.2, 0.4), "poor"), ((0.5, 0.74), "moderate"), ((0.6, 0.8), "moderate to good"), ((0.91, 0.99), "excellent")],
)
def test_the_word_is_read_off_the_interval(interval: tuple[float, float], word: str) -> None:
    assert word_of(interval) == word


@pytest.mark.parametrize("ratings", [(0.17, 0.55), (-0.61, 0.35, 2.7, 0.33)])
def test_raters_who_differ_by_rounding_alone_never_differ(ratings: tuple[float, ...]) -> None:
    """The means of three times 0.17 are not 0.17 to the last bit."""
    forms = intraclass_correlations(np.repeat(np.array(ratings)[:, None], 3, axis=1))
    assert [form.value for form in forms] == pytest.approx([1.0] * 6)
    assert {form.reason for form in forms} == {"no two raters differ: no interval"}


@pytest.mark.parametrize(
    "scores",
    [
        pytest.param([[1.0, 3.0], [3.0, 1.0]], id="raters who contradict each other"),
        pytest.param([[0.0, 0.0], [1.0, -1.0]], id="degrees of freedom that come to 0"),
        pytest.param([[0.1, 0.3], [0.3, 0.1], [0.2, 0.2]], id="means that are alike but for rounding"),
    ],
)
def test_targets_with_one_mean_have_no_agreement_of_the_mean(scores: list[list[float]]) -> None:
    """One over nothing: the reliability of means that do not differ is not defined."""
    forms = by_form(np.array(scores))
    for name, form in forms.items():
        if name.endswith("k)"):
            assert (form.value, form.reason) == (None, "every target has the same mean")
        else:
            assert form.interval or form.reason, name
            assert not form.interval or np.isfinite((form.value, *form.interval)).all()
    assert forms["ICC(1,1)"].value == pytest.approx(-1.0)
