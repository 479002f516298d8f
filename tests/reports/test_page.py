"""What stands in a page, whatever reads it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reports.page import BUDGET
from reports.quality import REPORT, write_report
from tests.given.run_cli import vlitqa
from tests.given.runs import HOSTILE, hostile, row, scored
from tests.reports.test_charts import contrast
from vlitqa.runs.finished import open_run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def text(run: Path) -> str:
    return (run / REPORT).read_text(encoding="utf-8")


def test_score_ends_with_a_page_and_report_draws_the_same_bytes_again(run: Path) -> None:
    first = (run / REPORT).read_bytes()
    (run / REPORT).unlink()
    done = vlitqa("report", run, cwd=run.parents[1])
    assert done.returncode == 0, done.stderr
    assert str(run / REPORT) in done.stderr
    assert (run / REPORT).read_bytes() == first


def test_no_text_of_a_dataset_becomes_an_element_or_an_attribute(text: str) -> None:
    found = Elements(text).found
    assert [tag for tag, _ in found].count("script") == 2
    assert [tag for tag, _ in found].count("style") == 1
    assert not [attrs for _, attrs in found if any(name.startswith("on") or name == "style" for name in attrs)]
    links = [attrs["href"] or "" for _, attrs in found if "href" in attrs]
    assert links
    assert all(link.startswith("#") for link in links)
    sources = [attrs["src"] or "" for _, attrs in found if "src" in attrs]
    assert sources
    assert all(source.startswith("data:image/webp;base64,") for source in sources)
    assert not {tag for tag, _ in found} & {"base", "iframe", "object", "embed", "form action", "b", "a href"}


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(text: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    told = policy[1].replace("&#39;", "'")
    assert told.startswith("default-src 'none'; img-src data:; ")
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in told
    assert "unsafe" not in told
    assert "http" not in told


def test_what_cannot_be_seen_is_named_and_nothing_turns_a_line(text: str) -> None:
    assert "\u202e" not in text
    assert "\u2028" not in text
    assert "\0" not in text
    assert "\x1b" not in text
    for name in ("⟨U+202E⟩", "⟨U+2066⟩", "⟨U+001B⟩", "⟨U+2028⟩"):
        assert name in text


def test_templates_in_a_dataset_are_shown_as_they_are(text: str) -> None:
    assert "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7}" in text


def test_every_row_that_is_shown_stands_in_the_page_without_any_script(text: str) -> None:
    assert text.count('<article class="card"') == len(HOSTILE) + 1
    assert "image_missing" in text


def test_the_parts_of_the_first_screen_add_up_to_the_rows(tmp_path: Path) -> None:
    rows = [row(0, "What is it?", "A cat."), row(1, "What is it?", ""), {"id": "2"}, row(3, "Who?", "A man.")]
    text = (scored(tmp_path, rows) / REPORT).read_text(encoding="utf-8")
    (whole,) = re.findall(r'class="whole">([\d,]+) rows', text)
    parts = re.findall(r'<li class="[a-z]*"><span class="value">([\d,]+)</span>', text)
    assert (int(whole), sorted(map(int, parts))) == (4, [1, 1, 2])


def test_every_alert_that_a_selection_can_remove_says_the_line_and_the_line_works(run: Path, text: str) -> None:
    lines = re.findall(r'<p class="command"><code>([^<]+)</code>', text)
    assert lines
    for line in lines[:3]:
        words = line.replace("&#39;", "'").split()
        assert words[:2] == ["vlitqa", "select"]
        done = vlitqa(*words[1:], "--json", cwd=run.parents[1])
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["kept"] < len(HOSTILE) + 1


def test_every_link_of_a_page_leads_somewhere(text: str) -> None:
    found = Elements(text).found
    places = {attrs["id"] for _, attrs in found if attrs.get("id")}
    links = {(attrs["href"] or "")[1:] for _, attrs in found if "href" in attrs}
    assert links
    assert links <= places


def test_every_chart_has_a_table_beside_it(text: str) -> None:
    assert text.count('<figure class="chart">') == text.count('<details class="twin">') > 3


def test_a_section_without_anything_to_say_is_left_out(text: str) -> None:
    assert 'id="judge"' not in text
    assert 'id="samples"' in text


def test_a_run_whose_dataset_is_gone_is_still_drawn_and_says_what_is_missing(tmp_path: Path) -> None:
    run = scored(tmp_path, [row(0, "What is it?", "A cat.")])
    (run / "gallery.parquet").unlink()
    (tmp_path / "data.jsonl").unlink()
    done = vlitqa("report", run, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "The page shows no rows of the dataset" in done.stderr
    assert "No rows were kept" in (run / REPORT).read_text(encoding="utf-8")


def test_an_empty_dataset_has_a_page(tmp_path: Path) -> None:
    text = (scored(tmp_path, []) / REPORT).read_text(encoding="utf-8")
    assert "no_rows" in text


def test_pictures_give_way_where_a_page_would_be_too_large(run: Path, tmp_path: Path) -> None:
    small = write_report(open_run(run), tmp_path / "small.html", 200_000).read_text(encoding="utf-8")
    smaller = write_report(open_run(run), tmp_path / "smaller.html", 160_000).read_text(encoding="utf-8")
    assert small.count('<article class="card"') == len(HOSTILE) + 1
    assert 0 <= smaller.count("<img ") < small.count("<img ")
    assert "not shown: the page would be too large" in smaller
    assert len(smaller) <= 160_000


def test_words_and_marks_stand_out_from_their_ground_in_both_themes() -> None:
    style = (ROOT / "reports" / "page.css").read_text(encoding="utf-8")
    themes = [
        dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r"\{([^{}]*--ground: [^{}]*)\}", style)
    ]
    assert len(themes) == 3
    assert themes[1] == themes[2]
    for theme in themes:
        for ground in (theme["ground"], theme["raised"]):
            for name in ("ink", "soft", "link", "error", "warning", "note", "good"):
                assert contrast(theme[name], ground) >= 4.5, (name, theme[name], ground)
            for name in ("bar", *(f"tone-{at}" for at in range(8))):
                assert contrast(theme[name], ground) >= 3, (name, theme[name], ground)


def test_a_score_that_is_missing_says_why(tmp_path: Path) -> None:
    rows = [row(0, "Who is it?", "It is a man in a coat."), row(1, "", "")]
    text = (scored(tmp_path, rows) / REPORT).read_text(encoding="utf-8")
    first, second = (text.split(f'id="row-{at}"')[1].split("</article>")[0] for at in (1, 2))
    assert "not measured" not in first
    assert '<span>duplicates</span><span class="lost">not measured: the record has no text</span>' in second


def test_a_page_is_the_same_bytes_for_the_same_run(run: Path, tmp_path: Path) -> None:
    pages = [write_report(open_run(run), tmp_path / name) for name in ("a.html", "b.html")]
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert BUDGET == 5_000_000
