"""The commands as a user types them: what they print, where, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluators.benchmarks.catalogue import BENCHMARKS
from tests.given.rows import GOOD, written
from tests.given.run_cli import LIGHT, check_json, vlitqa
from vlitqa.backends.profiles import PROFILES
from vlitqa.catalogue import ENGINES, FORMATS, METRICS, TOOLS, faults
from vlitqa.validation.corruptions import CORRUPTIONS

pytestmark = pytest.mark.slow


def scorecards(stdout: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.splitlines()]


def test_check_prints_one_object_a_dataset_and_nothing_else(drawings: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other.jsonl", GOOD, "{broken", [1])
    done = vlitqa("check", drawings, other, "--json", cwd=tmp_path)
    first, second = scorecards(done.stdout)
    assert (first["path"], first["format"], first["rows"], first["records"], first["rejects"]) == (
        str(drawings),
        "llava",
        12,
        12,
        0,
    )
    assert (first["images"], first["missing_images"], first["bad_images"]) == (12, 1, 0)
    assert {each["code"]: each["rows"] for each in first["findings"]} == {
        "image_count": 1,
        "image_missing": 1,
        "empty_response": 1,
        "duplicate_row": 1,
    }
    assert (second["rows"], second["records"], second["rejects"]) == (3, 1, 2)
    assert done.returncode == 0


def test_rejected_rows_are_findings_with_their_lines(tmp_path: Path) -> None:
    found = check_json(written(tmp_path / "rows.jsonl", GOOD, "{broken", GOOD, [1], "{again"), cwd=tmp_path)
    codes = {each["code"]: each for each in found["findings"]}
    assert (codes["malformed_json"]["rows"], codes["malformed_json"]["examples"]) == (2, ["line 2", "line 5"])
    assert codes["not_object"]["examples"] == ["line 4"]


def test_the_first_reject_of_each_code_says_its_field_and_reason(tmp_path: Path) -> None:
    rows = written(tmp_path / "rows.jsonl", GOOD, {**GOOD, "conversations": "x"}, {**GOOD, "conversations": 7})
    with rows.open("ab") as file:
        file.write(b'{"id": "caf\xe9"}\n' * 2)
    codes = {each["code"]: each for each in check_json(rows, cwd=tmp_path)["findings"]}
    assert codes["wrong_type"]["detail"] == "line 2: conversations: expected a list, found a text"
    assert codes["bad_encoding"]["detail"] == "line 4: byte 11 is not UTF-8 (looks like cp1252)"
    shown = vlitqa("check", rows, cwd=tmp_path, COLUMNS="70").stdout
    assert max(map(len, shown.splitlines())) <= 70
    assert codes["wrong_type"]["detail"] in " ".join(" ".join(line.split()[-9:]) for line in shown.splitlines())


def test_loose_commas_are_a_finding_and_no_reject(tmp_path: Path) -> None:
    rows = [json.dumps({**GOOD, "id": str(number)}) for number in range(4)]
    path = tmp_path / "rows.json"
    path.write_text("[\n{}\n{},\n{},,\n{},\n]".format(*rows))
    card = scorecards(vlitqa("score", path, "--metrics", "integrity", "--json", cwd=tmp_path).stdout)[0]
    assert (card["rows"], card["records"], card["rejects"]) == (4, 4, 0)
    (found,) = card["rejected"]
    assert (found["code"], found["severity"], found["rows"]) == ("loose_commas", "warning", 3)
    assert found["examples"] == ["line 3", "line 5", "line 6"]
    assert found["detail"] == "line 3: expected one comma, found no comma"
    assert (Path(tmp_path, card["run"]) / "rejects.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("any", 1),
        ("error", 1),
        ("image_missing", 1),
        ("image_missing>1", 0),
        ("image_missing>5%", 1),
        ("image_missing>10%", 0),
        ("dark_image", 0),
        ("rejects", 0),
    ],
)
def test_fail_on_turns_a_finding_into_exit_code_1(rule: str, code: int, drawings: Path, tmp_path: Path) -> None:
    assert vlitqa("check", drawings, "--fail-on", rule, cwd=tmp_path).returncode == code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "absent.jsonl"], ["no file absent.jsonl"]),
        (["check", "*.parquet"], ["No file is named *.parquet", "quotes"]),
        (["check", "rows.jsonl", "--format", "lava"], ["no format 'lava'", "Did you mean llava?"]),
        (["check", "rows.jsonl", "--map", "instrucion=a"], ["no part 'instrucion'", "Did you mean instruction?"]),
        (["check", "rows.jsonl", "--map", "image=a"], ["neither instruction nor response"]),
        (["check", "rows.jsonl", "--map", "response=a", "--format", "llava"], ["exclude each other"]),
        (["check", "rows.jsonl", "--fail-on", "image_mising"], ["names no finding", "Did you mean image_missing?"]),
        (["check", "rows.jsonl", "--fail-on", "xyz"], ["vlitqa catalogue findings"]),
        (["check", "rows.jsonl", "--image-root", "absent"], ["absent is no folder"]),
        (["score", "rows.jsonl", "--metrics", "lexicl"], ["no metric 'lexicl'", "Did you mean lexical?"]),
        (["score", *LIGHT, "rows.jsonl", "--engine", "proceses"], ["no engine", "Did you mean processes?"]),
        (["score", *LIGHT, "rows.jsonl", "--output", "rows.jsonl"], ["cannot be written", "--output"]),
        (["report", "absent"], ["no folder absent"]),
        (["catalogue", "metrc"], ["Did you mean metrics?"]),
    ],
)
def test_a_mistake_ends_in_a_sentence_and_exit_code_2(arguments: list[str], words: list[str], tmp_path: Path) -> None:
    written(tmp_path / "rows.jsonl", GOOD)
    done = vlitqa(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for each in words:
        assert each in done.stderr


def test_a_dataset_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    annotations = written(tmp_path / "boxes.jsonl", {"id": 1, "captions": ["a donut"], "boxes": [[0, 0, 1, 1]]})
    good = written(tmp_path / "good.jsonl", GOOD)
    done = vlitqa("check", annotations, good, "--json", cwd=tmp_path)
    refused, read = scorecards(done.stdout)
    assert refused["error"] == "unknown_format"
    assert "--map" in refused["repair"]
    assert read["records"] == 1
    assert done.returncode == 2


def test_score_puts_datasets_side_by_side_with_arrows_and_intervals(drawings: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other.jsonl", *[GOOD] * 8)
    done = vlitqa("score", *LIGHT, "--details", drawings, other, cwd=tmp_path)
    head = next(line for line in done.stdout.splitlines() if "drawings.jsonl" in line and "other.jsonl" in line)
    assert head.index("drawings.jsonl") < head.index("other.jsonl")
    clean = next(line for line in done.stdout.splitlines() if "clean records" in line)
    assert "↑" in clean
    assert "75.0 % [" in clean
    assert "100 % [" in clean
    assert "not measured: needs 10,000 tokens" in done.stdout


def test_equal_size_draws_every_dataset_down_to_the_smallest(drawings: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other.jsonl", *[{**GOOD, "id": str(number)} for number in range(30)])
    arguments = ("score", other, drawings, "--equal-size", "--json", "--metrics", "statistics")
    cards = scorecards(vlitqa(*arguments, "--seed", 1, cwd=tmp_path).stdout)
    assert [card["records"] for card in cards] == [12, 12]
    assert [card["rows"] for card in cards] == [30, 12]
    assert cards[0]["sample"] == "12 records drawn with seed 1"
    folders = sorted((tmp_path / "runs").glob("other-*"))
    again = scorecards(vlitqa(*arguments, "--seed", 1, cwd=tmp_path).stdout)
    vlitqa(*arguments, "--seed", 2, cwd=tmp_path)
    assert cards == again
    assert len(list((tmp_path / "runs").glob("other-*"))) == len(folders) + 1


def test_limit_takes_the_first_records(drawings: Path, tmp_path: Path) -> None:
    found = check_json(drawings, "--limit", 3, cwd=tmp_path)
    assert (found["rows"], found["records"]) == (3, 3)


def test_report_prints_what_score_printed(drawings: Path, tmp_path: Path) -> None:
    scored = vlitqa("score", *LIGHT, drawings, cwd=tmp_path)
    (folder,) = (tmp_path / "runs").iterdir()
    assert vlitqa("report", folder, cwd=tmp_path).stdout == scored.stdout
    card = json.loads(vlitqa("report", folder, "--json", cwd=tmp_path).stdout)
    assert card == json.loads((folder / "scorecard.json").read_text())


def test_report_shows_the_finished_runs_in_a_folder(drawings: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "another.jsonl", GOOD, "{broken")
    vlitqa("score", drawings, other, "--metrics", "statistics", cwd=tmp_path)
    folders = sorted((tmp_path / "runs").iterdir())
    (tmp_path / "runs" / "begun").mkdir()
    cards = scorecards(vlitqa("report", "runs", "--json", cwd=tmp_path).stdout)
    assert cards == [json.loads((folder / "scorecard.json").read_text()) for folder in folders]
    assert [card["dataset"] for card in cards] == ["another.jsonl", "drawings.jsonl"]
    assert vlitqa("report", "runs", cwd=tmp_path).stdout == vlitqa("report", *folders, cwd=tmp_path).stdout
    for folder in folders:
        (folder / "run.json").unlink()
    done = vlitqa("report", "runs", cwd=tmp_path)
    assert done.returncode == 2
    assert "Neither runs nor a folder in it is a finished run." in done.stderr


def test_the_catalogue_lists_every_name_of_every_table(tmp_path: Path) -> None:
    printed = vlitqa("catalogue", cwd=tmp_path).stdout
    first_words = {line.split()[0] for line in printed.splitlines() if line.strip()}
    tools = {f"{kind}={name}" for kind, names in TOOLS.items() for name in names}
    for names in (METRICS, FORMATS, ENGINES, tools, PROFILES, CORRUPTIONS, faults(), BENCHMARKS):
        assert set(names) <= first_words


def test_the_catalogue_shows_a_name_in_every_list_that_has_it(tmp_path: Path) -> None:
    printed = vlitqa("catalogue", "paper", cwd=tmp_path).stdout
    assert printed.splitlines()[0].strip() == "profiles"
    assert "judge: llava or server" in printed
    printed = vlitqa("catalogue", "answers_negated", cwd=tmp_path).stdout
    assert [line.split()[0] for line in printed.splitlines()] == ["corruptions", "answers_negated"]


@pytest.mark.parametrize("place", ["a-file", "a-file/below", "/proc/vlitqa"])
def test_doctor_tries_whether_the_cache_can_be_written(place: str, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("no folder")
    facts = json.loads(vlitqa("doctor", "--json", cwd=tmp_path, VLITQA_CACHE=place).stdout)
    assert facts["cache writable"] is False


def test_doctor_says_which_metrics_are_ready(tmp_path: Path) -> None:
    facts = json.loads(vlitqa("doctor", "--json", cwd=tmp_path).stdout)
    states = facts["metrics"]
    assert {states[name] for name in ("integrity", "duplicates", "statistics", "lexical", "elements")} == {"ready"}
    assert states["accuracy"] == "not measurable: no judge"
    assert facts["tools"]["parser"] in ("hanlp", "chunks")
    assert facts["tools"]["judge"].startswith("none; server: no server is named")
    assert facts["cache"] == str(tmp_path / "cache")
    assert facts["cache writable"] is True


def test_a_file_that_was_cut_off_gives_its_rows_and_exit_code_3(tmp_path: Path) -> None:
    import gzip

    whole = gzip.compress("".join(json.dumps({**GOOD, "id": str(n)}) + "\n" for n in range(2000)).encode())
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    done = vlitqa("check", cut, cwd=tmp_path)
    assert done.returncode == 3
    assert "cut off or damaged" in done.stdout


def test_max_errors_turns_too_many_rejects_into_exit_code_3(tmp_path: Path) -> None:
    rows = written(tmp_path / "rows.jsonl", GOOD, "{broken", "{broken")
    codes = [vlitqa("check", rows, "--max-errors", most, cwd=tmp_path).returncode for most in (2, 1)]
    assert codes == [0, 3]


def test_a_mapping_reads_instructions_without_answers_and_says_so(tmp_path: Path) -> None:
    table = tmp_path / "instructions.csv"
    table.write_text(",verb,seq\n0,,What is it?\n1,do,What does it do?\n", encoding="utf-8")
    found = check_json(table, "--map", "instruction=seq", cwd=tmp_path)
    assert (found["records"], found["format"]) == (2, "mapped")
    assert {each["code"]: each["rows"] for each in found["findings"]} == {"no_response": 2}


def test_an_empty_file_is_said_to_hold_no_rows(tmp_path: Path) -> None:
    empty = written(tmp_path / "empty.jsonl")
    done = vlitqa("check", empty, cwd=tmp_path)
    assert done.returncode == 3
    assert "holds no rows" in done.stdout
    done = vlitqa("score", *LIGHT, empty, written(tmp_path / "rows.jsonl", GOOD), "--equal-size", cwd=tmp_path)
    assert done.returncode == 2
    assert "empty.jsonl has no records" in done.stderr


def test_a_parameter_is_set_where_there_is_one_and_refused_where_not(tmp_path: Path) -> None:
    dataset = written(tmp_path / "data.jsonl", GOOD, GOOD)
    done = vlitqa("score", "--metrics", "duplicates", "--set", "duplicates.bits=2", "--json", dataset, cwd=tmp_path)
    assert json.loads(done.stdout)["scored"][0]["provenance"]["parameters"]["bits"] == 2
    wrong = {
        "duplicates.bit=2": "has no parameter 'bit'. Did you mean bits?",
        "duplicates.bits=two": "'two' is no whole number",
        "duplicates.bits=-1": "-1 is out of range",
        "duplicates.near=yes": "neither true nor false",
        "accuracy.votes=3": "accuracy is not among the metrics of this run. Add accuracy to --metrics.",
        "duplicate.bits=2": "duplicate is no metric of this run. Did you mean duplicates?",
        "duplicates.similarity=2": "duplicates.similarity must lie between 0 and 1",
        "bits=2": "is not of the form metric.parameter=value",
    }
    for setting, said in wrong.items():
        refused = vlitqa("score", "--metrics", "duplicates", "--set", setting, dataset, cwd=tmp_path)
        assert refused.returncode == 2, setting
        assert said in " ".join(refused.stderr.split()), setting
