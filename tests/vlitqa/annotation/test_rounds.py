"""Rounds of building and labelling: the good dialogues of one are the examples of the next."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.given.annotation_pages import AnnotationServer
from tests.given.run_cli import vlitqa
from tests.given.taught_writer import ROUND, label_over_http, taught_writer
from vlitqa.reader import open_dataset
from vlitqa.records import Record

pytest.importorskip("starlette")
ROWS = 24


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """The folder and the runs of two rounds, both labelled, the second built with the pool of the first."""
    folder = tmp_path_factory.mktemp("rounds")
    runs: list[Path] = []
    with taught_writer(learns=True) as writer:
        for seed in (1, 2):
            options = 'matching = "off"' + ('\npool = "pool.jsonl"' if runs else "")
            recipe = folder / f"{seed}.toml"
            recipe.write_text(ROUND.format(seed=seed, rows=ROWS, scenes=60, textbind=options), encoding="utf-8")
            done = vlitqa("build", recipe, "--writer", f"server:{writer.url}@scripted", "--output", "runs", cwd=folder)
            assert done.returncode == 0, done.stderr
            (run,) = folder.glob(f"runs/build-round-{seed}-*")
            with AnnotationServer(run, "--annotators", "anna,ben") as server:
                assert [label_over_http(server.links[name], name) for name in ("anna", "ben")] == [ROWS, ROWS]
            runs.append(run)
            done = vlitqa("annotate", *runs, "--export", "pool.jsonl", "--as", "pool", cwd=folder)
            assert done.returncode == 0, done.stderr
    return folder, runs


def test_the_pool_of_a_round_teaches_the_next_one_and_holds_both_in_the_end(rounds: tuple[Path, list[Path]]) -> None:
    folder, (first, second) = rounds
    pool = [json.loads(line) for line in (folder / "pool.jsonl").read_bytes().splitlines()]
    assert {example["id"].split("-")[1] for example in pool} == {"1", "2"}
    assert all(example["quality"] != "poor" for example in pool)
    shown = _examples_of(first), _examples_of(second)
    assert shown[0] == set()
    assert shown[1] <= {example["id"] for example in pool if example["id"].startswith("dialogue-1-")}
    assert len(shown[1]) >= 3


def _examples_of(run: Path) -> set[str]:
    origins = [json.loads(origin) for origin in pq.read_table(run / "origins.parquet")["origin"].to_pylist()]
    return {example for origin in origins for example in origin["writer"].get("examples", ())}


def test_all_rounds_stand_side_by_side_and_on_the_page_of_the_last_one(rounds: tuple[Path, list[Path]]) -> None:
    folder, runs = rounds
    done = vlitqa("annotate", *runs, "--report", "--json", cwd=folder)
    report = json.loads(done.stdout)
    assert [one["run"] for one in report["rounds"]] == ["round-1.jsonl", "round-2.jsonl"]
    assert [one["labels"] for one in report["rounds"]] == [2 * ROWS, 2 * ROWS]
    assert report["pool"]["examples"] == len((folder / "pool.jsonl").read_bytes().splitlines())
    first, second = (one["qualities"]["poor"]["share"] for one in report["rounds"])
    assert first > second
    page = (runs[-1] / "report.html").read_text(encoding="utf-8")
    assert "What annotators say" in page
    assert "rounds of labelling" in page
    assert "round-1.jsonl" in page
    card = (runs[-1] / "card.md").read_text(encoding="utf-8")
    assert "### What annotators say" in card
    assert card.index("| excellent |") < card.index("| satisfactory |") < card.index("| poor |")


def test_one_seed_for_two_rounds_is_refused(rounds: tuple[Path, list[Path]]) -> None:
    folder, runs = rounds
    done = vlitqa("annotate", runs[0], runs[0], "--export", "twice.jsonl", "--as", "pool", cwd=folder)
    assert done.returncode == 2
    assert "have an item 'dialogue-1-0" in done.stderr
    assert "seed" in done.stderr
    assert not (folder / "twice.jsonl").exists()


def test_options_that_do_not_go_together_are_refused(rounds: tuple[Path, list[Path]]) -> None:
    folder, runs = rounds
    for options, sentence in (
        (("--as", "pool"), "--as pool needs a file."),
        (("--report", "--export", "z.parquet"), "are two commands."),
        (("--export", f"{runs[0]}/round-1.jsonl", "--as", "rows"), "belongs to round-1.jsonl or its labels."),
        (("--export", f"{runs[0]}/annotations.sqlite"), "belongs to round-1.jsonl or its labels."),
    ):
        done = vlitqa("annotate", runs[0], *options, cwd=folder)
        assert (done.returncode, sentence in " ".join(done.stderr.split())) == (2, True), done.stderr


def test_dialogues_without_descriptions_are_no_examples(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "1", "conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}\n')
    done = vlitqa("annotate", rows, "--export", "pool.jsonl", "--as", "pool", cwd=tmp_path)
    assert (done.returncode, "has a description" in " ".join(done.stderr.split())) == (2, True)


def test_several_runs_have_no_page_and_no_table_together(rounds: tuple[Path, list[Path]]) -> None:
    folder, runs = rounds
    for options in ((), ("--export", "all.parquet")):
        done = vlitqa("annotate", *runs, *options, cwd=folder)
        assert (done.returncode, "Name one run" in done.stderr) == (2, True)


def test_checked_rows_are_data_that_can_be_mixed_and_a_share_is_kept_apart(rounds: tuple[Path, list[Path]]) -> None:
    folder, runs = rounds
    checked = folder / "checked.jsonl"
    hold_out = ("--hold-out", "0.3")
    done = vlitqa("annotate", runs[1], "--export", checked, "--as", "rows", *hold_out, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert f"--image-root {runs[1]}" in done.stderr
    apart, kept = _ids(folder / "checked-held-out.jsonl"), _ids(checked)
    assert kept
    assert apart
    assert not kept & apart
    done = vlitqa("annotate", *runs, "--export", "open.jsonl", "--as", "pool", *hold_out, cwd=folder)
    assert not apart & {json.loads(line)["id"] for line in (folder / "open.jsonl").read_bytes().splitlines()}
    mix = folder / "mix.toml"
    mix.write_text(
        f'strategy = "mix"\nname = "mixed"\nformat = "textbind"\n[[datasets]]\npath = "{runs[0]}/round-1.jsonl"\n'
        f'[[datasets]]\npath = "{checked}"\nimages = "{runs[1]}"\ngold = true\n[control]\nmetrics = "integrity"\n',
        encoding="utf-8",
    )
    done = vlitqa("build", mix, "--output", "mixed", cwd=folder)
    assert done.returncode == 0, done.stderr
    (mixed,) = folder.glob("mixed/*/mixed.jsonl")
    assert len(_ids(mixed)) == ROWS + len(kept)


def _ids(data: Path) -> set[str]:
    with open_dataset(data).entries() as entries:
        return {entry.id for entry in entries if isinstance(entry, Record)}
