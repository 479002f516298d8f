"""Verdicts of people: drawn, read, joined with rows, and used by the command."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.given.run_cli import vlitqa
from vlitqa.errors import UsageError
from vlitqa.reader import Dataset, open_dataset
from vlitqa.results.as_json import scorecard_from_json
from vlitqa.results.gold import gold_beside
from vlitqa.scoring.gold import draw_gold, join_gold, read_gold


def dataset_of(path: Path, responses: list[str]) -> Dataset:
    rows = [
        {
            "id": f"r{row}",
            "conversations": [{"from": "human", "value": f"What is {row}?"}, {"from": "gpt", "value": text}],
        }
        for row, text in enumerate(responses)
    ]
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return open_dataset(path)


def judged(path: Path, lines: list[dict[str, object]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    return path


def drawn(dataset: Dataset, size: int, **verdict: object) -> list[dict[str, object]]:
    names = ("id", "image", "instruction", "response", "row", "turn", "correct")
    return [{name: getattr(line, name) for name in names} | verdict for line in draw_gold(dataset, size, 0)]


def test_every_response_is_drawn_with_the_same_chance_and_the_seed_alone_decides(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path / "data.jsonl", ["a", "", *"bcdefgh"])
    assert [line.row for line in draw_gold(dataset, 100, 0)] == [1, 3, 4, 5, 6, 7, 8, 9], "row 2 has no response"
    times = [0] * 10
    for seed in range(800):
        for line in draw_gold(dataset, 2, seed):
            times[line.row] += 1
    assert all(150 < count < 250 for row, count in enumerate(times) if row not in (0, 2))
    assert draw_gold(dataset, 3, 5) == draw_gold(dataset, 3, 5)


def test_verdicts_are_joined_by_what_they_are_about_and_open_lines_are_left_out(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path / "data.jsonl", ["a", "b", "c"])
    lines = drawn(dataset, 3)
    lines[0]["correct"], lines[2]["correct"] = True, False
    gold = read_gold(judged(tmp_path / "gold.jsonl", lines))
    joined = join_gold(gold, dataset)
    assert (joined.rows, joined.elsewhere, joined.count) == ({0: {0: True}, 2: {0: False}}, 0, 2)
    reversed_rows = (tmp_path / "data.jsonl").read_bytes().splitlines(keepends=True)[::-1]
    (tmp_path / "again.jsonl").write_bytes(b"".join(reversed_rows[:2]))
    assert join_gold(gold, open_dataset(tmp_path / "again.jsonl")).rows == {0: {0: False}}, "a subset in another order"


def test_verdicts_on_another_version_of_the_data_are_not_used_because_they_are_no_random_sample(tmp_path: Path) -> None:
    gold = read_gold(
        judged(tmp_path / "g.jsonl", drawn(dataset_of(tmp_path / "a.jsonl", ["a", "b", "c"]), 3, correct=True))
    )
    joined = join_gold(gold, dataset_of(tmp_path / "b.jsonl", ["a", "b", "wrong"]))
    assert (joined.rows, joined.elsewhere) == ({}, 1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"not json", "line 1 is no verdict"),
        (b"[1]", "line 1 is no verdict"),
        (b'{"instruction": "a"}', "line 1 is no verdict"),
        (b'{"response": "a", "correct": "yes"}', "line 1 is no verdict"),
        (b'{"response": "\xff"}', "line 1 is no verdict"),
        (b'{"response": "a", "correct": true}\n{"response": "a", "correct": false}', "line 2: an earlier line says"),
    ],
)
def test_a_line_that_is_no_verdict_is_an_error_that_names_it(tmp_path: Path, line: bytes, words: str) -> None:
    (tmp_path / "gold.jsonl").write_bytes(line)
    with pytest.raises(UsageError, match=words):
        read_gold(tmp_path / "gold.jsonl")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_gold(tmp_path / "gold.jsonl")


@pytest.mark.parametrize("name", ["data.jsonl", "data.json", "data.jsonl.gz", "data.parquet"])
def test_the_verdicts_on_a_dataset_stand_beside_it(name: str) -> None:
    assert gold_beside(Path("folder") / name) == Path("folder") / "data.gold.jsonl"


@pytest.mark.slow
def test_the_command_draws_responses_and_overwrites_no_verdicts(tmp_path: Path) -> None:
    dataset_of(tmp_path / "data.jsonl", ["a", "b", "c"])
    done = vlitqa("gold", "data.jsonl", "--size", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "vlitqa score data.jsonl" in done.stderr
    lines = [orjson.loads(line) for line in (tmp_path / "data.gold.jsonl").read_bytes().splitlines()]
    assert [line["correct"] for line in lines] == [None, None]
    again = vlitqa("gold", "data.jsonl", cwd=tmp_path)
    assert (again.returncode, "may hold verdicts" in again.stderr) == (2, True)


@pytest.mark.slow
def test_metrics_are_held_against_the_verdicts_and_named_errors_are_counted(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path / "data.jsonl", [f"It is {row}." for row in range(30)] + ["" for _ in range(3)])
    rows = [orjson.loads(line) for line in (tmp_path / "data.jsonl").read_bytes().splitlines()]
    for place, row in enumerate(rows):
        row["conversations"][0]["value"] += " Answer yes or no."
        row["conversations"][1]["value"] += " That is what I see in the picture." if 20 <= place < 30 else ""
    (tmp_path / "data.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    dataset = open_dataset(tmp_path / "data.jsonl")
    lines = drawn(dataset, 100, correct=True)
    for line in lines[20:30]:
        line |= {"correct": False, "cause": " Hallucination " if line["id"] < "r25" else "recognition"}
    judged(tmp_path / "data.gold.jsonl", lines)
    done = vlitqa("score", "data.jsonl", "--metrics", "integrity,lengths", "--details", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "runs").iterdir()
    people = scorecard_from_json((run / "scorecard.json").read_bytes()).people
    assert people is not None
    assert (people.correct, people.incorrect, people.causes) == (20, 10, {"hallucination": 5, "recognition": 5})
    best = people.separations[0]
    assert (best.metric, best.area, best.correct, best.incorrect) == ("lengths", 1.0, 20, 10)
    assert "30 responses have a verdict, and 20 of them are correct" in done.stdout
    assert "hallucination" in done.stdout
    assert "and 20 of them are correct" in (run / "report.html").read_text(encoding="utf-8")
