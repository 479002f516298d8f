"""Packing fills rows as best fit decreasing does, and its masks keep documents apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

import numpy as np  # noqa: E402

from reference_models.training.packing import attention_mask, batch_rows, pack_lengths, predictors  # noqa: E402
from vlitqa.contracts.models import Document  # noqa: E402

pytestmark = pytest.mark.model


def best_fit_decreasing(lengths: list[int], room: int) -> list[list[int]]:
    """The definition, by looking at every row for each item."""
    rows: list[list[int]] = []
    for item in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        left = [room - sum(lengths[other] for other in row) for row in rows]
        fitting = [place for place, space in enumerate(left) if space >= lengths[item]]
        if fitting:
            rows[min(fitting, key=lambda place: left[place])].append(item)
        else:
            rows.append([item])
    return rows


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(50, 90))
def test_rows_are_as_full_as_by_the_definition(lengths: list[int], room: int) -> None:
    rows = pack_lengths(lengths, room)
    assert sorted(item for row in rows for item in row) == list(range(len(lengths)))
    expected = best_fit_decreasing(lengths, room)
    filled = [sorted(sum(lengths[item] for item in row) for row in packed) for packed in (rows, expected)]
    assert filled[0] == filled[1]
    assert max(filled[0], default=0) <= room


def document(*targets: int) -> Document:
    return Document(token_ids=np.arange(len(targets), dtype=np.int32), is_target=np.array(targets, bool))


def test_a_token_sees_its_own_document_up_to_itself() -> None:
    batch = batch_rows([[document(0, 1), document(0, 0, 1)], [document(0, 1)]], [])
    seen = attention_mask(batch)[:, 0].int().tolist()
    assert seen[0] == [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 1, 0], [0, 0, 1, 1, 1]]
    assert [row[:2] for row in seen[1][:2]] == [[1, 0], [1, 1]]
    assert all(row[place] for rows in seen for place, row in enumerate(rows)), (
        "padding sees itself, so that none is NaN"
    )
    assert batch.positions.tolist() == [[0, 1, 0, 1, 2], [0, 1, 0, 0, 0]]


def test_the_first_token_of_a_document_is_predicted_by_none() -> None:
    batch = batch_rows([[document(0, 1), document(1, 1, 0)]], [])
    assert predictors(batch).int().tolist() == [[1, 0, 1, 0, 0]]


def test_an_image_knows_its_document_among_those_of_all_rows() -> None:
    two, none, one = (replace(document(0, 1), images=images) for images in ((1, 0), (), (0,)))
    batch = batch_rows([[none, two], [one], [none, one]], [])
    assert batch.document_of_image.tolist() == [1, 1, 2, 4]
