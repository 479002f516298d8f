"""Corruptions: by hand on a few records, and what holds for all of them at any dose."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from vlitqa.algorithms.negation import negate
from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.validation.corruptions import CORRUPTIONS, FEW
from vlitqa.validation.sample import Records, Sample

DOSES = (0.1, 0.2, 0.4, 0.8, 1.0)


def record(row: int, instruction: str, response: str, image: str = "", task: str = "") -> Record:
    images = (ImageRef(image),) if image else ()
    turn = Turn(instruction, response, instruction_images=tuple(range(len(images))))
    return Record((turn,), images, id=f"r{row}", task=task, place=Place(row, row + 1), source={"row": row})


def sample(count: int = 50, seed: int = 0) -> Sample:
    """Half of the records count, three tenths name a colour, and one in five asks a question of its own kind."""
    labels = ["count"] * 5 + ["colour"] * 3 + ["where", "why"]
    records = tuple(
        record(row, f"What is thing number {row} here?", f"It is number {row} of all.", f"{row}.png", labels[row % 10])
        for row in range(count)
    )
    return Sample(records, tuple(each.task or "" for each in records), seed)


def corrupted(name: str, given: Sample, dose: float) -> Records:
    found = CORRUPTIONS[name](given, dose)
    assert found is not None
    return found


def changed(given: Sample, found: Records) -> set[int]:
    return {at for at, (old, new) in enumerate(zip(given.records, found, strict=True)) if old is not new}


def responses(records: Records) -> list[str | None]:
    return [turn.response for each in records for turn in each.turns]


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_dose_of_nothing_changes_nothing(name: str) -> None:
    assert corrupted(name, sample(), 0.0) == sample().records


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_same_seed_corrupts_in_the_same_way_and_another_one_in_another(name: str) -> None:
    assert corrupted(name, sample(), 0.4) == corrupted(name, sample(), 0.4)
    assert corrupted(name, sample(), 0.4) != corrupted(name, sample(seed=1), 0.4)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_what_a_small_dose_corrupts_a_larger_one_corrupts_in_the_same_way(name: str) -> None:
    given = sample()
    found = [corrupted(name, given, dose) for dose in DOSES]
    for small, large in pairwise(found):
        assert all(large[at] == small[at] for at in changed(given, small))
        assert len(changed(given, large)) >= len(changed(given, small))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_no_dose_corrupts_more_records_than_it_says_and_all_stay_in_their_places(name: str) -> None:
    given = sample()
    for dose in DOSES:
        found = corrupted(name, given, dose)
        assert len(changed(given, found)) <= dose * 50
        assert [each.place for each in found] == [each.place for each in given.records]
        assert all(found[at].source is None for at in changed(given, found))


@pytest.mark.parametrize("name", ["instructions_collapsed", "answers_negated", "words_shuffled"])
def test_a_fifth_of_fifty_records_is_ten(name: str) -> None:
    given = sample()
    assert len(changed(given, corrupted(name, given, 0.2))) == 10


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_no_records_are_no_trouble(name: str) -> None:
    assert CORRUPTIONS[name](Sample((), ()), 0.8) in ((), None)


def test_a_row_decides_whether_its_record_is_chosen_whatever_else_was_drawn() -> None:
    whole, part = sample(), sample(20)
    among_part = [at for at in whole.order() if at < 20]
    assert part.order() == among_part


def test_an_exchange_keeps_every_response_and_gives_each_chosen_turn_another() -> None:
    given = sample()
    found = corrupted("answers_exchanged", given, 1.0)
    assert Counter(responses(found)) == Counter(responses(given.records))
    assert all(old != new for old, new in zip(responses(given.records), responses(found), strict=True))


def test_three_times_yes_and_once_no_can_exchange_only_one_pair() -> None:
    records = tuple(record(row, "Is it?", "No." if row == 2 else "Yes.") for row in range(4))
    given = Sample(records, ("",) * 4)
    found = corrupted("answers_exchanged", given, 1.0)
    assert Counter(responses(found)) == {"Yes.": 3, "No.": 1}
    assert len(changed(given, found)) == 2
    assert found[2].turns[0].response == "Yes."


def test_turns_of_one_record_exchange_nothing_with_each_other() -> None:
    alone = Record((Turn("Who?", "A man."), Turn("Where?", "At home.")))
    assert corrupted("answers_exchanged", Sample((alone,), ("",)), 1.0) == (alone,)


def test_two_images_change_places_and_marks_and_words_stay() -> None:
    records = (record(0, "What?", "A.", "a.png"), record(1, "What?", "B."), record(2, "What?", "C.", "c.png"))
    found = corrupted("images_swapped", Sample(records, ("",) * 3), 1.0)
    assert [[ref.name for ref in each.images] for each in found] == [["c.png"], [], ["a.png"]]
    assert [each.turns for each in found] == [each.turns for each in records]


def test_one_image_alone_cannot_be_swapped() -> None:
    records = (record(0, "What?", "A.", "a.png"), record(1, "What?", "B."))
    assert CORRUPTIONS["images_swapped"](Sample(records, ("", "")), 1.0) is None


def test_embedded_images_are_told_apart_by_their_bytes() -> None:
    records = tuple(
        Record((Turn("What?", "It."),), (ImageRef("", data),), place=Place(row, row + 1))
        for row, data in enumerate((b"one", b"two", b"one"))
    )
    found = corrupted("images_swapped", Sample(records, ("",) * 3), 1.0)
    assert found[1].images[0].data == b"one"
    assert sorted(each.images[0].data or b"" for each in found) == [b"one", b"one", b"two"]


@pytest.mark.parametrize("name, half", [("instructions_collapsed", "instruction"), ("responses_repeated", "response")])
def test_one_half_becomes_that_of_five_records_and_the_other_stays(name: str, half: str) -> None:
    told = [(each.turns[0].instruction, each.turns[0].response) for each in corrupted(name, sample(), 1.0)]
    given = [(each.turns[0].instruction, each.turns[0].response) for each in sample().records]
    asked, said = (0, 1) if half == "instruction" else (1, 0)
    assert len({each[asked] for each in told}) == FEW
    assert {each[asked] for each in told} < {each[asked] for each in given}
    assert [each[said] for each in told] == [each[said] for each in given]


def test_dropped_tasks_are_the_rarest_ones_and_copies_have_ids_of_their_own() -> None:
    given = sample()  # 25 count, 15 ask for a colour, 5 ask where and 5 ask why
    found = corrupted("tasks_dropped", given, 0.2)
    assert Counter(each.task for each in found) == {"count": 35, "colour": 15}
    assert len({each.id for each in found}) == 50
    assert Counter(each.task for each in corrupted("tasks_dropped", given, 0.1)) == {
        "count": 30,
        "colour": 15,
        "why": 5,  # of two that are equally rare, `where` is first in the alphabet
    }
    assert Counter(each.task for each in corrupted("tasks_dropped", given, 0.8)) == {"count": 50}


def test_skewed_labels_take_from_all_tasks() -> None:
    given = sample()
    assert Counter(each.task for each in corrupted("labels_skewed", given, 1.0)) == {"count": 50}
    chosen = given.chosen(0.4)
    lost = Counter(given.labels[at] for at in chosen if given.labels[at] != "count")
    found = Counter(each.task for each in corrupted("labels_skewed", given, 0.4))
    assert found == Counter({"count": 25 + lost.total(), "colour": 15, "where": 5, "why": 5}) - lost


def test_a_record_whose_task_is_unknown_is_not_dropped() -> None:
    records = tuple(record(row, "What?", f"{row}") for row in range(4))
    found = corrupted("tasks_dropped", Sample(records, ("", "count", "count", "colour")), 1.0)
    assert [each.turns[0].response in ("1", "2") for each in found] == [False, True, True, True]


def test_one_task_alone_cannot_be_dropped() -> None:
    assert CORRUPTIONS["tasks_dropped"](Sample((record(0, "A?", "B."),) * 4, ("count",) * 4), 0.5) is None


def test_eased_records_are_copies_of_the_five_that_say_least_in_a_turn() -> None:
    records = tuple(record(row, "What is it?", "word " * (1 + (7 * row) % 20)) for row in range(20))
    given = Sample(records, ("",) * 20)
    brief = {each.turns[0].response for each in sorted(records, key=lambda each: len(each.turns[0].response or ""))[:5]}
    assert {each.turns[0].response for each in corrupted("records_eased", given, 1.0)} == brief
    assert len({each.id for each in corrupted("records_eased", given, 1.0)}) == 20
    half = corrupted("records_eased", given, 0.5)
    assert [at for at in range(20) if half[at] is not records[at]] == sorted(
        at for at in given.chosen(0.5) if records[at].turns[0].response not in brief
    )


def test_shuffled_words_are_the_same_words() -> None:
    given = sample()
    for old, new in zip(given.records, corrupted("words_shuffled", given, 1.0), strict=True):
        assert sorted(old.text().split()) == sorted(new.text().split())


def test_a_half_without_words_stays_without() -> None:
    empty = Record((Turn(None, "Good day."), Turn("", None)))
    for name in ("instructions_collapsed", "responses_repeated", "words_shuffled", "answers_negated"):
        found, _ = corrupted(name, Sample((empty, record(1, "Who is it?", "A man.")), ("", "")), 1.0)
        assert (found.turns[0].instruction, found.turns[1].instruction, found.turns[1].response) == (None, "", None)


@pytest.mark.parametrize(
    "text, opposite",
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
