"""Corruptions: by hand on a few records, and what holds for all of them at any dose."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from vlitqa.algorithms.negation import negate
from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.validation.corruptions import CORRUPTIONS, DONORS
from vlitqa.validation.sample import Records, Sample

DOSES = (0.1, 0.2, 0.4, 0.8, 1.0)


def make_record(row: int, instruction: str, response: str, image: str = "", task: str = "") -> Record:
    images = (ImageRef(image),) if image else ()
    turn = Turn(instruction, response, instruction_images=tuple(range(len(images))))
    return Record((turn,), images, id=f"r{row}", task=task, place=Place(row, row + 1), source={"row": row})


def colours_and_counts(count: int = 50, seed: int = 0) -> Sample:
    """Half of the records count, three tenths name a colour, and one in five asks a question of its own kind."""
    labels = ["count"] * 5 + ["colour"] * 3 + ["where", "why"]
    records = tuple(
        make_record(
            row, f"What is thing number {row} here?", f"It is number {row} of all.", f"{row}.png", labels[row % 10]
        )
        for row in range(count)
    )
    return Sample(records, tuple(record.task or "" for record in records), seed)


def corrupted(name: str, sample: Sample, dose: float) -> Records:
    records = CORRUPTIONS[name](sample, dose)
    assert records is not None
    return records


def changed(sample: Sample, records: Records) -> set[int]:
    return {place for place, (old, new) in enumerate(zip(sample.records, records, strict=True)) if old is not new}


def responses(records: Records) -> list[str | None]:
    return [turn.response for record in records for turn in record.turns]


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_dose_of_nothing_changes_nothing(name: str) -> None:
    assert corrupted(name, colours_and_counts(), 0.0) == colours_and_counts().records


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_same_seed_corrupts_in_the_same_way_and_another_one_in_another(name: str) -> None:
    assert corrupted(name, colours_and_counts(), 0.4) == corrupted(name, colours_and_counts(), 0.4)
    assert corrupted(name, colours_and_counts(), 0.4) != corrupted(name, colours_and_counts(seed=1), 0.4)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_what_a_small_dose_corrupts_a_larger_one_corrupts_in_the_same_way(name: str) -> None:
    sample = colours_and_counts()
    by_dose = [corrupted(name, sample, dose) for dose in DOSES]
    for small, large in pairwise(by_dose):
        assert all(large[place] == small[place] for place in changed(sample, small))
        assert len(changed(sample, large)) >= len(changed(sample, small))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_no_dose_corrupts_more_records_than_it_says_and_all_stay_in_their_places(name: str) -> None:
    sample = colours_and_counts()
    for dose in DOSES:
        records = corrupted(name, sample, dose)
        assert len(changed(sample, records)) <= dose * 50
        assert [record.place for record in records] == [record.place for record in sample.records]
        assert all(records[place].source is None for place in changed(sample, records))


@pytest.mark.parametrize("name", ["instructions_collapsed", "answers_negated", "words_shuffled"])
def test_a_fifth_of_fifty_records_is_ten(name: str) -> None:
    sample = colours_and_counts()
    assert len(changed(sample, corrupted(name, sample, 0.2))) == 10


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_no_records_are_no_trouble(name: str) -> None:
    assert CORRUPTIONS[name](Sample((), ()), 0.8) in ((), None)


def test_a_row_decides_whether_its_record_is_chosen_whatever_else_was_drawn() -> None:
    whole, part = colours_and_counts(), colours_and_counts(20)
    among_part = [place for place in whole.order() if place < 20]
    assert part.order() == among_part


def test_an_exchange_keeps_every_response_and_gives_each_chosen_turn_another() -> None:
    sample = colours_and_counts()
    records = corrupted("answers_exchanged", sample, 1.0)
    assert Counter(responses(records)) == Counter(responses(sample.records))
    assert all(old != new for old, new in zip(responses(sample.records), responses(records), strict=True))


def test_three_times_yes_and_once_no_can_exchange_only_one_pair() -> None:
    records = tuple(make_record(row, "Is it?", "No." if row == 2 else "Yes.") for row in range(4))
    sample = Sample(records, ("",) * 4)
    exchanged = corrupted("answers_exchanged", sample, 1.0)
    assert Counter(responses(exchanged)) == {"Yes.": 3, "No.": 1}
    assert len(changed(sample, exchanged)) == 2
    assert exchanged[2].turns[0].response == "Yes."


def test_turns_of_one_record_exchange_nothing_with_each_other() -> None:
    single = Record((Turn("Who?", "A man."), Turn("Where?", "At home.")))
    assert corrupted("answers_exchanged", Sample((single,), ("",)), 1.0) == (single,)


def test_two_images_change_places_and_placeholders_and_words_stay() -> None:
    records = (
        make_record(0, "What?", "A.", "a.png"),
        make_record(1, "What?", "B."),
        make_record(2, "What?", "C.", "c.png"),
    )
    swapped = corrupted("images_swapped", Sample(records, ("",) * 3), 1.0)
    assert [[ref.name for ref in record.images] for record in swapped] == [["c.png"], [], ["a.png"]]
    assert [record.turns for record in swapped] == [record.turns for record in records]


def test_one_image_alone_cannot_be_swapped() -> None:
    records = (make_record(0, "What?", "A.", "a.png"), make_record(1, "What?", "B."))
    assert CORRUPTIONS["images_swapped"](Sample(records, ("", "")), 1.0) is None


def test_embedded_images_are_told_apart_by_their_bytes() -> None:
    records = tuple(
        Record((Turn("What?", "It."),), (ImageRef("", data),), place=Place(row, row + 1))
        for row, data in enumerate((b"one", b"two", b"one"))
    )
    swapped = corrupted("images_swapped", Sample(records, ("",) * 3), 1.0)
    assert swapped[1].images[0].data == b"one"
    assert sorted(record.images[0].data or b"" for record in swapped) == [b"one", b"one", b"two"]


@pytest.mark.parametrize(
    ("name", "half"), [("instructions_collapsed", "instruction"), ("responses_repeated", "response")]
)
def test_one_half_becomes_that_of_five_records_and_the_other_stays(name: str, half: str) -> None:
    sample = colours_and_counts()
    other = "response" if half == "instruction" else "instruction"
    old_turns = [record.turns[0] for record in sample.records]
    new_turns = [record.turns[0] for record in corrupted(name, sample, 1.0)]
    repeated = {getattr(turn, half) for turn in new_turns}
    assert len(repeated) == DONORS
    assert repeated < {getattr(turn, half) for turn in old_turns}
    assert [getattr(turn, other) for turn in new_turns] == [getattr(turn, other) for turn in old_turns]


def test_dropped_tasks_are_the_rarest_ones_and_copies_have_ids_of_their_own() -> None:
    sample = colours_and_counts()  # 25 count, 15 ask for a colour, 5 ask where and 5 ask why
    records = corrupted("tasks_dropped", sample, 0.2)
    assert Counter(record.task for record in records) == {"count": 35, "colour": 15}
    assert len({record.id for record in records}) == 50
    assert Counter(record.task for record in corrupted("tasks_dropped", sample, 0.1)) == {
        "count": 30,
        "colour": 15,
        "why": 5,  # of two that are equally rare, `where` is first in the alphabet
    }
    assert Counter(record.task for record in corrupted("tasks_dropped", sample, 0.8)) == {"count": 50}


def test_skewed_labels_take_from_all_tasks() -> None:
    sample = colours_and_counts()
    assert Counter(record.task for record in corrupted("labels_skewed", sample, 1.0)) == {"count": 50}
    chosen = sample.places_of(0.4)
    replaced = Counter(sample.labels[place] for place in chosen if sample.labels[place] != "count")
    tasks = Counter(record.task for record in corrupted("labels_skewed", sample, 0.4))
    assert tasks == Counter({"count": 25 + replaced.total(), "colour": 15, "where": 5, "why": 5}) - replaced


def test_a_record_whose_task_is_unknown_is_not_dropped() -> None:
    records = tuple(make_record(row, "What?", f"{row}") for row in range(4))
    dropped = corrupted("tasks_dropped", Sample(records, ("", "count", "count", "colour")), 1.0)
    assert [record.turns[0].response in ("1", "2") for record in dropped] == [False, True, True, True]


def test_one_task_alone_cannot_be_dropped() -> None:
    assert CORRUPTIONS["tasks_dropped"](Sample((make_record(0, "A?", "B."),) * 4, ("count",) * 4), 0.5) is None


def test_eased_records_are_copies_of_the_five_that_say_least_in_a_turn() -> None:
    records = tuple(make_record(row, "What is it?", "word " * (1 + (7 * row) % 20)) for row in range(20))
    sample = Sample(records, ("",) * 20)
    shortest = sorted(records, key=lambda record: len(record.turns[0].response or ""))[:5]
    brief = {record.turns[0].response for record in shortest}
    assert {record.turns[0].response for record in corrupted("records_eased", sample, 1.0)} == brief
    assert len({record.id for record in corrupted("records_eased", sample, 1.0)}) == 20
    half = corrupted("records_eased", sample, 0.5)
    assert [place for place in range(20) if half[place] is not records[place]] == sorted(
        place for place in sample.places_of(0.5) if records[place].turns[0].response not in brief
    )


def test_a_long_text_without_spaces_does_not_say_least() -> None:
    chinese = [
        make_record(row, "图片里有什么动物？", "图片里有一只猫，它正坐在窗台上看着外面的雪。") for row in range(5)
    ]
    english = [make_record(row, "What is it?", "A cat.") for row in range(5, 10)]
    sample = Sample((*chinese, *english), ("",) * 10)
    eased = corrupted("records_eased", sample, 1.0)
    assert [record.turns[0].instruction for record in eased] == ["What is it?"] * 10


def test_shuffled_words_are_the_same_words() -> None:
    sample = colours_and_counts()
    for old, new in zip(sample.records, corrupted("words_shuffled", sample, 1.0), strict=True):
        assert sorted(old.text().split()) == sorted(new.text().split())


def test_a_half_without_words_stays_without() -> None:
    empty = Record((Turn(None, "Good day."), Turn("", None)))
    for name in ("instructions_collapsed", "responses_repeated", "words_shuffled", "answers_negated"):
        reworded, _ = corrupted(name, Sample((empty, make_record(1, "Who is it?", "A man.")), ("", "")), 1.0)
        first, second = reworded.turns
        assert (first.instruction, second.instruction, second.response) == (None, "", None)


@pytest.mark.parametrize(
    ("text", "opposite"),
    [
        ("Yes", "No"),
        ("no.", "yes."),
        ("NO", "YES"),
        ("Yes, it is a dog.", "No, it is not a dog."),
        ("The cat is black.", "The cat is not black."),
        ("The cat is not black.", "The cat is black."),
        ("He can't swim. She can.", "He can swim. She can not."),
        ("It won't fly.", "It will fly."),
        ("They aren’t there.", "They are there."),
        ("Cannot be seen", "Can be seen"),
        ("It is red and it was new.", "It is not red and it was new."),
        ("Left lung", "Right lung"),
        ("Two red cars", "One green cars"),
        ("12 people", "13 people"),
        ("A dog runs. It has a ball.", "A dog runs. It has not a ball."),
    ],
)
def test_the_opposite_of_an_answer(text: str, opposite: str) -> None:
    assert negate(text) == opposite


def test_a_number_of_thousands_of_digits_is_left_alone() -> None:
    assert negate("9" * 5_000) is None


@pytest.mark.parametrize("text", ["MRI", "A dog runs home.", "Nobody knows.", ""])
def test_what_no_rule_knows_is_not_negated(text: str) -> None:
    assert negate(text) is None
