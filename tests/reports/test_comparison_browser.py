"""The page of a comparison in a real browser: its map, its pairs and its tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from reports.comparison import write_comparison_page
from reports.comparison_view import ComparisonView
from tests.given.comparison_pages import HOSTILE_NAMES, comparison, statistics_of, with_gaps, with_treatments
from tests.reports.test_browser import CHROMIUM, DESKTOP, PHONE, browser, opened
from vlitqa.results.comparison import MEAN_EXAM, Comparison

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium"),
]
__all__ = ["browser"]
"""A fixture."""
TWELVE = [f"dataset {number}" for number in range(1, 13)]


def drawn(folder: Path, whole: Comparison) -> Path:
    return write_comparison_page(whole, statistics_of(whole), folder / "page.html")


@pytest.fixture(scope="module", params=[TWELVE, HOSTILE_NAMES], ids=["plain", "hostile"])
def troubled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    whole = with_gaps(with_treatments(comparison(request.param)))
    return drawn(tmp_path_factory.mktemp("troubled"), whole)


@pytest.fixture(scope="module")
def whole() -> Comparison:
    return with_treatments(comparison(TWELVE))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, whole: Comparison) -> Path:
    return drawn(tmp_path_factory.mktemp("comparison"), whole)


def shapes(page: Any) -> list[tuple[Any, ...]]:
    """Every shape of the scatter: its kind, its class, its words and the numbers of its place."""
    results = page.locator(".pair svg > *").evaluate_all(
        """shapes => shapes.map(shape => [
            shape.tagName, shape.getAttribute("class"), shape.tagName === "text" ? shape.textContent : "",
            ["x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "d"].map(name => shape.getAttribute(name)).join(" "),
        ])"""
    )
    return [
        (kind, style, words, *(round(float(number)) for number in re.findall(r"-?\d+\.?\d*", place)))
        for kind, style, words, place in results
    ]


def test_the_script_draws_the_pair_as_the_page_without_scripts_has_it(browser: Any, path: Path) -> None:
    with opened(browser, path, java_script_enabled=False) as page:
        without = sorted(shapes(page))
        facts = page.locator(".pair dl").inner_text()
        twin = "".join(page.locator(".pair .twin tbody").text_content().split())
    with opened(browser, path) as page:
        for first, second in zip(without, sorted(shapes(page)), strict=True):
            assert first[:3] == second[:3]
            assert first[3:] == pytest.approx(second[3:], abs=1)
        assert page.locator(".pair dl").inner_text() == facts
        assert "".join(page.locator(".pair .twin tbody").text_content().split()) == twin


def test_a_click_shows_the_pair_and_the_address_keeps_it(browser: Any, path: Path, whole: Comparison) -> None:
    with opened(browser, path) as page:
        row = page.locator(".map tbody tr", has_text="metric 3")
        row.locator("td").nth(1).click()
        assert page.locator(".pair-name").text_content() == "metric 3 and exam 1"
        pair = ComparisonView(whole, statistics_of(whole)).correlations["spearman"]["metric 3", "exam 1"]
        assert page.locator(".pair dd").first.text_content() == f"{pair.value:+.2f}"
        assert page.locator(".pair svg .mark").count() == 12 + 3, "the datasets, and the legend"
        assert page.locator(".pair .twin th").nth(2).text_content() == "metric 3"
        fragment = page.evaluate("location.hash")
    with opened(browser, path, fragment) as page:
        assert page.locator(".pair-name").text_content() == "metric 3 and exam 1"


def test_arrow_keys_reach_every_pair(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        page.locator(".map td[tabindex='0']").focus()
        seen = set()
        for way in ["ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowRight", "ArrowRight"]:
            page.keyboard.press(way)
            seen.add(page.locator(".pair-name").text_content())
        assert len(seen) == 5
        assert page.locator(".map td[aria-current]").count() == 1


def test_another_coefficient_and_another_correction_change_the_cells(
    browser: Any, path: Path, whole: Comparison
) -> None:
    correlations = ComparisonView(whole, statistics_of(whole)).correlations
    with opened(browser, path) as page:
        rows = page.locator(".map tbody th").all_text_contents()
        for method in ("kendall", "pearson", "spearman"):
            page.select_option("select[name=method]", method)
            page.select_option("select[name=correction]", "none")
            for row, metric in enumerate(rows):
                pair = correlations[method][metric, MEAN_EXAM]
                stars = next(
                    (stars for level, stars in ((0.01, "***"), (0.05, "**"), (0.1, "*")) if pair.p < level), ""
                )
                text = page.locator(".map tbody tr").nth(row).locator("td").first.text_content()
                assert text == f"{pair.value:+.2f}{stars}"
        uncorrected = "".join(page.locator(".map td").all_text_contents()).count("*")
        page.select_option("select[name=correction]", "Holm")
        assert "".join(page.locator(".map td").all_text_contents()).count("*") < uncorrected
        assert "correction=Holm" in page.evaluate("location.hash")


def test_cells_without_a_value_say_why(browser: Any, tmp_path: Path) -> None:
    with opened(browser, drawn(tmp_path, with_gaps(comparison(TWELVE)))) as page:
        cell = page.locator(".map tbody tr", has_text="metric 2").locator("td").first
        assert cell.get_attribute("title") == "metric 2 never changes"
        cell.click()
        assert page.locator(".pair dd").all_text_contents() == ["no value: metric 2 never changes"]


def test_without_scripts_the_map_the_pair_and_the_tables_are_there_and_nothing_is_dead(
    browser: Any, path: Path
) -> None:
    with opened(browser, path, java_script_enabled=False) as page:
        assert page.locator(".map td").count() == 5 * 6
        assert page.locator(".pair svg .mark").first.is_visible()
        assert not page.locator(".switches").is_visible()
        assert not page.locator("[data-copy]").first.is_visible()


def test_a_table_is_copied_or_at_least_selected(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        button = page.locator("#datasets button", has_text="copy LaTeX").first.element_handle()
        button.click()
        page.wait_for_function("button => /copied|selected/.test(button.textContent)", arg=button)
        assert r"\begin{tabular}" in page.locator("#datasets pre").first.text_content()


def test_numbers_of_a_table_are_sorted_as_numbers(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        page.locator("#datasets th", has_text="exam 1").first.locator("button").click()
        cells = page.locator("#datasets table").first.locator("tbody td:nth-child(3)").all()
        values = [float(cell.get_attribute("data-value")) for cell in cells]
        assert values == sorted(values)
        assert values[0] < values[-1]


def test_an_attack_by_names_stays_text(browser: Any, tmp_path: Path) -> None:
    with opened(browser, drawn(tmp_path, comparison(HOSTILE_NAMES))) as page:
        assert page.title() == "what we compared"
        page.locator(".map tbody tr").nth(1).locator("td").nth(2).click()
        assert page.evaluate("document.querySelectorAll('script').length") == 2
        titles = page.locator(".pair svg .mark title").all_text_contents()
        assert HOSTILE_NAMES[0] in titles


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_violation(browser: Any, troubled: Path, viewport: dict[str, int], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install 'vlitqa[dev]'")
    context = browser.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(troubled.as_uri())
    page.wait_for_selector("html[data-ready]")
    page.evaluate("document.querySelectorAll('details').forEach(block => { block.open = true; })")
    results = axe.Axe().run(page).response["violations"]
    assert [
        (fault["id"], fault["nodes"][0]["html"]) for fault in results if fault["impact"] in ("serious", "critical")
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], (
        "nothing is wider than the screen"
    )
    context.close()
