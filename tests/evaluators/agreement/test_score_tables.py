"""Tables that users have are read as they are meant, or refused with a sentence that says where and what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluators.agreement.score_tables import DatasetScores, Ratings, read_score_table
from vlitqa.errors import DatasetError, UsageError


def table(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_ratings_become_a_table_of_targets_by_raters(tmp_path: Path) -> None:
    path = table(tmp_path, "rater,target,score\nx,a,1\ny,a,2\ny,b,5\nx,b,4\n")
    scores = read_score_table(path)
    assert isinstance(scores, Ratings)
    assert (scores.targets, scores.raters) == (("a", "b"), ("x", "y"))
    assert scores.scores.tolist() == [[1, 2], [4, 5]]


@pytest.mark.parametrize(
    "text", ["name,quality:MD,exam:MME\na,1,2\nb,,3\n", "name;quality:MD;exam:MME\r\na;1;2\r\nb;n/a;3%\r\n"]
)
def test_headings_say_what_is_quality_and_what_is_an_exam(tmp_path: Path, text: str) -> None:
    scores = read_score_table(table(tmp_path, "\ufeff" + text))
    assert isinstance(scores, DatasetScores)
    assert scores.datasets == ("a", "b")
    assert [column.name for column in (*scores.quality, *scores.exams)] == ["MD", "MME"]
    np.testing.assert_array_equal(scores.quality[0].values, [1, np.nan])
    np.testing.assert_array_equal(scores.exams[0].values, [2, 3])


def test_columns_can_be_named(tmp_path: Path) -> None:
    scores = read_score_table(table(tmp_path, "data,MD,MME,notes\na,1,2,x\n"), ["MD"], ["MME"])
    assert isinstance(scores, DatasetScores)
    assert (scores.datasets, scores.quality[0].name, scores.exams[0].name) == (("a",), "MD", "MME")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("target,rater,score\na,x,1\na,x,2\n", "line 3: a second score of 'a' by 'x'"),
        ("target,rater,score\na,x,1\na,y,2\nb,x,1\n", "'y' has no score of 'b'"),
        ("target,rater,score\na,x,1\na,y,\n", "'y' has no score of 'a'"),
        ("target,rater,score\na,x,good\n", "line 2: score is 'good', which is no number"),
        ("target,rater,score\na,x,inf\n", "line 2: score is 'inf', which is no number"),
        ("target,rater,score\na,x\n", "line 2: 2 cells below 3 headings"),
        ("target,rater,score\n", "has no rows below its headings"),
        ("", "has no rows below its headings"),
        ("a,a\n1,2\n", "has two columns 'a'"),
        ("target,rater,score,Score\na,x,1,2\n", "has two columns 'score'"),
        ("data,MD,MME\na,1,2\n", "does not say which columns are the quality of data"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_score_table(table(tmp_path, text))
    assert sentence in caught.value.message
    assert caught.value.repair


def test_semicolons_and_decimal_commas_are_read(tmp_path: Path) -> None:
    """A number that may be a thousand, or a name, is left as it is."""
    text = "name;quality:Q (a, b);exam:E (c, d)\n1,234;+1,5;10,25%\nb;-2,5;3,5\n"
    scores = read_score_table(table(tmp_path, text))
    assert isinstance(scores, DatasetScores)
    assert scores.datasets == ("1,234", "b")
    assert scores.quality[0].values.tolist() == [1.5, -2.5]
    assert scores.exams[0].values.tolist() == [10.25, 3.5]
    with pytest.raises(UsageError, match="'1,234', which is no number"):
        read_score_table(table(tmp_path, "name;quality:Q;exam:E\na;1,234;2\nb;1;2\n"))


def test_headings_of_ratings_may_be_written_large(tmp_path: Path) -> None:
    assert isinstance(read_score_table(table(tmp_path, "Target,Rater,Score\na,x,1\na,y,2\n")), Ratings)


def test_a_cell_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no CSV"):
        read_score_table(table(tmp_path, 'name,quality:Q\n"' + "x" * 200_000))


def test_quoted_cells_may_hold_the_delimiter(tmp_path: Path) -> None:
    scores = read_score_table(table(tmp_path, 'data,MD,MME\n"a, b",1,2\n"c; d",3,4\n'), ["MD"], ["MME"])
    assert list(scores.datasets) == ["a, b", "c; d"]


def test_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column 'DM'"):
        read_score_table(table(tmp_path, "data,MD,MME\na,1,2\n"), ["DM"], ["MME"])


def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "image.csv").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(UsageError, match="no UTF-8"):
        read_score_table(tmp_path / "image.csv")
    with pytest.raises(DatasetError, match=r"There is no file .*none\.csv"):
        read_score_table(tmp_path / "none.csv")
