"""The quality section of a card is put in anew and leaves all else alone; Croissant's own library takes its fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import mlcroissant
import pytest

from reports.exports.croissant import put_into_croissant
from reports.exports.dataset_card import BEGIN, END, put_into_card, write_card_section
from tests.given.rows import GOOD
from tests.given.run_cli import vlitqa
from tests.given.runs import HOSTILE, scored
from vlitqa.errors import UsageError
from vlitqa.runs.finished import FinishedRun, open_run

pytestmark = pytest.mark.slow
FRONT = "---\nlicense: apache-2.0\n---\n# My data\n\nWritten by hand.\n"
CROISSANT = {
    "@context": {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "citeAs": "cr:citeAs",
        "conformsTo": "dct:conformsTo",
        "cr": "http://mlcommons.org/croissant/",
        "dct": "http://purl.org/dc/terms/",
        "sc": "https://schema.org/",
    },
    "@type": "sc:Dataset",
    "conformsTo": "http://mlcommons.org/croissant/1.0",
    "name": "my-data",
    "description": "Rows about drawings.",
    "license": "https://www.apache.org/licenses/LICENSE-2.0",
    "url": "https://example.org/my-data",
    "rai:dataLimitations": "English only.",
}
"""A Croissant file with a limitation that its author wrote."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    rows: list[Mapping[str, object]] = [{**GOOD, "id": str(row)} for row in range(9)]
    rows += [{**GOOD, "id": "lost", "image": "lost.png"}]
    return open_run(scored(tmp_path_factory.mktemp("card"), rows))


def test_a_section_is_put_at_the_end_and_later_in_its_place(run: FinishedRun, tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    card.write_text(FRONT)
    done = vlitqa("card", run.folder, "--into", card, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    first = card.read_text()
    assert first.startswith(f"{FRONT}\n{BEGIN}\n")
    assert "| error | `image_missing` | 1 | 10.0 % | line 10 |" in first
    assert f"10 records in 10 rows of data.jsonl (SHA-256 {run.card.sha256[:16]}…)" in first
    card.write_text(first.replace("`image_missing`", "`changed`") + "\nMore by hand.\n")
    assert vlitqa("card", run.folder, "--into", card, cwd=tmp_path).returncode == 0
    assert card.read_text() == first + "\nMore by hand.\n"
    new = tmp_path / "NEW.md"
    assert vlitqa("card", run.folder, "--into", new, cwd=tmp_path).returncode == 0
    assert new.read_text() == vlitqa("card", run.folder, cwd=tmp_path).stdout


@pytest.mark.parametrize("marks", [BEGIN, END, f"{END}\n{BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_marks_that_do_not_fit_are_refused(marks: str) -> None:
    with pytest.raises(UsageError, match="has not one"):
        put_into_card(f"# My data\n{marks}\n", f"{BEGIN}\n{END}")


def test_nothing_of_hostile_rows_becomes_markup(tmp_path: Path) -> None:
    turns = [[{"from": "human", "value": text}, {"from": "gpt", "value": text}] for text in HOSTILE] * 8
    rows = [{"id": str(row), "<b>source": turn[0]["value"], "conversations": turn} for row, turn in enumerate(turns)]
    path = tmp_path / "<img src=x>.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, GOOD]))
    done = vlitqa("score", path, "--metrics", "light", "--by", "<b>source", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    section = write_card_section(open_run(tmp_path / json.loads(done.stdout)["run"]))
    assert "<img" not in section
    assert "<script" not in section
    assert "<b>" not in section


def test_the_library_of_croissant_takes_the_fields(run: FinishedRun, tmp_path: Path) -> None:
    metadata = tmp_path / "croissant.json"
    metadata.write_text(json.dumps(CROISSANT))
    done = vlitqa("card", run.folder, "--croissant", metadata, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    read = mlcroissant.Dataset(jsonld=str(metadata)).metadata
    assert not read.ctx.issues.errors
    assert read.data_limitations is not None
    assert "English only." in read.data_limitations
    assert any(text.startswith("vlitqa: same_text in ") for text in read.data_limitations)
    assert read.data_collection_missing_data == [
        "vlitqa: image_missing in 1 of 10 rows: an image that the row names is not there."
    ] or ("vlitqa: image_missing in 1 of 10 rows" in str(read.data_collection_missing_data))
    once = metadata.read_bytes()
    assert put_into_croissant(once, run) == once
    others = {key: value for key, value in json.loads(once).items() if not key.startswith(("rai:", "@context"))}
    assert others == {key: value for key, value in CROISSANT.items() if not key.startswith(("rai:", "@context"))}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("{", "The file is no JSON"), ("[]", "has no @context"), ('{"name": "x"}', "has no @context")],
)
def test_a_file_that_is_no_croissant_is_left_alone(
    content: str, sentence: str, run: FinishedRun, tmp_path: Path
) -> None:
    path, card = tmp_path / "croissant.json", tmp_path / "README.md"
    path.write_text(content)
    done = vlitqa("card", run.folder, "--croissant", path, "--into", card, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert path.read_text() == content
    assert not card.exists()


def test_what_cannot_be_read_is_named(run: FinishedRun, tmp_path: Path) -> None:
    (tmp_path / "latin.md").write_bytes(b"\xff\xfe caf\xe9")
    for options, sentence in (
        (("--into", "latin.md"), "latin.md is not UTF-8"),
        (("--into", "."), "cannot be read"),
        (("--into", "absent/README.md"), "cannot be written"),
        (("--croissant", "absent.json"), "absent.json cannot be read"),
    ):
        done = vlitqa("card", run.folder, *options, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert sentence in done.stderr
