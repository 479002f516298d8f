"""The page in a real browser: two people label at once, the server is killed, and not a label is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.given.annotation_pages import AnnotationServer, write_dialogues
from tests.given.run_cli import vlitqa
from tests.studies.annotating import label_all, opened_browser

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with opened_browser() as opened:
        yield opened


def _report(data: Path) -> dict[str, Any]:
    done = vlitqa("annotate", data, "--annotators", "anna,ben", "--report", "--json", cwd=data.parent)
    report: dict[str, Any] = json.loads(done.stdout)["rounds"][0]
    return report


def test_two_people_label_all_items_while_the_server_is_killed_and_every_label_is_there(
    browser: Any, tmp_path: Path
) -> None:
    data = write_dialogues(tmp_path, 12)
    with AnnotationServer(data, "--annotators", "anna,ben") as server:
        label_all(server, browser, items=12, kills=3, seed=0)
    report = _report(data)
    assert report["by_annotator"] == {"anna": 12, "ben": 12}
    assert (report["labels"], report["labelled"]) == (24, 12)


def test_labels_edits_and_undo_by_keys_alone(browser: Any, tmp_path: Path) -> None:
    data = write_dialogues(tmp_path, 2)
    with AnnotationServer(data, "--annotators", "anna,ben") as server:
        page = browser.new_page()
        page.goto(server.links["anna"])
        page.wait_for_selector(".message")
        page.keyboard.press("Enter")
        assert "Choose a quality" in page.inner_text("#problem")
        for key in ("3", "Enter"):
            page.keyboard.press(key)
        assert "Say why" in page.inner_text("#problem")
        for key in ("6", "q", "r", "x"):
            page.keyboard.press(key)
        page.locator("textarea[aria-label='text 2 of message 1']").or_(
            page.locator(".message textarea").nth(1)
        ).first.fill("Mended?")
        page.keyboard.press("Escape")
        page.get_by_label("move picture 2 later").click()
        page.keyboard.press("Enter")
        page.wait_for_selector("#progress:has-text('1 done')")
        page.keyboard.press("b")
        page.wait_for_selector("#saved:text-is('labelled')")
        page.keyboard.press("u")
        page.wait_for_selector("#saved:text-is('not labelled yet')")
        page.close()
    vlitqa("annotate", data, "--export", tmp_path / "labels.parquet", cwd=tmp_path)
    import pyarrow.parquet as pq

    first, second = pq.read_table(tmp_path / "labels.parquet").to_pylist()
    assert (first["quality"], first["cause"], first["characteristics"]) == (
        "poor",
        "hallucination",
        ["image creation", "extrinsic understanding"],
    )
    edited = json.loads(first["edited"])
    assert edited[0]["parts"][-1]["text"] == "Mended?"
    assert [part.get("picture") for part in edited[1]["parts"]] == [None, None, 1]
    assert second["kind"] == "undo"


def test_a_stale_window_keeps_both_texts(browser: Any, tmp_path: Path) -> None:
    with AnnotationServer(write_dialogues(tmp_path, 1), "--annotators", "anna,ben") as server:
        pages = [browser.new_context().new_page() for _ in range(2)]
        for page in pages:
            page.goto(server.links["anna"])
            page.wait_for_selector(".message")
        pages[0].keyboard.press("1")
        pages[0].keyboard.press("Enter")
        pages[0].wait_for_selector("#done:not([hidden])")
        pages[1].keyboard.press("2")
        pages[1].locator("#note").fill("my own words")
        pages[1].keyboard.press("Escape")
        pages[1].keyboard.press("Enter")
        pages[1].wait_for_selector("#problem:has-text('another window')")
        assert pages[1].input_value("#note") == "my own words"
        pages[1].keyboard.press("Enter")
        pages[1].wait_for_selector("#done:not([hidden])")
        for page in pages:
            page.context.close()


def test_hostile_texts_are_words_and_nothing_else(browser: Any, tmp_path: Path) -> None:
    texts = (
        "<script>window.hit=1</script>",
        "<img src=x onerror='window.hit=1'>",
        '"><svg onload=window.hit=1>',
        "javascript:window.hit=1",
        "{{constructor.constructor('window.hit=1')()}}",
    )
    with AnnotationServer(write_dialogues(tmp_path, len(texts), texts), "--annotators", "anna,ben") as server:
        page = browser.new_page()
        page.goto(server.links["anna"])
        for position in range(len(texts)):
            page.wait_for_selector(f"#progress:has-text('Item {position + 1} ')")
            page.keyboard.press("x")
            page.keyboard.press("c")
            page.wait_for_timeout(50)
            assert page.evaluate("window.hit") is None
            page.keyboard.press("n")
        page.evaluate("document.getElementById('title').innerHTML = \"<img src=x onerror='window.hit=2'>\"")
        page.wait_for_timeout(200)
        assert page.evaluate("window.hit") is None  # the policy stops even what the page would let in
        page.close()
        control = browser.new_page()
        control.set_content(texts[1])
        control.wait_for_function("window.hit === 1")  # the same text is live where nothing guards it
        control.close()


def test_the_page_can_be_used_by_everybody(browser: Any, tmp_path: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install 'vlitqa[dev]'")

    with AnnotationServer(write_dialogues(tmp_path, 1), "--annotators", "anna,ben") as server:
        context = browser.new_context(bypass_csp=True)
        for scheme in ("light", "dark"):
            page = context.new_page()
            page.emulate_media(color_scheme=scheme)
            page.goto(server.links["anna"])
            page.wait_for_selector(".message")
            for key in ("3", "4", "c", "x"):
                page.keyboard.press(key)
            results = axe.Axe().run(page)
            assert results.violations_count == 0, results.generate_report()
            page.close()
        context.close()
