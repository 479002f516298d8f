"""What a user is told when datasets are compared, gated in continuous integration, or read with a mapping."""

from __future__ import annotations

from pathlib import Path

from tests.rows import GOOD, written
from tests.run_cli import check_json, vlitqa


def test_shares_of_a_drawn_sample_are_shares_of_the_sample(drawings: Path, tmp_path: Path) -> None:
    blind = written(tmp_path / "blind.jsonl", *[{**GOOD, "id": str(n), "image": "none.png"} for n in range(60)])
    arguments = ("score", blind, drawings, "--equal-size", "--metrics", "integrity")
    done = vlitqa(*arguments, "--fail-on", "image_missing>99%", cwd=tmp_path)
    assert done.returncode == 1
    assert "blind.jsonl breaks --fail-on image_missing>99%: 12 of 12 rows (100.0%)." in done.stderr


def test_a_rule_that_nobody_looks_for_is_refused(drawings: Path, tmp_path: Path) -> None:
    refused = vlitqa("check", drawings, "--fail-on", "near_duplicate_image", cwd=tmp_path)
    assert refused.returncode == 2 and "Add --near" in refused.stderr
    assert vlitqa("check", drawings, "--near", "--fail-on", "near_duplicate_image", cwd=tmp_path).returncode == 1


def test_a_mapping_to_a_field_that_no_row_has_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "odd.csv"
    table.write_text("Frage,Antwort,Bild\nWas?,Das.,a.png\n", encoding="utf-8")
    mapped = "instruction=Frage,response=Antwort,image="
    done = vlitqa("check", table, "--map", mapped + "Bildd", cwd=tmp_path)
    assert done.returncode == 2 and "Did you mean Bild?" in done.stderr
    assert check_json(table, "--map", mapped + "Bild", cwd=tmp_path)["images"] == 1
    done = vlitqa("check", table, "--map", "Frage=instruction", cwd=tmp_path)
    assert done.returncode == 2 and "instruction=Frage" in done.stderr


def test_datasets_are_opened_before_any_is_scored(drawings: Path, tmp_path: Path) -> None:
    done = vlitqa("score", drawings, "absent.jsonl", cwd=tmp_path)
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
    sums = [line.split()[1] for line in done.stdout.splitlines() if line.strip().startswith("train.jsonl")]
    assert len(set(sums)) == 2 and all(len(each) == 6 for each in sums)
