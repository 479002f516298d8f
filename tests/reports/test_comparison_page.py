"""The page of a comparison says what its numbers say, with their reasons and cautions, whatever the names are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from reports.blocks import Block, Fold, Grid, Notations, Notice, Quantity
from reports.chart_blocks import Dot, Dots, Point, Scatter
from reports.comparison import COMPARISON_SECTIONS, comparison_page, write_comparison_page
from reports.comparison_sections import agreement, finding, gaps, methods, scores, stability, treatments
from reports.comparison_view import ComparisonView, ExamMean
from reports.dots import draw_dots
from reports.page import BUDGET, render_page
from reports.pair_map import map_cell, shade_rules
from reports.scatter import draw_scatter, fitted_line, place_labels
from reports.written_tables import as_csv, as_latex, as_markdown
from tests.given.comparison_pages import HOSTILE_NAMES, comparison, statistics_of, with_gaps, with_treatments
from tests.reports.test_charts import contrast
from tests.reports.test_page import Elements
from vlitqa.results.agreement import Agreement, Correlation, RaterAgreement
from vlitqa.results.comparison import (
    MEAN_EXAM,
    ComparedDataset,
    Comparison,
    ComparisonStatistics,
    ExamFigure,
    NoiseCeiling,
    QualityFigure,
    TreatmentEffect,
)

TWELVE = tuple(f"dataset {number}" for number in range(1, 13))
NOTHING = ComparisonStatistics(
    agreement_of_models={},
    agreement_of_seeds={},
    correlations=(),
    repeated=(),
    partial=(),
    orders=(),
    ceilings=(),
    effects=(),
)


WHOLE = comparison(TWELVE)


@cache
def statistics_of_whole() -> ComparisonStatistics:
    return statistics_of(WHOLE)


def view_of(whole: Comparison, statistics: ComparisonStatistics | None = None) -> ComparisonView:
    return ComparisonView(whole, statistics or (statistics_of_whole() if whole is WHOLE else statistics_of(whole)))


def rendered(whole: Comparison, statistics: ComparisonStatistics | None = None) -> str:
    return render_page(comparison_page(whole, statistics or statistics_of(whole))).decode()


def pair(metric: str, exam: str, value: float | None, p_holm: float | None = None, n: int = 12) -> Correlation:
    reason = "" if value is not None else "a metric never changes"
    return Correlation(metric, exam, "spearman", n=n, value=value, p=p_holm, p_holm=p_holm, p_bh=p_holm, reason=reason)


def sentence(*pairs: Correlation) -> str:
    return finding.sentence_of(view_of(WHOLE, replace(NOTHING, correlations=pairs)))


def grids(blocks: Sequence[Block]) -> dict[str, Grid]:
    return {block.title: block for block in blocks if isinstance(block, Grid)}


def test_the_finding_names_the_metric_that_predicts_the_mean_exam_best_and_counts_what_survives() -> None:
    finding_text = sentence(
        pair("metric 1", MEAN_EXAM, 0.5, 0.2),
        pair("metric 2", MEAN_EXAM, 0.91, 0.004),
        pair("metric 1", "exam 1", 1, 0.01),
    )
    assert finding_text == (
        "Across 12 datasets, `metric 2` (Spearman's ρ = +0.91, n = 12, p (Holm) = 0.004) predicts the mean exam best; "
        "2 of 3 pairs of a metric and an exam survive Holm's correction."
    )


def test_a_metric_that_predicts_against_its_direction_is_said_to_do_so() -> None:
    assert "predicts the mean exam best, against its direction;" in sentence(pair("metric 1", MEAN_EXAM, -0.9, 0.01))
    assert "predicts the mean exam best;" in sentence(pair("metric 4", MEAN_EXAM, -0.9, 0.01)), "less is better"


def test_the_finding_is_honest_where_nothing_survives_or_nothing_can_be_said() -> None:
    weak = sentence(pair("metric 1", MEAN_EXAM, 0.5, 0.2), pair("metric 1", "exam 1", 0.1, 0.9))
    assert weak.startswith("Across 12 datasets, no metric predicts any exam beyond chance: 0 of 2 pairs")
    assert weak.endswith(
        "The strongest for the mean exam is `metric 1` (Spearman's ρ = +0.50, n = 12, p (Holm) = 0.200)."
    )
    elsewhere = sentence(pair("metric 1", MEAN_EXAM, 0.5, 0.2), pair("metric 1", "exam 1", 1, 0.01))
    assert "no metric predicts the mean exam beyond chance: the strongest is `metric 1`" in elsewhere
    assert elsewhere.endswith("1 of 2 pairs of a metric and an exam survive Holm's correction.")
    assert sentence(pair("metric 1", MEAN_EXAM, None)) == (
        "Across 12 datasets, nothing can be said of how metrics predict the mean exam: a metric never changes."
    )
    assert "no correlation of a metric with an exam was computed" in sentence()


@pytest.mark.parametrize("n", [5, 6, 7])
def test_the_bound_in_the_caution_is_the_least_rho_that_is_significant(n: int) -> None:
    ranks = np.arange(n)
    rho = np.array([np.corrcoef(ranks, order)[0, 1] for order in permutations(range(n))])
    reached = [value for value in np.unique(rho.round(9)) if value > 0 and (abs(rho) >= value - 1e-6).mean() < 0.05]
    statistics = replace(NOTHING, correlations=(pair("metric 1", MEAN_EXAM, 0.5, 0.2, n),))
    cautions = [
        block.text for block in finding.build(view_of(comparison(TWELVE[:n]), statistics)) if isinstance(block, Notice)
    ]
    assert f"Only n = {n} datasets: |ρ| must reach {min(reached):.3f} for p < .05" in cautions[1]


def test_few_datasets_and_one_seed_are_said_and_many_are_not() -> None:
    def cautions(whole: Comparison) -> str:
        return " ".join(block.text for block in finding.build(view_of(whole)) if isinstance(block, Notice))

    assert "not even |ρ| = 1 reaches p < .05, since the least p of 24 orders is 0.083" in cautions(
        comparison(TWELVE[:4])
    )
    assert "Only 1 dataset: a correlation needs 4 at least" in cautions(comparison(TWELVE[:1]))
    assert "One seed alone" in cautions(comparison(TWELVE[:6], seeds=1))
    many = cautions(WHOLE)
    assert "Only" not in many
    assert "One seed" not in many
    assert "2 of the 6 datasets are parts of others" in cautions(with_treatments(comparison(TWELVE[:6])))


def test_metrics_stand_beside_the_noise_ceiling_by_its_method() -> None:
    (chart,) = (block for block in finding.build(view_of(WHOLE)) if isinstance(block, Dots))
    assert chart.across == "Kendall's τ"
    assert chart.level == Dot("noise ceiling: one seed by another", 0.81, (0.6, 0.95))
    assert [dot.label for dot in chart.dots if dot.label.endswith("↓")] == ["metric 4 ↓"]
    (turned,) = (dot.value for dot in chart.dots if dot.label == "metric 4 ↓")
    correlated = view_of(WHOLE).correlations["kendall"]["metric 4", MEAN_EXAM]
    assert turned == -(correlated.value or 0)
    values = [dot.value or 0 for dot in chart.dots]
    assert values == sorted(values, reverse=True)
    (alone,) = (block for block in finding.build(view_of(comparison(TWELVE[:6], seeds=1))) if isinstance(block, Dots))
    assert alone.level is None


def test_a_cell_of_the_map_has_its_sign_its_stars_its_shade_or_its_reason() -> None:
    assert map_cell(pair("a", "b", 0.744, 0.009)).text == "+0.74***"
    assert map_cell(pair("a", "b", -0.5, 0.049)).text == "-0.50**"
    assert map_cell(pair("a", "b", 0.0, 0.099)).text == "+0.00*"
    assert map_cell(pair("a", "b", 1.0, 0.1)).text == "+1.00"
    shades = [map_cell(pair("a", "b", value)).shade for value in (-1.0, 0.0, 1.0)]
    assert shades == ["shade-0", "shade-20", "shade-40"]
    lacking = map_cell(pair("a", "b", None))
    assert (lacking.text, lacking.shade, lacking.reason) == ("", "none", "a metric never changes")
    assert map_cell(None).reason == "not computed"


def test_words_can_be_read_on_every_shade_of_the_map() -> None:
    rules = re.findall(r"\.shade-(\d+) \{ background: (#\w{6}); color: (#\w{6}); \}", shade_rules())
    assert [int(step) for step, *_ in rules] == list(range(41))
    assert min(contrast(ground, words) for _, ground, words in rules) >= 4.5
    assert len({ground for _, ground, _ in rules}) == 41


def test_the_band_of_a_scatter_holds_every_line_without_one_point() -> None:
    xs, ys = np.array([0.0, 1, 2, 3, 10]), np.array([0.0, 1, 2, 3, -4])
    points = tuple(Point(x, y, "", f"p{x:g}") for x, y in zip(xs.tolist(), ys.tolist(), strict=True))
    ends = ((0.0, 10.0), (-20.0, 20.0))
    shapes = draw_scatter(Scatter("", ("x", "y"), ends, points, (None,) * 5, groups=("",))).shapes
    (band,) = (shape for shape in shapes if shape.attributes["class"] == "band")
    outline = [tuple(map(float, place.split())) for place in re.findall(r"[ML]([\d.-]+ [\d.-]+)", band.attributes["d"])]
    left = [y for x, y in outline if x == outline[0][0]]
    lines = [np.polyfit(np.delete(xs, place), np.delete(ys, place), 1) for place in range(5)]
    heights = [float(np.polyval(line, 0.0)) for line in lines]
    expected = [18 + (20 - height) / 40 * (354 - 18) for height in (max(heights), min(heights))]
    assert sorted(left) == pytest.approx(sorted(expected), abs=0.01)
    assert [shape.text for shape in shapes if shape.kind == "circle"] == ["p0", "p1", "p2", "p3", "p10"]


def test_a_line_needs_two_places_that_lie_apart() -> None:
    assert fitted_line([(1, 1)]) is None
    assert fitted_line([(1, 1), (1, 5)]) is None
    assert fitted_line([(0, 1), (2, 5)]) == pytest.approx((1, 2))


def test_no_name_lies_on_another_or_on_a_point() -> None:
    places = [(300.0 + 9 * (number % 3), 200.0 + 7 * (number // 3)) for number in range(12)]
    labels = place_labels([f"name {number}" for number in range(12)], places)
    boxes = [
        (x - (7 * len(name) if style else 0), y - 10, x + (0 if style else 7 * len(name)), y + 2)
        for name, (x, y), style in labels
    ]
    marks = [(x - 4.5, y - 4.5, x + 4.5, y + 4.5) for x, y in places]
    for place, box in enumerate(boxes):
        for other in [*boxes[:place], *marks]:
            assert box[0] >= other[2] or other[0] >= box[2] or box[1] >= other[3] or other[1] >= box[3]
    assert 2 <= len(labels) < 12, "names without room are left to the table"


def test_dots_lie_in_their_drawing_and_say_why_a_value_is_missing() -> None:
    dots = (Dot("a", -0.5, (-0.9, 0.2)), Dot("b", None, reason="one seed"), Dot("c" * 99, 0.2, group="second"))
    drawing = draw_dots(Dots("t", "value", dots, Dot("level", 0.7, (0.5, 0.8))))
    texts = [shape.text for shape in drawing.shapes if shape.kind == "text"]
    assert "no value: one seed" in texts
    assert "c" * 31 + "…" in texts
    for shape in drawing.shapes:
        for name, size in (("x", drawing.width), ("cx", drawing.width), ("y", drawing.height), ("cy", drawing.height)):
            assert 0 <= float(shape.attributes.get(name, 0)) <= size, shape


def two_datasets() -> Comparison:
    """Two datasets, two models and two seeds, with means that can be worked out by hand."""
    figures = [
        ExamFigure(dataset, model, seed, "seed", value)
        for dataset, model, seed, value in (
            ("a", "one", 0, 0.50), ("a", "one", 1, 0.54), ("a", "two", 0, 0.60), ("a", "two", 1, 0.60),
            ("b", "one", 0, 0.30), ("b", "one", 1, 0.30), ("b", "two", 0, 0.40), ("b", "two", 1, 0.44),
        )
    ]  # fmt: skip
    quality = [
        QualityFigure("a", "repeats", 0.25, direction="down", interval=(0.2, 0.3)),
        QualityFigure("b", "repeats", 0.125, direction="down"),
        QualityFigure("a", "length", 12, direction="none"),
        QualityFigure("b", "length", None, direction="none", reason="no words"),
    ]
    datasets = tuple(ComparedDataset(name=name, rows=100) for name in ("a", "b"))
    return Comparison(
        title="two",
        datasets=datasets,
        models=("one", "two"),
        seeds=(0, 1),
        exams=("seed",),
        quality=tuple(quality),
        figures=tuple(figures),
    )


def test_an_exam_of_a_dataset_is_the_mean_over_models_with_its_spread_over_seeds() -> None:
    view = view_of(two_datasets(), NOTHING)
    whole = view.exam_mean("a", "seed")
    assert whole is not None
    assert (whole.value, whole.seeds, whole.spread) == pytest.approx((0.56, 2, 0.02 / 2**0.5))
    assert view.exam_mean("a", "seed", "two") == ExamMean(0.6, 2, 0.0)


def test_a_dataset_that_lacks_a_model_has_no_mean_over_models() -> None:
    whole = two_datasets()
    lost = tuple(
        replace(figure, value=None, reason="killed") if (figure.dataset, figure.model) == ("b", "two") else figure
        for figure in whole.figures
    )
    view = view_of(replace(whole, figures=lost), NOTHING)
    assert view.exam_mean("b", "seed") is None, "a mean over other models would not compare"
    assert view.exam_mean("b", "seed", "one") == ExamMean(0.3, 2, 0.0)


def test_the_table_of_exams_marks_the_best_ranks_and_is_pasted_whole() -> None:
    blocks = scores.build(view_of(two_datasets(), NOTHING))
    table = grids(blocks)["datasets by exams"]
    assert table.columns == ("dataset", "seed ↑", "rank")
    first, second = table.rows[0][1], table.rows[1][1]
    assert isinstance(first, Quantity)
    assert isinstance(second, Quantity)
    assert (first.text, first.unit, first.mark) == ("0.560", "± 0.014", "best")
    assert (second.text, second.mark, table.rows[1][2]) == ("0.360", "", 2)
    pasted = dict(next(block for block in blocks if isinstance(block, Notations)).texts)
    assert r"a & \textbf{0.560 $\pm$ 0.014} & 1 \\" in pasted["LaTeX"]
    assert "| b | 0.360 ± 0.014 | 2 |" in pasted["Markdown"]
    assert pasted["CSV"].splitlines() == ["dataset,seed ↑,rank", "a,0.560 ± 0.014,1", "b,0.360 ± 0.014,2"]


def test_the_best_of_a_metric_follows_its_direction() -> None:
    table = grids(scores.build(view_of(two_datasets(), NOTHING)))["datasets by quality"]
    assert table.columns == ("dataset", "repeats ↓", "length")
    marks = [[cell.mark if isinstance(cell, Quantity) else cell for cell in row[1:]] for row in table.rows]
    assert marks == [["", ""], ["best", None]]


def test_what_is_pasted_is_escaped_and_inert() -> None:
    rows = [["a_b & {c}", "-0.5", "=1+1"], ["*x* | y", "+0.1", "-cmd"]]
    assert as_latex(["n", "v", "w"], rows, None, {(0, 0)}).splitlines()[4] == r"\textbf{a\_b \& \{c\}} & -0.5 & =1+1 \\"
    assert as_markdown(["n", "v", "w"], rows, None, {(1, 1)}).splitlines()[3] == r"| \*x\* \| y | **+0.1** | -cmd |"
    assert as_csv(["n", "v", "w"], rows).splitlines()[1:] == ["a_b & {c},-0.5,'=1+1", "*x* | y,+0.1,'-cmd"]


def test_leave_one_out_counts_the_signs_that_flip() -> None:
    rests = (("a", 0.9), ("b", -0.1), ("c", 0.4), ("d", None))
    correlated = replace(pair("metric 1", MEAN_EXAM, 0.5, 0.2), without=rests)
    blocks = stability.build(view_of(WHOLE, replace(NOTHING, correlations=(correlated,))))
    ((_, _, n, value, least, greatest, flips, dataset, rest),) = grids(blocks)[
        "Spearman's ρ with mean, without each dataset in turn"
    ].rows
    assert (n, flips, dataset) == (12, 1, "b")
    assert [cell.text for cell in (value, least, greatest, rest) if isinstance(cell, Quantity)] == [
        "+0.50", "-0.10", "+0.90", "-0.10",
    ]  # fmt: skip


def test_the_effect_of_quality_control_is_what_goes_beyond_its_control() -> None:
    effect = TreatmentEffect(
        dataset="a", model="one", exam=MEAN_EXAM, treated=0.031, control=-0.012, interval=(0.01, 0.08)
    )
    alone = replace(effect, model="two", control=None, interval=None)
    blocks = treatments.build(view_of(WHOLE, replace(NOTHING, effects=(effect, alone))))
    (first, second) = grids(blocks)["change of mean"].rows
    assert [cell.text for cell in first[3:6] if isinstance(cell, Quantity)] == ["+0.031", "-0.012", "+0.043"]
    assert first[6] == "[0.01, 0.08]"
    assert (second[4], second[5]) == (None, None)
    assert treatments.build(view_of(WHOLE, NOTHING)) == []


def test_everything_without_a_value_stands_with_its_reason() -> None:
    whole = with_gaps(WHOLE)
    tables = grids(gaps.build(view_of(whole)))
    figures = {(what, why): where for what, where, why in tables["figures without a value"].rows}
    assert (
        figures["one tuned on dataset 12, seed 0", "the tuning ran out of memory"]
        == "mean, exam 1, exam 1: part 1 and 3 more"
    )
    assert str(figures["metric 1", "no judge is reachable"]).endswith("and 8 more")
    reasons = " ".join(str(row[2]) for row in tables["statistics without a value"].rows)
    assert "metric 2 never changes" in reasons
    assert gaps.build(view_of(two_datasets(), NOTHING))[0] == Grid(
        "figures without a value", ("what", "of", "reason"), (("length", "b", "no words"),)
    )


def test_the_methods_name_only_what_was_done_and_cite_what_they_name() -> None:
    blocks = methods.build(view_of(WHOLE))
    texts = dict(next(block for block in blocks if isinstance(block, Notations)).texts)
    assert "12 datasets of 2,000 rows each" in texts["LaTeX"]
    assert (
        "The models, tuned on each dataset with 3 seeds, are one and two; the exams are exam 1, exam 2 and exam 3."
        in texts["LaTeX"]
    )
    assert r"by Spearman's $\rho$, Kendall's $\tau$ and Pearson's r" in texts["LaTeX"]
    named = methods.build(view_of(replace(WHOLE, models=("a_b", "c & d"))))
    escaped = dict(next(block for block in named if isinstance(block, Notations)).texts)["LaTeX"]
    assert r"are a\_b and c \& d" in escaped
    cited = set(re.findall(r"\\cite\{(\w+)\}", texts["LaTeX"]))
    assert cited == set(re.findall(r"@\w+\{(\w+),", texts["BibTeX"])) == {
        "vlitqa", "holm1979", "benjamini1995", "mcgraw1996", "koo2016", "bakdash2017",
    }  # fmt: skip
    bare = dict(next(b for b in methods.build(view_of(two_datasets(), NOTHING)) if isinstance(b, Notations)).texts)
    assert "Holm" not in bare["LaTeX"]
    assert set(re.findall(r"@\w+\{(\w+),", bare["BibTeX"])) == {"vlitqa"}
    assert grids(blocks)["how it was done"].rows == (("preset", "nano"), ("recipe", "200 steps of 32 records"))


@pytest.mark.parametrize("count", [1, 2, 4, 12])
@pytest.mark.parametrize("change", [lambda whole: whole, with_gaps], ids=["whole", "with gaps"])
def test_every_number_of_datasets_has_a_page_whose_links_lead_somewhere(count: int, change) -> None:  # type: ignore[no-untyped-def]
    text = rendered(change(comparison(TWELVE[:count])))
    elements = Elements(text).found
    places = [attributes["id"] for _, attributes in elements if attributes.get("id")]
    links = {(attributes["href"] or "")[1:] for _, attributes in elements if "href" in attributes}
    assert links <= set(places)
    assert len(places) == len(set(places))
    assert text.count('<figure class="chart">') + 1 == text.count('<details class="twin">')


def test_an_empty_comparison_has_a_page() -> None:
    empty = Comparison(title="", datasets=(), models=(), seeds=(), exams=(), quality=(), figures=())
    assert "nothing can be said of any metric" in rendered(empty, NOTHING).replace("&#39;", "'")


def test_the_chapters_stand_in_the_order_of_the_page_and_empty_ones_are_left_out() -> None:
    page = comparison_page(WHOLE, statistics_of_whole())
    names = [chapter.name for chapter in page.chapters]
    assert names == [name for name in COMPARISON_SECTIONS if name != "treatments"]
    treated = with_treatments(comparison(TWELVE[:6]))
    assert [chapter.name for chapter in comparison_page(treated, statistics_of(treated)).chapters] == [
        *COMPARISON_SECTIONS
    ]


def test_no_name_becomes_an_element_or_turns_a_line() -> None:
    whole = comparison(HOSTILE_NAMES, models=HOSTILE_NAMES[:2])
    renamed = replace(
        whole,
        title=HOSTILE_NAMES[0],
        quality=tuple(replace(figure, metric=HOSTILE_NAMES[int(figure.metric.split()[1])]) for figure in whole.quality),
        methods={HOSTILE_NAMES[0]: HOSTILE_NAMES[3]},
    )
    text = rendered(with_treatments(with_gaps(renamed)))
    elements = Elements(text).found
    tags = [tag for tag, _ in elements]
    assert (tags.count("script"), tags.count("style")) == (2, 1)
    assert not [attributes for _, attributes in elements if any(name.startswith("on") for name in attributes)]
    assert not [attributes for _, attributes in elements if "style" in attributes or "src" in attributes]
    assert not {"img", "base", "iframe", "b"} & set(tags)
    assert not {"\u202e", "\u2028", "\u2066", "\0", "\x1b"} & set(text)
    assert "⟨U+202E⟩" in text


def test_the_page_is_the_same_bytes_for_the_same_values(tmp_path: Path) -> None:
    whole = with_gaps(with_treatments(comparison(TWELVE[:6])))
    pages = [write_comparison_page(whole, statistics_of(whole), tmp_path / name) for name in ("a.html", "b.html")]
    assert pages[0].read_bytes() == pages[1].read_bytes()


@pytest.mark.slow
def test_the_largest_comparison_fits_the_budget() -> None:
    whole = comparison([f"dataset {number}" for number in range(30)], metrics=40, exams=57, seeds=1, models=("one",))
    assert len(rendered(whole)) < BUDGET
    ceiling = NoiseCeiling(exam=MEAN_EXAM, method="kendall", value=None, reason="one seed was tuned")
    assert "one seed was tuned" in rendered(WHOLE, replace(NOTHING, ceilings=(ceiling,)))


def test_folds_hold_what_few_readers_want() -> None:
    blocks = scores.build(view_of(WHOLE))
    assert [block.title for block in blocks if isinstance(block, Fold)] == [
        "with the parts of benchmarks", "one alone", "two alone",
    ]  # fmt: skip


def test_agreement_without_any_value_stands_among_the_empty_cells_alone() -> None:
    lacking = RaterAgreement(40, ("0",), (Agreement("ICC(A,1)", None, reason="1 rater is too few"),))
    view = view_of(WHOLE, replace(NOTHING, agreement_of_seeds={"one": lacking}))
    assert agreement.build(view) == []
    assert grids(gaps.build(view))["statistics without a value"].rows == (
        ("ICC of seeds", "one", "1 rater is too few"),
    )
    measured_form = Agreement(
        "ICC(A,1)", 0.81, interval=(0.55, 0.94), f=12.8, freedom=(9, 19.22), p=0.0004, word="moderate"
    )
    both = {"one": lacking, "two": RaterAgreement(10, ("a", "b"), (measured_form,))}
    table = grids(agreement.build(view_of(WHOLE, replace(NOTHING, agreement_of_models=both))))
    ((name, value, *rest),) = table["models as raters of exams, ICC(A,1)"].rows
    assert isinstance(value, Quantity)
    assert (name, value.text, rest) == (
        "two",
        "0.81",
        ["[0.55, 0.94]", "moderate", 12.8, "9, 19.22", "< 0.001", 10, "a, b"],
    )
