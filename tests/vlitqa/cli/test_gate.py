"""What a user is told when datasets are compared, gated in continuous integration, or read with a mapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.given.rows import GOOD, written
from tests.given.run_cli import LIGHT, check_json, vlitqa
from vlitqa.catalogue import load_metric
from vlitqa.contracts import Card
from vlitqa.errors import UsageError
from vlitqa.gates.notation import parse_fail_rules, refuse_unbreakable


def cards(*names: str) -> list[Card]:
    return [load_metric(name).card for name in names]


pytestmark = pytest.mark.slow


def test_findings_are_not_called_rows_where_a_row_may_have_several(tmp_path: Path) -> None:
    rows = [{**GOOD, "id": "1", "image": "none.png"}] * 3  # 3 without image, placeholder and id; 2 copies
    done = vlitqa("check", written(tmp_path / "data.jsonl", *rows), "--fail-on", "any", cwd=tmp_path)
    assert "data.jsonl breaks --fail-on any: 11 findings in 3 rows." in done.stderr


def test_shares_of_a_drawn_sample_are_shares_of_the_sample(drawings: Path, tmp_path: Path) -> None:
    blind = written(tmp_path / "blind.jsonl", *[{**GOOD, "id": str(n), "image": "none.png"} for n in range(60)])
    arguments = ("score", blind, drawings, "--equal-size", "--metrics", "integrity")
    done = vlitqa(*arguments, "--fail-on", "image_missing>99%", cwd=tmp_path)
    assert done.returncode == 1
    assert "blind.jsonl breaks --fail-on image_missing>99%: 12 of 12 rows (100.0%)." in done.stderr


def test_a_rule_that_nobody_looks_for_is_refused(drawings: Path, tmp_path: Path) -> None:
    refused = vlitqa("check", drawings, "--fail-on", "near_duplicate_image", cwd=tmp_path)
    assert refused.returncode == 2
    assert "Add --near" in refused.stderr
    assert vlitqa("check", drawings, "--near", "--fail-on", "near_duplicate_image", cwd=tmp_path).returncode == 1


def test_a_rule_that_none_of_the_chosen_metrics_can_break_is_refused() -> None:
    with pytest.raises(UsageError, match="none of the chosen metrics looks for it: choose integrity too"):
        refuse_unbreakable(parse_fail_rules(["error", "image_missing>1%"]), cards("duplicates", "lexical"))
    found = ["any", "warning", "failed", "malformed_json", "loose_commas", "image_missing", "duplicate_row"]
    refuse_unbreakable(parse_fail_rules(found), cards("integrity", "duplicates"))


def test_a_rule_for_warnings_breaks_on_warnings_and_errors(tmp_path: Path) -> None:
    warned = written(tmp_path / "warned.jsonl", GOOD, GOOD)
    wrong = written(tmp_path / "wrong.jsonl", GOOD, "{broken")
    noted = written(tmp_path / "noted.jsonl", {"image_id": "", "caption": "A circle."})
    codes = [
        vlitqa("check", path, "--fail-on", rule, cwd=tmp_path).returncode
        for path, rule in ((warned, "warning"), (warned, "error"), (wrong, "warning"), (noted, "warning"))
    ]
    assert codes == [1, 0, 1, 0]


def test_a_mapping_may_be_given_in_several_options(tmp_path: Path) -> None:
    table = tmp_path / "odd.csv"
    table.write_text("Frage,Antwort,Bild\nWas?,Das.,a.png\n", encoding="utf-8")
    arguments = ("--map", "instruction=Frage", "--map", "response=Antwort,image=Bild")
    found = check_json(table, *arguments, cwd=tmp_path)
    assert {each["code"]: each["rows"] for each in found["findings"]} == {"image_missing": 1}
    assert vlitqa("score", table, *arguments, "--metrics", "statistics", cwd=tmp_path).returncode == 0
    done = vlitqa("check", table, *arguments, "--map", "image=Antwort", cwd=tmp_path)
    assert done.returncode == 2
    assert "image is both 'Bild' and 'Antwort'" in done.stderr


def test_a_mapping_to_a_field_that_no_row_has_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "odd.csv"
    table.write_text("Frage,Antwort,Bild\nWas?,Das.,a.png\n", encoding="utf-8")
    mapped = "instruction=Frage,response=Antwort,image="
    done = vlitqa("check", table, "--map", mapped + "Bildd", cwd=tmp_path)
    assert done.returncode == 2
    assert "Did you mean Bild?" in done.stderr
    assert check_json(table, "--map", mapped + "Bild", cwd=tmp_path)["images"] == 1
    done = vlitqa("check", table, "--map", "Frage=instruction", cwd=tmp_path)
    assert done.returncode == 2
    assert "instruction=Frage" in done.stderr


def test_datasets_are_opened_before_any_is_scored(drawings: Path, tmp_path: Path) -> None:
    done = vlitqa("score", *LIGHT, drawings, "absent.jsonl", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.index("no file absent.jsonl") < done.stderr.index("drawings.jsonl: runs/")


def test_captions_are_not_blamed_for_having_no_instruction(tmp_path: Path) -> None:
    rows = written(tmp_path / "captions.jsonl", {"image_id": "1", "caption": "A circle."})
    found = check_json(rows, cwd=tmp_path)
    assert {each["code"]: each["severity"] for each in found["findings"]} == {
        "image_missing": "error",
        "one_sided": "note",
    }


def test_datasets_of_one_name_are_told_apart(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for place, folder in enumerate(folders):
        folder.mkdir()
        written(folder / "train.jsonl", *[{**GOOD, "id": str(n)} for n in range(place + 1)])
    done = vlitqa("score", *(folder / "train.jsonl" for folder in folders), "--metrics", "statistics", cwd=tmp_path)
    assert "a/train.jsonl" in done.stdout
    assert "b/train.jsonl" in done.stdout
    report = vlitqa("report", "runs", cwd=tmp_path)
    assert "a/train.jsonl" in report.stdout
    assert "b/train.jsonl" in report.stdout


def test_one_finding_in_one_row_is_singular(tmp_path: Path) -> None:
    dataset = written(tmp_path / "data.jsonl", "{broken")
    done = vlitqa("check", dataset, "--fail-on", "any", "--max-errors", 0, cwd=tmp_path)
    assert "breaks --fail-on any: 1 finding in 1 row." in done.stderr
    assert "1 row rejected, past --max-errors 0." in done.stderr
