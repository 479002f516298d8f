"""A page in a real browser, from a file, with no network."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reports.quality import REPORT
from tests.given.runs import HOSTILE, hostile, row, scored

playwright_api = pytest.importorskip("playwright.sync_api", reason="pip install 'vlitqa[dev]'")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium"),
]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright_api.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile(tmp_path_factory.mktemp("hostile")) / REPORT


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    things = ("cat", "dog", "tree", "house", "car")
    rows = [
        row(n, f"What is thing {n}?", " ".join(f"It is {things[(n * k) % 5]} {k}." for k in range(1, n % 7 + 2)))
        for n in range(60)
    ]
    return scored(tmp_path_factory.mktemp("plain"), [*rows, rows[3]]) / REPORT


@contextmanager
def opened(browser: Any, path: Path, fragment: str = "", **settings: Any) -> Iterator[Any]:
    """A page that asked for nothing and complained of nothing."""
    context = browser.new_context(viewport=DESKTOP, offline=True, accept_downloads=True, **settings)
    page, said, asked = context.new_page(), [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri() + fragment)
    if settings.get("java_script_enabled", True):
        page.wait_for_selector("html[data-ready]")
    yield page
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()


def shown(page: Any) -> int:
    return int(page.locator(".card:not([hidden])").count())


def test_an_attack_stays_text(browser: Any, attack: Path) -> None:
    with opened(browser, attack) as page:
        assert page.title() == "data.jsonl"
        assert page.evaluate("document.querySelectorAll('script').length") == 2
        texts = page.locator(".card dd").all_text_contents()
        assert any("<script>document.title='PWNED'</script>" in each for each in texts)
        assert shown(page) == len(HOSTILE) + 1


def test_the_same_attack_runs_where_the_defences_are_taken_away(browser: Any, attack: Path, tmp_path: Path) -> None:
    text = attack.read_text(encoding="utf-8")
    bare = (
        re.sub(r"<meta http-equiv=[^>]+>", "", text)
        .replace("&lt;script&gt;", "<script>")
        .replace("&lt;/script&gt;", "</script>")
        .replace("&#39;PWNED&#39;", "'PWNED'")
    )
    assert bare != text
    (tmp_path / "bare.html").write_text(bare, encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "bare.html").as_uri())
    assert page.title() == "PWNED"
    page.close()
    guarded = (
        text.replace("&lt;script&gt;", "<script>")
        .replace("&lt;/script&gt;", "</script>")
        .replace("&#39;PWNED&#39;", "'PWNED'")
    )
    (tmp_path / "guarded.html").write_text(guarded, encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "guarded.html").as_uri())
    assert page.title() == "data.jsonl", "the policy alone stops what escaping would have stopped"
    page.close()


def test_a_slider_counts_as_a_selection_keeps(browser: Any, plain: Path) -> None:
    from tests.given.run_cli import vlitqa

    with opened(browser, plain) as page:
        slider = page.locator("input[name=rule-lexical]")
        slider.evaluate("each => { each.value = 4; each.dispatchEvent(new Event('input')); }")
        told = page.locator(".count").text_content()
        kept = int(re.search(r"keep ([\d,]+) of", told)[1].replace(",", ""))
        line = page.locator(".controls .command code").text_content()
    rule = re.search(r"--rule '([^']+)'", line)[1]
    done = vlitqa("select", plain.parent, "--rule", rule, "--json", cwd=plain.parents[2])
    assert json.loads(done.stdout)["kept"] == kept < 61


def test_filters_search_and_sorting_change_what_is_shown(browser: Any, plain: Path) -> None:
    with opened(browser, plain) as page:
        assert shown(page) == 24
        page.locator("[data-more='24']").press("Enter")
        assert shown(page) == 48
        page.locator("[data-more=all]").press("Enter")
        assert shown(page) == page.locator(".card").count() > 48
        page.fill("input[name=search]", "thing 17?")
        assert shown(page) == 1
        page.fill("input[name=search]", "")
        page.select_option("select[name=mode]", "duplicate_row")
        assert shown(page) == 1
        assert "duplicate_row (1)" in page.locator("select[name=mode]").text_content()
        page.select_option("select[name=mode]", "")
        page.select_option("select[name=sort]", "statistics:down")
        chips = page.locator(".card:not([hidden]) .scores [data-metric=statistics]")
        values = [float(value) for value in chips.evaluate_all("chips => chips.map(chip => chip.dataset.value)")]
        assert values == sorted(values, reverse=True)
        assert values[0] > values[-1]


def test_a_view_is_remembered_in_the_address(browser: Any, plain: Path) -> None:
    with opened(browser, plain) as page:
        page.select_option("select[name=mode]", "random")
        page.click("[data-theme-switch]")
        page.locator("input[name=rule-lexical]").evaluate(
            "each => { each.value = 5; each.dispatchEvent(new Event('input')); }"
        )
        fragment = page.evaluate("location.hash")
        before = page.locator(".count").text_content()
    with opened(browser, plain, fragment) as page:
        assert page.locator("select[name=mode]").input_value() == "random"
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.locator("input[name=rule-lexical]").input_value() == "5"
        assert page.locator(".count").text_content() == before


def test_a_link_to_a_row_shows_it_and_is_kept(browser: Any, plain: Path) -> None:
    with opened(browser, plain) as page:
        page.locator(".copies a").last.click()
        fragment = page.evaluate("location.hash")
        assert page.evaluate("'#' + document.activeElement.id") == fragment
    with opened(browser, plain, fragment) as page:
        assert page.locator(fragment).is_visible()


def test_a_link_to_a_section_ends_at_its_heading(browser: Any, plain: Path) -> None:
    with opened(browser, plain) as page:
        page.locator("[data-more=all]").press("Enter")
        for name in ("Rows kept", "Texts", "Provenance"):
            page.locator("nav a", has_text=name).click()
            page.wait_for_timeout(300)
            top = page.locator("h2", has_text=name).bounding_box()["y"]
            assert 0 <= top < DESKTOP["height"] - 60, name
            page.evaluate("scrollTo(0, 0)")


def test_an_alert_shows_its_rows(browser: Any, plain: Path) -> None:
    with opened(browser, plain) as page:
        page.locator("[data-mode=duplicate_row]").click()
        assert shown(page) == 1
        assert page.locator("select[name=mode]").input_value() == "duplicate_row"


def test_downloads_hold_the_rows_that_the_rules_keep(browser: Any, plain: Path, tmp_path: Path) -> None:
    with opened(browser, plain) as page:
        page.locator("input[name=rule-lexical]").evaluate(
            "each => { each.value = 6; each.dispatchEvent(new Event('input')); }"
        )
        kept = int(re.search(r"keep ([\d,]+) of", page.locator(".count").text_content())[1])
        for kind, name in (("ids", "ids.txt"), ("csv", "rows.csv"), ("json", "rows.json")):
            with page.expect_download() as waited:
                page.click(f"[data-save={kind}]")
            assert waited.value.suggested_filename == name
            waited.value.save_as(tmp_path / name)
    assert len((tmp_path / "ids.txt").read_text().splitlines()) == kept
    with (tmp_path / "rows.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(json.loads((tmp_path / "rows.json").read_text())) == kept
    assert {"row", "id", "lexical"} <= set(rows[0])


def test_a_table_is_sorted_by_its_head(browser: Any, plain: Path) -> None:
    with opened(browser, plain) as page:
        head = page.locator("#metrics th", has_text="value").first
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == "ascending"
        page.locator("#metrics th", has_text="measured").first.locator("button").click()
        cells = page.locator("#metrics tbody").first.locator("tr td:nth-child(6)").all_text_contents()
        numbers = [int(each.replace(",", "")) for each in cells]
        assert numbers == sorted(numbers)


def test_keys_move_search_and_change_the_theme(browser: Any, plain: Path) -> None:
    with opened(browser, plain) as page:
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.name") == "search"
        page.locator("h1").click()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("j")
        first = page.evaluate("document.activeElement.id")
        page.keyboard.press("j")
        assert first.startswith("row-")
        assert page.evaluate("document.activeElement.id") != first
        page.keyboard.press("k")
        assert page.evaluate("document.activeElement.id") == first
        page.keyboard.press("t")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_without_scripts_everything_is_there_and_nothing_is_dead(browser: Any, plain: Path) -> None:
    with opened(browser, plain, java_script_enabled=False) as page:
        assert page.locator(".card").count() > 24
        assert not page.locator(".controls").is_visible()
        assert not page.locator("[data-copy]").first.is_visible()
        assert page.locator("#metrics table").first.is_visible()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_violation(browser: Any, plain: Path, viewport: dict[str, int], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install 'vlitqa[dev]'")
    context = browser.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(plain.as_uri())
    page.wait_for_selector("html[data-ready]")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    found = axe.Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")] == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= viewport["width"], "nothing is wider than the screen"
    context.close()
