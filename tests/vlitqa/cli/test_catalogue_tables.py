"""The published lists as a user types them: what is printed where, in every layout, and what a mistake ends in."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from reference_models.catalogue import MODELS
from tests.given.rows import GOOD, written
from tests.given.run_cli import vlitqa

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
QUESTION = ("--where", "inst has SI and region and rows>=100K", "--sort", "rows")


def document(*arguments: object, cwd: Path) -> dict[str, Any]:
    done = vlitqa("catalogue", *arguments, "--json", cwd=cwd)
    (line,) = done.stdout.splitlines()
    read: dict[str, Any] = json.loads(line)
    return read


def table(*arguments: object, cwd: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(vlitqa("catalogue", *arguments, "--csv", cwd=cwd).stdout.splitlines()))


@pytest.mark.parametrize(("command", "shown"), re.findall(r"```console\n\$ (.+)\n((?:.*\n)*?)```", PAGE))
def test_the_page_of_the_catalogue_shows_what_a_command_prints(command: str, shown: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (mine,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "mine.csv").write_text(mine, encoding="utf-8")
    done = vlitqa(*shlex.split(command)[1:], cwd=tmp_path, COLUMNS="110")
    printed = "\n".join(line.rstrip() for line in done.stdout.rstrip().splitlines())
    assert done.returncode == 0, done.stderr
    assert printed == shown.rstrip()


def test_a_question_is_answered_in_every_layout_by_the_same_rows(tmp_path: Path) -> None:
    expected = ["LVIS-INSTRUCT4V", "pandagpt_vid", "LLaVA-Instruct-150K"]  # 220K, 161.5K, 158K
    arguments = ("datasets", *QUESTION)
    answer = document(*arguments, cwd=tmp_path)
    assert [row["name"]["value"] for row in answer["rows"]] == expected
    assert (answer["could_match"], answer["total"]) == (14, 3)
    assert [row["name"] for row in table(*arguments, cwd=tmp_path)] == expected
    markdown = vlitqa("catalogue", *arguments, "--markdown", cwd=tmp_path).stdout.splitlines()
    assert markdown[0].startswith("| name | inst | region | rows |")
    assert [line.split(" | ")[0].removeprefix("| ") for line in markdown[2:]] == expected
    done = vlitqa("catalogue", *arguments, cwd=tmp_path)
    assert [line.split()[0] for line in done.stdout.splitlines()[4:] if line.strip()] == expected
    assert "14 more could match" in done.stderr


def test_rows_that_could_match_are_listed_apart(tmp_path: Path) -> None:
    rows = document("datasets", *QUESTION, "--could-match", cwd=tmp_path)["rows"]
    assert len(rows) == 14
    assert [row["rows"].get("printed") for row in rows[:2]] == ["3.3B", "3.2M"]
    assert [row["rows"]["state"] for row in rows[-3:]] == ["unreadable"] * 3
    assert all(row["region"]["state"] == "unreadable" or row["rows"]["state"] == "unreadable" for row in rows)


def test_a_cell_in_json_keeps_its_state_its_value_and_its_text(tmp_path: Path) -> None:
    (row,) = document("datasets", "--where", "name = mimic-it", cwd=tmp_path)["rows"]
    assert row["rows"] == {"state": "given", "value": 2_800_000, "printed": "2.8M"}
    assert row["inst"] == {"state": "given", "value": ["SI"], "printed": "SI"}
    assert row["region"] == {"state": "unreadable"}
    assert row["tasks"]["partial"] is True
    assert document("datasets", "--model", "LLaVA", cwd=tmp_path)["rows"][0]["videos"] == {"state": "not given"}


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("models", "--tasks", "visual grounding"), ["VisionLLM", "Qwen-VL"]),
        (("datasets", "--model", "LLaVA"), ["LLaVA-Instruct-150K"]),
        (("datasets", "--model", "nextgpt"), ["T2M", "MosIT"]),
        (("tasks", "--model", "PointLLM"), ["conversation", "brief description"]),
        (("models", "--model", "LLaVA"), ["LLaVA"]),
        (("tasks", "--tasks", "captioning"), ["image captioning"]),
        (("datasets", "--sort", "-rows", "--limit", "2"), ["SparklesDialogue-CC", "cc_sbu_align"]),
        (("datasets", "--where", "interleaved"), ["TextBind", "SparklesDialogue-CC"]),
        (("textbind-features", "--where", "interleaved and image-generation"), ["FLAMINGO", "TEXTBIND"]),
        (("textbind-diversity", "--sort", "overall", "--limit", "2"), ["TEXTBIND", "LLaVA"]),
    ],
)
def test_short_forms_and_orders_answer_as_their_words_say(
    arguments: tuple[str, ...], names: list[str], tmp_path: Path
) -> None:
    assert [row["name"] for row in table(*arguments, cwd=tmp_path)] == names


@pytest.mark.parametrize("name", ["datasets", "models", "tasks", "textbind-features", "textbind-diversity"])
def test_a_list_written_as_csv_and_joined_again_is_the_same_list(name: str, tmp_path: Path) -> None:
    first = vlitqa("catalogue", name, "--csv", cwd=tmp_path).stdout
    (tmp_path / "again.csv").write_text(first, encoding="utf-8")
    assert vlitqa("catalogue", name, "--catalogue", "again.csv", "--csv", cwd=tmp_path).stdout == first


def test_a_row_and_a_column_of_a_user_survive_a_round_trip(tmp_path: Path) -> None:
    mine = "name,rows,licence,formula\nOurs,12K,MIT,=1+1\nSVIT,3M,CC-BY,-\n"
    (tmp_path / "mine.csv").write_text(mine, encoding="utf-8")
    first = vlitqa("catalogue", "datasets", "--catalogue", "mine.csv", "--csv", cwd=tmp_path).stdout
    (tmp_path / "joined.csv").write_text(first, encoding="utf-8")
    again = vlitqa("catalogue", "datasets", "--catalogue", "joined.csv", "--csv", cwd=tmp_path).stdout
    assert again == first
    rows = {row["name"]: row for row in csv.DictReader(first.splitlines())}
    assert (rows["SVIT"]["rows"], rows["SVIT"]["mine.rows"], rows["SVIT"]["licence"]) == ("3.2M", "3M", "CC-BY")
    assert (rows["Ours"]["rows"], rows["Ours"]["formula"]) == ("12K", "'=1+1")
    (tmp_path / "again.csv").write_text(again, encoding="utf-8")
    answer = document("datasets", "--catalogue", "again.csv", "--where", "licence = MIT", cwd=tmp_path)
    assert answer["rows"][0]["formula"]["value"] == "=1+1"
    assert answer["could_match"] == 51, "the file says nothing of the licence of other sets"


def test_like_lists_the_nearest_with_what_was_compared(tmp_path: Path) -> None:
    rows = [{**GOOD, "id": str(number)} for number in range(40)]
    dataset = written(tmp_path / "data.jsonl", *rows, "{broken")
    done = vlitqa("catalogue", "datasets", "--like", dataset, "--json", cwd=tmp_path)
    answer = json.loads(done.stdout)
    assert answer["like"] == {
        "rows": 40, "turns": 40, "images": 0, "images_shown": 0, "videos": 0, "regional": 0, "interleaved": 0
    }  # fmt: skip
    distances = [row["distance"]["value"] for row in answer["rows"]]
    assert len(distances) == 10
    assert distances == sorted(distances)
    assert "1 of 41 rows could not be read" in done.stderr
    assert "40 rows with 40 turns" in done.stderr


def test_a_dataset_of_another_shape_is_compared_through_a_mapping(tmp_path: Path) -> None:
    written(tmp_path / "own.jsonl", {"ask": "Which?", "say": "This."})
    mapping = ("--map", "instruction=ask,response=say")
    assert document("datasets", "--like", "own.jsonl", *mapping, cwd=tmp_path)["like"]["rows"] == 1


def test_a_name_is_shown_with_all_its_cells_its_note_and_its_table(tmp_path: Path) -> None:
    shown = vlitqa("catalogue", "sparklesdialogue_vg", cwd=tmp_path).stdout
    lines = {line.split()[0]: line for line in shown.splitlines() if line.strip()}
    assert "4,400 (printed as 4.4K)" in lines["rows"]
    assert "? (unreadable in our copy of the paper)" in lines["region"]
    assert "should be Huang" in shown
    assert "Table 2 of Vision-Language Instruction Tuning" in lines["source"]


def test_a_name_of_both_ours_and_a_paper_is_shown_in_both(tmp_path: Path) -> None:
    shown = vlitqa("catalogue", "llava", cwd=tmp_path).stdout
    for title in ("formats", "reference-models", "models", "textbind-diversity"):
        assert any(line.split()[:1] == [title] for line in shown.splitlines()), title


def test_tasks_is_a_metric_and_a_published_list(tmp_path: Path) -> None:
    both = vlitqa("catalogue", "tasks", cwd=tmp_path).stdout
    assert both.index("Measures:") < both.index("Table 5 of")
    assert "Measures:" not in vlitqa("catalogue", "tasks", "--limit", 3, cwd=tmp_path).stdout


def test_the_models_that_vlitqa_tunes_are_a_list_of_their_own(tmp_path: Path) -> None:
    ours = vlitqa("catalogue", "reference-models", cwd=tmp_path).stdout
    assert [line.split()[0] for line in ours.splitlines() if line[1:2].strip()][1:] == list(MODELS)
    assert "`vlitqa catalogue reference-models`" in vlitqa("catalogue", "models", cwd=tmp_path).stderr


@pytest.mark.parametrize("width", [80, 110, 200])
def test_a_table_fits_the_screen_by_leaving_out_columns(width: int, tmp_path: Path) -> None:
    for name in ("datasets", "models", "textbind-features"):
        shown = vlitqa("catalogue", name, cwd=tmp_path, COLUMNS=str(width)).stdout.splitlines()
        table_lines = shown[1:]
        assert max(map(len, table_lines)) <= width
        rows = {"datasets": 52, "models": 59, "textbind-features": 6}[name]
        assert len([line for line in table_lines if line.strip()]) <= rows * 2 + 2
        assert table_lines[1].split()[0] == "name"


def test_columns_are_explained_and_chosen(tmp_path: Path) -> None:
    meanings = vlitqa("catalogue", "datasets", "--columns", "help", cwd=tmp_path).stdout
    assert "number of instruction-response pairs" in meanings
    done = vlitqa("catalogue", "datasets", "--columns", "name,#I-R,format", "--csv", "--limit", 1, cwd=tmp_path)
    assert done.stdout == "name,rows,format\nLLaVA-Instruct-150K,158K,llava\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["datasets", "--where", "regon"], ["--where", "no column 'regon'", "Did you mean region?"]),
        (["datasets", "--where", "rows>=" + "(" * 3_000], ["A value should stand here", "^"]),
        (["datasets", "--where", "not " * 3_000], ["Over 50 conditions"]),
        (["datasets", "--sort", "rws"], ["no column 'rws'", "Did you mean rows?"]),
        (["datasets", "--columns", "regon"], ["no column 'regon'", "Did you mean region?"]),
        (["datasets", "--model", "LAVA"], ["--model", "no 'LAVA'", "Did you mean LLaVA"]),
        (["models", "--tasks", "xyzzy"], ["--tasks", "no 'xyzzy'", "`vlitqa catalogue tasks` lists them"]),
        (["textbind-features", "--model", "LLaVA"], ["--model", "datasets, models, tasks"]),
        (["datasets", "--could-match"], ["belongs to a condition", "--where"]),
        (["datasets", "--json", "--csv"], ["exclude each other"]),
        (["datasets", "--catalogue", "absent.csv"], ["absent.csv", "No such file"]),
        (["datasets", "--catalogue", "broken.csv"], ["broken.csv, line 2", "1 cell"]),
        (["datasets", "--like", "absent.jsonl"], ["no file absent.jsonl"]),
        (["datasets", "--like", "broken.csv"], ["no record", "vlitqa check broken.csv"]),
        (["datasets", "--like", "boxes.jsonl"], ["no known format", "--map"]),
        (["datasets", "--like", "empty.jsonl"], ["no record", "vlitqa check empty.jsonl"]),
        (["models", "--like", "rows.jsonl"], ["--like compares datasets", "catalogue datasets"]),
        (["datasets", "--format", "csv"], ["belong to --like"]),
        (["datasets", "--like", "rows.jsonl", "--format", "lava"], ["Did you mean llava?"]),
        (["metrics", "--json"], ["--json belongs to the published lists", "datasets"]),
        (["LLaVA", "--where", "region"], ["--where belongs to the published lists"]),
        (["--csv"], ["--csv belongs to the published lists"]),
        (["LLaVA-Instruct"], ["Did you mean LLaVA-Instruct-150K?"]),
    ],
)
def test_a_mistake_about_published_lists_ends_in_a_sentence(
    arguments: list[str], words: list[str], tmp_path: Path
) -> None:
    written(tmp_path / "rows.jsonl", GOOD)
    written(tmp_path / "boxes.jsonl", {"id": 1, "boxes": [[0, 0, 1, 1]]})
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "broken.csv").write_text("name,a\nx\n")
    done = vlitqa("catalogue", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
