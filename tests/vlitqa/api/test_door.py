"""The Python door gives what the command line gives, for whatever a notebook holds."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

import datasets
import pandas
import polars
import pyarrow as pa
import pytest
from PIL import Image

import vlitqa
from tests.given.run_cli import TIMEOUT
from tests.given.run_cli import vlitqa as run_command
from vlitqa.errors import DatasetError, UsageError, VlitqaError

ROWS: list[dict[str, Any]] = [
    {
        "id": str(number),
        "image": f"{number}.png",
        "question": f"What colour has thing {number}, and where does it stand?",
        "answer": f"Thing {number} is {('red', 'green', 'blue')[number % 3]}{' and large' * (number % 5)}.",
    }
    for number in range(12)
] + [{"id": "12", "image": "gone.png", "question": "What is missing here?", "answer": "The picture."}]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the pictures of the rows, from which all is read and into which all is written."""
    for number in range(12):
        Image.effect_noise((64, 64), 40 + number).save(tmp_path / f"{number}.png")
    monkeypatch.setenv("VLITQA_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_rows(folder: Path) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in ROWS), encoding="utf-8")
    return path


AS_A_NOTEBOOK_HOLDS_THEM: dict[str, Callable[[], Any]] = {
    "list": lambda: deepcopy(ROWS),
    "tuple": lambda: tuple(ROWS),
    "pandas": lambda: pandas.DataFrame(ROWS),
    "polars": lambda: polars.DataFrame(ROWS),
    "arrow": lambda: pa.Table.from_pylist(ROWS),
    "datasets": lambda: datasets.Dataset.from_list(ROWS),
}


@pytest.mark.parametrize("kind", AS_A_NOTEBOOK_HOLDS_THEM)
def test_whatever_holds_the_rows_they_have_the_figures_of_their_file(kind: str, folder: Path) -> None:
    data = AS_A_NOTEBOOK_HOLDS_THEM[kind]()
    in_memory = vlitqa.score(data, metrics="light", quiet=True)
    of_file = vlitqa.score(write_rows(folder), metrics="light", quiet=True)
    pandas.testing.assert_frame_equal(in_memory.figures, of_file.figures)
    assert in_memory.card.sha256 == of_file.card.sha256
    pandas.testing.assert_frame_equal(in_memory.frame(), of_file.frame())
    assert list(in_memory.findings["code"]) == ["image_missing"]
    kept = in_memory.select("drop:image_missing")
    assert kept.rows == list(range(12))
    assert type(kept.data) is type(data) or kind == "tuple"
    assert len(kept.data) == 12


def test_door_and_command_line_write_the_same_scorecard(folder: Path) -> None:
    path = write_rows(folder)
    run = vlitqa.score(path, metrics="light", output="of_door", seed=3, settings={"lexical.budget": 200}, quiet=True)
    done = run_command(
        *("score", path, "--metrics", "light", "--seed", "3", "--set", "lexical.budget=200", "--output", "of_command"),
        cwd=folder,
    )
    (of_command,) = (folder / "of_command").iterdir()
    assert of_command.name == run.folder.name, done.stderr
    for name in ("scorecard.json", "measurements.parquet", "gallery.parquet"):
        assert (run.folder / name).read_bytes() == (of_command / name).read_bytes(), name


def test_pictures_of_pillow_are_looked_at_as_those_of_files(folder: Path) -> None:
    pictures = [{**row, "image": Image.open(folder / row["image"])} for row in ROWS[:12]]
    pictures[3]["image"] = Image.new("CMYK", (64, 64), (0, 200, 0, 0))
    for data in (pictures, pandas.DataFrame(pictures)):
        checked = vlitqa.check(data, quiet=True)
        assert dict(zip(checked.findings["code"], checked.findings["rows"], strict=True)) == {"blank_image": 1}
    stored = datasets.Dataset.from_list([{**row, "image": row["image"].convert("RGB")} for row in pictures])
    assert list(vlitqa.check(stored, quiet=True).findings["code"]) == ["blank_image"]


@pytest.mark.usefixtures("folder")
def test_a_list_of_files_is_one_dataset(folder: Path) -> None:
    for name, rows in (("a.jsonl", ROWS[:5]), ("b.jsonl", ROWS[5:12])):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    run = vlitqa.score(["a.jsonl", Path("b.jsonl")], metrics="lexical", name="both", quiet=True)
    assert (run.card.dataset, run.card.records, run.card.findings()) == ("both", 12, [])
    assert len(run.worst("lexical", 3)) == len(vlitqa.open_run(run.folder).worst("lexical", 3)) == 3
    with pytest.raises(UsageError, match="not in memory"):
        _ = run.select("budget:50%").data


def test_what_was_given_stays_as_it_was_and_later_changes_change_no_run() -> None:
    rows = deepcopy(ROWS)
    run = vlitqa.score(rows, metrics="lexical", quiet=True)
    assert rows == ROWS
    rows[run.worst("lexical", 1).index[0]]["answer"] = "changed"
    assert "changed" not in run.worst("lexical", 1)["response"].iloc[0]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("kind", ["list", "pandas"])
def test_the_rows_that_stay_are_those_that_were_scored_whatever_order_they_got_since(kind: str) -> None:
    data = AS_A_NOTEBOOK_HOLDS_THEM[kind]()
    run = vlitqa.score(data, metrics="lexical", quiet=True)
    if kind == "list":
        data.reverse()
    else:
        data.sort_values("answer", inplace=True)
    kept = run.select("budget:50%")
    rows = kept.data if kind == "list" else kept.data.to_dict("records")
    assert [row["id"] for row in rows] == run.frame().loc[kept.rows, "id"].tolist()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("kind", [kind for kind in AS_A_NOTEBOOK_HOLDS_THEM if kind not in ("list", "tuple")])
def test_the_rows_that_stay_are_those_of_a_drawn_and_shuffled_part(kind: str) -> None:
    order = [7, 3, 11, 0, 9, 4]
    frame = pandas.DataFrame(ROWS).iloc[order].set_index(pandas.Index(range(100, 106)))
    drawn = {
        "pandas": frame,
        "polars": polars.DataFrame(ROWS)[order],
        "arrow": pa.Table.from_pylist(ROWS).take(order).slice(0),
        "datasets": datasets.Dataset.from_list(ROWS).select(order),
    }
    run = vlitqa.score(drawn[kind], metrics="lexical", quiet=True)
    kept = run.select("lexical>=q50")
    ids = kept.data["id"] if kind != "arrow" else kept.data["id"].to_pylist()
    assert list(ids) == [ROWS[order[row]]["id"] for row in kept.rows]
    assert 0 < len(kept.rows) < len(order)


def test_paths_are_looked_for_where_one_works_whatever_is_named_like_the_rows(folder: Path) -> None:
    for name in ("rows", "frame"):
        (folder / name).mkdir()
    assert vlitqa.check(ROWS[:12], quiet=True).card.findings() == []
    assert vlitqa.check(pandas.DataFrame(ROWS[:12]), quiet=True).card.findings() == []
    for name in ("a/b", "..", "x" * 300, "\0", "\ud800"):
        with pytest.raises(DatasetError, match="is no name of a dataset"):
            vlitqa.check(ROWS, name=name, quiet=True)


def test_a_run_is_read_from_anywhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = vlitqa.score(ROWS, metrics="lexical", quiet=True)
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    assert len(run.frame()) == len(ROWS)
    assert run.save_report().is_file()


def test_bytes_have_another_digest_than_their_text(folder: Path) -> None:
    packed = (folder / "0.png").read_bytes()
    runs = [
        vlitqa.score([{**ROWS[0], "image": image}], metrics="integrity", quiet=True)
        for image in (packed, base64.b64encode(packed).decode())
    ]
    assert len({run.folder for run in runs}) == 2


def test_bytes_are_a_picture_in_a_message_too(folder: Path) -> None:
    for image in ((folder / "0.png").read_bytes(), Image.open(folder / "0.png"), "0.png"):
        parts = [{"type": "text", "text": "What is it?"}, {"type": "image", "image": image}]
        row = {"messages": [{"role": "user", "content": parts}, {"role": "assistant", "content": "A cat."}]}
        assert vlitqa.check([row], quiet=True).card.findings() == []


@pytest.mark.usefixtures("folder")
def test_a_picture_that_pillow_cannot_give_rejects_its_row_alone() -> None:
    closed = Image.open("0.png")
    closed.close()
    for picture in (Image.new("RGB", (0, 0)), closed, Image.new("La", (8, 8)), Image.new("F", (8, 8))):
        card = vlitqa.check([ROWS[0], {**ROWS[1], "image": picture}], quiet=True).card
        assert [(one.code, one.rows) for one in card.rejected] == [("unreadable_value", 1)]
        assert card.records == 1


@pytest.mark.usefixtures("folder")
def test_moments_and_numbers_of_any_kind_do_no_harm() -> None:
    moment, span = pandas.Timestamp("2026-01-02 03:04:05").as_unit("ns"), pandas.Timedelta("1s").as_unit("ns")
    frame = pandas.DataFrame(ROWS[:3]).assign(when=moment, how_long=span)
    for data in (frame, pa.Table.from_pandas(frame), polars.from_pandas(frame)):
        assert vlitqa.score(data, metrics="lexical", quiet=True).card.records == 3
    others = {"sum": Decimal("1.5"), "key": UUID(int=7), "file": PurePosixPath("a"), "raw": memoryview(b"x")}
    assert vlitqa.check([{**ROWS[0], **others}], quiet=True).card.rejects == 0


@pytest.mark.usefixtures("folder")
def test_ids_stay_in_a_column_with_gaps() -> None:
    frame = pandas.DataFrame(ROWS[:3]).assign(id=[1, None, 3])
    assert vlitqa.score(frame, metrics="lexical", quiet=True).frame()["id"].tolist() == ["1", "", "3"]


def test_threads_leave_the_program_its_name(folder: Path) -> None:
    (folder / "program.py").write_text(
        "import threading, vlitqa\n"
        f"rows = {ROWS} * 3\n"
        "def check(): vlitqa.check(rows, engine='processes', workers=2, quiet=True)\n"
        "threads = [threading.Thread(target=check) for _ in range(3)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
        "print(__file__.rpartition('/')[2])\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=folder, check=True, timeout=TIMEOUT, capture_output=True, text=True
    )
    assert done.stdout.split() == ["program.py"], done.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "options",
    [
        {"limit": -1},
        {"limit": 2.5},
        {"limit": "3"},
        {"image_root": 3},
        {"metrics": None},
        {"metrics": [1]},
        {"name": 5},
        {"fields": ["a"]},
        {"fields": {"instruction": 3}},
        {"settings": ["a"]},
        {"tools": ["a"]},
        {"seed": 2**70},
        {"seed": 1.5},
        {"format": None},
        {"workers": 0},
        {"workers": "2"},
        {"engine": "none"},
    ],
    ids=str,
)
def test_an_option_of_another_kind_is_refused_before_anything_is_written(options: dict[str, Any]) -> None:
    with pytest.raises(VlitqaError):
        vlitqa.score(ROWS, **{"metrics": "lexical", "quiet": True, **options})
    assert not Path("runs").exists()


@pytest.mark.usefixtures("folder")
def test_fields_may_have_any_name() -> None:
    rows = [{"my,q": "What is it?", " a=b ": "A cat."}]
    assert vlitqa.check(rows, fields={"instruction": "my,q", "response": " a=b "}, quiet=True).card.records == 1


def test_the_worst_rows_come_with_their_texts_the_worst_first(folder: Path) -> None:
    run = vlitqa.open_run(vlitqa.score(write_rows(folder), metrics="lexical", quiet=True).folder)
    worst = run.worst("lexical", 4)
    values = run.frame()["lexical"]
    assert list(worst["lexical"]) == sorted(values)[:4]
    row = int(worst.index[0])
    assert worst["response"].iloc[0] == ROWS[row]["answer"]
    assert worst["images"].iloc[0] == [ROWS[row]["image"]]
    with pytest.raises(UsageError, match="holds lexical"):
        run.worst("statistics")


def test_a_run_draws_its_graph_its_page_and_itself(folder: Path) -> None:
    rows = [{**row, "question": f"{row['question']} <script>alert(1)</script>"} for row in ROWS]
    run = vlitqa.score(rows, metrics="instructions,tasks,integrity", tools={"tagger": "phrases"}, quiet=True)
    assert "colour" in run.graph()
    with pytest.raises(UsageError, match="No instruction has the label 'no such label'"):
        run.graph("no such label")
    assert run.save_report(folder / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    shown = run._repr_html_()
    assert "correctness" in shown
    assert "image_missing" in shown
    assert "<script>" not in shown
    assert "13 rows" in repr(run)


def test_a_hostile_place_is_escaped_in_the_view_of_a_check(folder: Path) -> None:
    (folder / "<b>").mkdir()
    (folder / "<b>" / "x.jsonl").write_text(json.dumps(ROWS[-1]) + "\nno json\n", encoding="utf-8")
    checked = vlitqa.check(folder / "<b>", quiet=True)
    assert "<b>" not in checked._repr_html_()
    assert "error malformed_json: 1 row" in repr(checked)


def test_a_subset_is_written_of_a_file_and_not_of_rows_in_memory(folder: Path) -> None:
    outcome = vlitqa.select(vlitqa.score(write_rows(folder), metrics="integrity", quiet=True), "drop:image_missing")
    assert Path(outcome.subset).read_text(encoding="utf-8").count("\n") == 12
    run = vlitqa.score(ROWS, metrics="integrity", quiet=True, output="of_memory", name="in memory")
    for opened in (run, vlitqa.open_run(run.folder)):
        with pytest.raises(DatasetError, match="were in memory"):
            vlitqa.select(opened, "drop:image_missing")
    with pytest.raises(DatasetError, match="were in memory"):
        vlitqa.open_run(run.folder).worst("integrity")
    with pytest.raises(UsageError, match="No rule"):
        vlitqa.select(run)
    with pytest.raises(UsageError, match="not in memory"):
        _ = vlitqa.open_run(run.folder).select("drop:image_missing").data


def nested_in_itself() -> list[Any]:
    rows: list[Any] = []
    rows.append(rows)
    return rows


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("value", "code"),
    [
        (object(), "unreadable_value"),
        (2**70, "big_integer"),
        ("\ud800", "lone_surrogate"),
        (nested_in_itself(), "too_deep"),
        ({1: "a"}, "unreadable_value"),
        ({"\ud800": 1}, "lone_surrogate"),
    ],
)
def test_a_value_that_no_file_could_hold_rejects_its_row_alone(value: object, code: str) -> None:
    card = vlitqa.check([ROWS[0], {**ROWS[1], "extra": value}, ROWS[2]], quiet=True).card
    assert [(one.code, one.examples) for one in card.rejected] == [(code, ("row 2",))]
    assert card.records == 2


@pytest.mark.usefixtures("folder")
def test_what_a_frame_holds_for_nothing_is_nothing() -> None:
    frame = pandas.DataFrame(ROWS[:3])
    frame["score"] = [1.5, None, float("nan")]
    frame["seen"] = pandas.to_datetime(["2026-01-01", None, None])
    assert vlitqa.check(frame, quiet=True).card.rejects == 0


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pandas.DataFrame([["a", "b"]], columns=["question", "question"]), "two columns named 'question'"),
        (pandas.DataFrame([["a", "b"]]), "a column named 0"),
        (pa.table([pa.array(["a"]), pa.array(["b"])], names=["question", "question"]), "two columns named 'question'"),
        (datasets.DatasetDict(train=datasets.Dataset.from_list(ROWS)), "several splits"),
        (datasets.Dataset.from_list(ROWS).to_iterable_dataset(), "IterableDataset is no dataset"),
        ((row for row in ROWS), "generator is no dataset"),
        (None, "NoneType is no dataset"),
        (7, "int is no dataset"),
        ([{"weight": 1}], "have the fields weight"),
        ({"question": "a"}, "dict is no dataset"),
        ("nowhere.jsonl", "There is no file nowhere.jsonl"),
        ("a\0b", "There is no file a"),
        ("x" * 5_000, "cannot be read"),
    ],
)
def test_what_is_no_dataset_is_refused_in_a_sentence(data: object, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        vlitqa.check(data, quiet=True)


@pytest.mark.usefixtures("folder")
def test_rows_that_are_no_dicts_are_rejected_and_none_is_a_fault() -> None:
    assert vlitqa.check([ROWS[0], "text"], quiet=True).card.rejected[0].code == "not_object"
    assert vlitqa.check([], quiet=True).card.rejected[0].code == "no_rows"


@pytest.mark.usefixtures("folder")
def test_options_are_refused_as_on_the_command_line() -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        vlitqa.check(ROWS, format="llava", fields={"instruction": "question"}, quiet=True)
    with pytest.raises(UsageError, match="no folder"):
        vlitqa.check(ROWS, image_root="nowhere", quiet=True)
    with pytest.raises(UsageError, match="no parameter 'votez'"):
        vlitqa.score(ROWS, metrics=["accuracy"], settings={"accuracy.votez": 3}, quiet=True)
    mapped = [{"frage": row["question"], "antwort": row["answer"]} for row in ROWS]
    assert vlitqa.check(mapped, fields={"instruction": "frage", "response": "antwort"}, quiet=True).card.records == 13


def test_a_program_that_starts_processes_needs_no_guard(folder: Path) -> None:
    """Processes that are started anew would run the program again, which starts processes."""
    (folder / "program.py").write_text(
        "import vlitqa\n"
        "print('begins')\n"
        f"rows = {ROWS} * 3\n"
        "print(vlitqa.check(rows, engine='processes', workers=2, quiet=True).card.records)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=folder, check=True, timeout=TIMEOUT, capture_output=True, text=True
    )
    assert done.stdout.split() == ["begins", "39"]


def test_the_types_of_the_door_are_those_of_all_its_functions() -> None:
    stub = Path(vlitqa.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    assert {line.split(" as ")[1] for line in stub.splitlines() if " as " in line} == set(dir(vlitqa)) - {"__version__"}


def test_importing_is_quick_and_its_names_are_listed() -> None:
    program = (
        "import sys, vlitqa\n"
        "assert {'check', 'score', 'open_run', 'select', 'evaluate', 'compare'} <= set(dir(vlitqa)), dir(vlitqa)\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'torch', 'PIL', 'jinja2', 'rich', 'typer'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "vlitqa.check\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=TIMEOUT)
    with pytest.raises(AttributeError, match="no attribute 'chek'"):
        _ = vlitqa.chek  # type: ignore[attr-defined]
