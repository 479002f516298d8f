"""Pages that say more, or less, than a run found: chips, orders, bars, units and what a phone shows."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reports.blocks import Explorer, Fold, Grid, Quantity, Tiles
from reports.chart_blocks import Bins, Histogram
from reports.charts import describe_histogram, draw_chart, draw_small_histogram
from reports.page import Chapter, Page, render_page
from reports.quality import REPORT, quality_page
from reports.sections import explorer, images, metrics, texts, verdict
from reports.sections.metrics import bins_of
from reports.twins import twin
from tests.given.runs import row, scored
from vlitqa.catalogue import METRICS, card_of
from vlitqa.results import Scored, Summary
from vlitqa.results.faults import ERROR, FAULTS
from vlitqa.runs.finished import FinishedRun, open_run
from vlitqa.runs.gallery import Exhibit, ShownTurn, Thumbnail

pytestmark = pytest.mark.slow
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EMPTY = "empty_response"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """Sixty rows with pictures of one size; twenty of them have an empty response, two name a picture that is gone."""
    folder = tmp_path_factory.mktemp("misleading")
    (folder / "images").mkdir()
    for number in range(60):
        Image.linear_gradient("L").resize((64, 64)).rotate(6 * number).save(folder / "images" / f"{number}.png")
    rows = [
        row(
            number,
            f"What is thing {number} here?",
            "" if number % 3 == 0 else f"It is thing {number}.",
            f"{number}.png",
        )
        for number in range(58)
    ]
    rows += [row(58, "What is it?", "A cat.", "gone.png"), row(59, "Who is it?", "A dog.", "lost.png")]
    return open_run(scored(folder, rows, "--image-root", folder / "images"))


def explorer_of(run: FinishedRun) -> Explorer:
    return next(block for block in explorer.build(run) if isinstance(block, Explorer))


def test_every_row_that_is_shown_carries_the_chip_of_each_of_its_findings(run: FinishedRun) -> None:
    with_code = {fault.row for faulty in run.faulty.values() for fault in faulty if fault.code == EMPTY}
    assert len(with_code) == 20
    shown = {exhibit.row: exhibit.why for exhibit in explorer_of(run).exhibits}
    assert len(with_code & set(shown)) > 8, "only eight rows of a finding are chosen for its sake"
    assert all(EMPTY in shown[number] for number in with_code & set(shown))


def test_rows_with_errors_come_first_then_those_with_warnings(run: FinishedRun) -> None:
    ranks = {ERROR: 0, "warning": 1, "note": 2}
    worst = [
        min((ranks[FAULTS[why].severity] for why in exhibit.why if why in FAULTS), default=3)
        for exhibit in explorer_of(run).exhibits
    ]
    errors_and_warnings = [min(rank, 2) for rank in worst]
    assert set(errors_and_warnings) == {0, 1, 2}
    assert errors_and_warnings == sorted(errors_and_warnings)


def test_values_that_are_all_the_same_are_one_bar_at_that_value() -> None:
    bins = bins_of(np.full(7, 64.0))
    assert bins == Bins((64.0, 64.0), (7,))
    assert describe_histogram(bins) == "7 values, all of them 64"
    assert [shape.kind for shape in draw_small_histogram(bins).shapes] == ["rect"]
    chart = Histogram("width of an image", bins, "pixels", "images")
    assert sum(shape.kind == "rect" for shape in draw_chart(chart).shapes) == 1
    assert "64" in [shape.text for shape in draw_chart(chart).shapes]


def test_a_histogram_of_images_counts_images_and_not_records(run: FinishedRun) -> None:
    folds = [block for block in images.build(run) if isinstance(block, Fold)]
    charts = [chart for fold in folds for chart in fold.blocks if isinstance(chart, Histogram)]
    assert charts
    for chart in charts:
        assert twin(chart).columns == ("from", "to", "images")
        assert "images" in [shape.text for shape in draw_chart(chart).shapes]


def test_texts_and_images_unfold_only_for_those_who_want_them(run: FinishedRun) -> None:
    assert all(isinstance(block, Fold) for block in texts.build(run))
    assert not any(isinstance(block, Histogram) for block in images.build(run))


def test_a_value_stands_with_its_unit(run: FinishedRun) -> None:
    (grid, *_) = metrics.build(run)
    assert isinstance(grid, Grid)
    place = grid.columns.index("value")
    turns = next(cells for cells in grid.rows if cells[1] == "turns")
    assert isinstance(turns[place], Quantity)
    assert turns[place].unit == "mean"
    page = (run.folder / REPORT).read_text(encoding="utf-8")
    assert re.search(r'data-value="1">1 <span class="unit">mean</span>', page)


def test_the_value_of_a_row_stands_with_what_it_counts(run: FinishedRun) -> None:
    card = (run.folder / REPORT).read_text(encoding="utf-8").split('id="row-1"')[1].split("</article>")[0]
    assert re.search(r'<span class="unit">errors and warnings:</span> 1</span>', card)
    assert re.search(r'<span class="unit">turns that repeat an earlier one of the row:</span> 0 %</span>', card)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_that_measures_records_says_what_their_values_count(name: str) -> None:
    card = card_of(name)
    assert card
    assert card.counts or name == "balance", "a record has no balance"


def test_a_tile_says_what_its_share_is_of(run: FinishedRun) -> None:
    tiles = next(block for block in verdict.build(run) if isinstance(block, Tiles)).tiles
    shown = {tile.label: (tile.value, tile.note) for tile in tiles}
    assert shown["usable images"][0] == "96.7 %"
    assert shown["usable images"][1].startswith("of images open, 95 % interval [")
    assert shown["repeated records"][0] == "0 %"
    assert shown["repeated records"][1].startswith("of records repeat an earlier one, ")


def test_shares_are_percentages_in_every_table_of_a_page(run: FinishedRun) -> None:
    page = (run.folder / REPORT).read_text(encoding="utf-8")
    assert 'data-value="0.966667">96.7 % <span class="unit">of images open</span>' in page
    beginnings = next(
        grid
        for block in texts.build(run)
        if isinstance(block, Fold)
        for grid in block.blocks
        if isinstance(grid, Grid) and "share" in grid.columns
    )
    place = beginnings.columns.index("share")
    assert all(isinstance(cells[place], Quantity) and cells[place].is_share for cells in beginnings.rows)
    slider = next(score for score in explorer_of(run).scores if score.metric == "duplicates")
    assert slider.is_share


def test_pictures_inside_a_text_are_shown_where_they_stand() -> None:
    pictures = tuple(
        Thumbnail(name=f"{n}.png", width=9, height=9, fault="", thumbnail=b"webp") for n in ("top", "cat", "dog")
    )
    turn = ShownTurn("This is a cat and this a dog.", None, ((1, 13), (2, 28)), ())
    exhibit = Exhibit(row=0, record="", why=(), turns=(turn,), task="", pictures=pictures, left_out="")
    block = Explorer((exhibit,), (0,), ("",), ())
    page = render_page(Page("a", (), (Chapter("samples", "Samples", (block,)),))).decode()
    card = page.split('id="row-1"')[1].split("</article>")[0]
    words = [
        "top.png",
        "<dt>instruction",
        "This is a cat",
        "cat.png",
        "and this a dog",
        "dog.png",
        "<dt>response",
        "none",
    ]
    places = [card.index(word) for word in words]
    assert places == sorted(places)
    assert card.count("<img ") == 3


def test_the_number_of_a_row_and_its_id_are_told_apart_by_words(run: FinishedRun) -> None:
    page = (run.folder / REPORT).read_text(encoding="utf-8")
    assert '<h3>row 1 <span class="id">id <bdi>r0</bdi></span></h3>' in page


def test_the_bars_of_a_row_say_what_they_are_of(run: FinishedRun) -> None:
    assert "The bar beside a value is the share of rows with a lower value" in (run.folder / REPORT).read_text()
    assert [chapter.name for chapter in quality_page(run).chapters][:4] == [
        "principles",
        "verdict",
        "alerts",
        "metrics",
    ]


def test_a_metric_that_has_no_value_at_all_fills_no_row_and_its_tile_says_what_it_needs(tmp_path: Path) -> None:
    for name in ("elements", "light"):
        (tmp_path / name).mkdir()
    silent = open_run(scored(tmp_path / "elements", [row(0, "", "A cat.")], "--metrics", "integrity,elements"))
    assert not silent.has_values("elements")
    assert [metric.metric for metric in explorer_of(silent).metrics[0]] == ["integrity"]
    light = open_run(scored(tmp_path / "light", [row(0, "What is it?", "A cat.")]))
    without = replace(light, card=replace(light.card, scored=(*light.card.scored, Scored("accuracy", {}, Summary()))))
    tiles = next(block for block in verdict.build(without) if isinstance(block, Tiles)).tiles
    assert next(tile for tile in tiles if tile.label == "agreement of votes").note == "needs judge: see vlitqa doctor"


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium")
def test_long_names_of_datasets_push_no_column_out_of_the_screen(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install 'vlitqa[dev]'")
    names = tuple(f"llava_instruct_150k_complex_reasoning_{number}.jsonl" for number in range(4))
    cells = ("accuracy", "correct responses", "original", *["0.5123 [0.4692, 0.5555]"] * 4, "it changes with the size")
    table = Grid("every figure", ("metric", "figure", "variant", *names, "not comparable"), (cells,))
    (tmp_path / "page.html").write_bytes(render_page(Page("a", (), (Chapter("b", "B", (table,)),))))
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1300, "height": 844})
        page.goto((tmp_path / "page.html").as_uri())
        right = page.eval_on_selector("td:last-child", "cell => cell.getBoundingClientRect().right")
        assert right <= page.eval_on_selector(".scroll", "frame => frame.getBoundingClientRect().right")
        browser.close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium")
def test_a_phone_shows_the_values_of_figures_without_a_swipe(run: FinishedRun) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install 'vlitqa[dev]'")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(Path(run.folder / REPORT).absolute().as_uri())
        page.wait_for_selector("html[data-ready]")
        rights = page.eval_on_selector_all(
            "#metrics table[data-sortable] tbody tr td:nth-child(4)",
            "cells => cells.map(cell => cell.getBoundingClientRect().right)",
        )
        assert rights
        assert max(rights) <= 390
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        browser.close()
