"""Images in records whose texts a corruption replaced."""

from __future__ import annotations

import pytest

from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.validation.corruptions import CORRUPTIONS
from vlitqa.validation.sample import Sample


@pytest.mark.parametrize("name", ["instructions_collapsed", "words_shuffled", "answers_exchanged", "answers_negated"])
def test_an_image_stands_at_a_place_of_its_new_text(name: str) -> None:
    texts = ("A lake?", "It is blue."), ("How many   boats are   there on it?", "There are  three  boats.")
    records = tuple(
        Record(
            (Turn(question, answer, (0,), (1,), (len(question),), (len(answer),)),),
            (ImageRef(f"{row}.png"), ImageRef(f"{row}b.png")),
            place=Place(row, row + 1),
        )
        for row, (question, answer) in enumerate(texts * 3)
    )
    corrupted = CORRUPTIONS[name](Sample(records, ("",) * 6, 0), 1.0)
    assert corrupted is not None
    for record in corrupted:
        turn = record.turns[0]
        assert turn.instruction is not None
        assert turn.response is not None
        assert (turn.instruction_images, turn.response_images) == ((0,), (1,))
        assert 0 < turn.instruction_offsets[0] <= len(turn.instruction)
        assert 0 < turn.response_offsets[0] <= len(turn.response)
