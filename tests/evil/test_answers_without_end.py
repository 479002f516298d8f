"""`eval` and `agreement` open files alone, and read no more of them than answers or scores can have."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
import zstandard

from evaluators.agreement.score_tables import read_score_table
from evaluators.answers.files import read_answers
from evaluators.benchmarks.data_root import DataRoot
from tests.given.run_cli import vlitqa
from vlitqa.errors import DatasetError

ANSWER = b'{"question_id": 1, "text": "a"}\n'


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A FIFO into which nobody ever writes."""
    path = tmp_path / "existence.txt"
    os.mkfifo(path)
    return path


@pytest.mark.slow
def test_both_commands_refuse_a_pipe_in_a_sentence(pipe: Path, tmp_path: Path) -> None:
    for arguments in (("eval", "--benchmark", "mme", "--answers", pipe), ("agreement", pipe)):
        done = vlitqa(*arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert "is a pipe and no file" in done.stderr


def test_a_pipe_among_mmes_texts_is_refused(pipe: Path) -> None:
    with pytest.raises(DatasetError, match="is a pipe"):
        read_answers(pipe.parent)


def test_a_pipe_among_the_files_of_a_benchmark_is_refused(pipe: Path) -> None:
    with pytest.raises(DatasetError, match="is a pipe"):
        DataRoot(pipe.parent, "MME").lines(pipe.name)


def test_a_device_is_refused() -> None:
    for read in (read_answers, read_score_table):
        with pytest.raises(DatasetError, match="is a device"):
            read(Path("/dev/zero"))


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["gz", "zst", ""])
def test_answers_without_end_are_refused_where_the_cap_is_reached(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"answers.{suffix}"
    if suffix:
        with gzip.open(path, "wb", 1) if suffix == "gz" else zstandard.open(path, "wb") as file:
            for _ in range(600):
                file.write(bytes(1 << 20))
        assert path.stat().st_size < 4 << 20
    else:
        with path.open("wb") as file:
            file.truncate(1 << 40)
    with pytest.raises(DatasetError, match="has more than 512 MiB" + (" unpacked" if suffix else "")):
        read_answers(path)


def test_a_table_of_scores_without_end_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "scores.csv").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DatasetError, match="has more than 64 MiB"):
        read_score_table(tmp_path / "scores.csv")


def test_answers_packed_with_zstd_are_read_and_those_packed_twice_are_named(tmp_path: Path) -> None:
    (tmp_path / "answers").write_bytes(zstandard.compress(ANSWER))
    assert read_answers(tmp_path / "answers").answers[0].answer.text == "a"
    (tmp_path / "twice").write_bytes(gzip.compress(gzip.compress(ANSWER)))
    with pytest.raises(DatasetError, match="is compressed twice"):
        read_answers(tmp_path / "twice")
