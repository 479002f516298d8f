"""Lexical diversity: by hand, and against a straightforward count after TextBind's section 4.3."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest
from msgspec.structs import replace
from sacremoses import MosesTokenizer

from vlitqa.algorithms.moses import MOSES_CHARACTER_CAP
from vlitqa.backends.toolbox import Toolbox
from vlitqa.metrics.lexical import Lexical
from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.results import Figure, Measurement, Status, Summary

SIDES = {"instructions": (0,), "responses": (1,), "overall": (0, 1)}


def measured(*records: Record) -> list[Measurement]:
    placed = [replace(record, place=Place(row=row, line=row + 1)) for row, record in enumerate(records)]
    return list(Lexical().measure(placed, Toolbox().open()))


def figures_of(summary: Summary, variant: str) -> dict[str, Figure]:
    return {
        figure.name.removeprefix("diversity of "): figure for figure in summary.figures if figure.variant == variant
    }


def originals(*records: Record) -> dict[str, float | None]:
    figures = figures_of(Lexical().combine(measured(*records)), "original")
    return {side: figure.value for side, figure in figures.items()}


def textbind(conversations: list[list[tuple[str, str]]]) -> dict[str, float]:
    """Unique over total n-grams for n = 2, 3, 4, summed in each turn position, and the mean over the positions."""
    tokenizer = MosesTokenizer(lang="en")
    found = {}
    for side, halves in SIDES.items():
        grams: dict[int, dict[int, Counter[tuple[str, ...]]]] = defaultdict(lambda: defaultdict(Counter))
        for conversation in conversations:
            for turn, pair in enumerate(conversation):
                for half in halves:
                    tokens = tokenizer.tokenize(pair[half], escape=False)
                    for n in (2, 3, 4):
                        grams[turn][n].update(tuple(tokens[at : at + n]) for at in range(len(tokens) - n + 1))
        scores = [sum(len(each) / each.total() for each in by_length.values()) for by_length in grams.values()]
        found[side] = sum(scores) / len(scores)
    return found


def dialogues(seed: int, count: int = 40) -> list[list[tuple[str, str]]]:
    """Conversations of one to six turns with repeated phrases; each half has four words or more."""
    generator = random.Random(seed)
    words = ["the", "a", "dog", "Mr. Lee", "isn't", "red", "two,", "U.S.A.", "end.", "e.g. this", "naïve", "5%"]

    def half() -> str:
        return " ".join(generator.choices(words, k=generator.randint(4, 15)))

    return [[(half(), half()) for _ in range(generator.randint(1, 6))] for _ in range(count)]


def record_of(conversation: list[tuple[str, str]]) -> Record:
    return Record(tuple(Turn(*pair) for pair in conversation))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_the_original_is_textbinds_number(seed: int) -> None:
    data = dialogues(seed)
    assert originals(*map(record_of, data)) == pytest.approx(textbind(data))


@pytest.mark.slow
def test_the_mark_of_an_image_is_a_part_of_the_text_for_the_original_alone() -> None:
    """Every instruction of the first turns has an image between its words, and every last response one at its end."""
    dice = random.Random(9)
    data, records = [], []
    for conversation in dialogues(9, 400):
        (asked, answered), *rest = conversation
        place = dice.choice([at for at, letter in enumerate(asked) if letter == " "])
        marked = [(f"{asked[:place]} <image>{asked[place:]}", answered), *rest]
        last = marked[-1]
        data.append([*marked[:-1], (last[0], f"{last[1]} <image>")])
        turns = [Turn(asked, answered, (0,), (), (place,)), *(Turn(*pair) for pair in rest)]
        turns[-1] = replace(turns[-1], response_images=(1,), response_offsets=(len(last[1]),))
        records.append(Record(tuple(turns), (ImageRef("a"), ImageRef("b"))))
    assert originals(*records) == pytest.approx(textbind(data))
    plain = [Record(tuple(Turn(turn.instruction, turn.response) for turn in record.turns)) for record in records]
    sound = [figures_of(Lexical().combine(measured(*made)), "sound")["overall"].value for made in (records, plain)]
    assert sound[0] == sound[1] is not None


def test_the_original_is_the_mean_over_turn_positions_by_hand() -> None:
    # first turns: w x y z twice, so half of the n-grams are new: 3 / 2; the only second turn: all are new: 3
    twice = [Record((Turn("w x y z", None),)), Record((Turn("w x y z", None), Turn("a b c d", None)))]
    assert originals(*twice) == {"instructions": (1.5 + 3) / 2, "responses": None, "overall": (1.5 + 3) / 2}


def test_instructions_and_responses_of_a_turn_are_one_text_collection_overall() -> None:
    # each half alone is all new: 3; together every n-gram comes twice: 3 / 2
    assert originals(Record((Turn("w x y z", "w x y z"),))) == {"instructions": 3, "responses": 3, "overall": 1.5}


def test_a_turn_position_without_four_words_in_a_row_is_left_out_and_counted() -> None:
    figure = figures_of(
        Lexical().combine(measured(Record((Turn("w x y z", "yes"), Turn("why so", "it is"))))), "original"
    )["instructions"]
    assert figure.value == 3
    assert figure.left_out == {}
    assert figure.unit == "mean over 1 of 2 turn positions"


def test_a_record_is_measured_by_its_own_text() -> None:
    # a b a b a b: 2 of 5 pairs, 2 of 4 triples and 2 of 3 fours are new
    (made,) = measured(Record((Turn("a b a b a b", None),)))
    assert made.value == pytest.approx(2 / 5 + 2 / 4 + 2 / 3)


def test_short_and_empty_records_say_why_they_have_no_value() -> None:
    short, empty = measured(Record((Turn("what now", "no"),)), Record((Turn("", None),)))
    assert (short.value, short.status) == (None, Status.NOT_APPLICABLE)
    assert (empty.value, empty.status) == (None, Status.EMPTY_TEXT)
    figures = Lexical().combine([short, empty]).figures
    assert {figure.measured for figure in figures} == {1}
    assert {figure.left_out["empty_text"] for figure in figures} == {1}


def test_a_short_record_still_counts_in_the_dataset() -> None:
    # "x y" adds one pair that is known already: 3 of 4 pairs, 2 of 2 triples, 1 of 1 fours
    assert originals(Record((Turn("w x y z", None),)), Record((Turn("x y", None),)))["instructions"] == 2.75


def test_the_sound_value_needs_its_tokens_and_says_how_many_there_are() -> None:
    figure = figures_of(Lexical().combine(measured(Record((Turn("w x y z", "a b"),)))), "sound")["overall"]
    assert (figure.value, figure.reason) == (None, "needs 10,000 tokens, there are 6")


@pytest.mark.slow
def test_the_sound_value_stays_where_the_original_falls() -> None:
    small, large = (Lexical().combine(measured(*map(record_of, dialogues(9, count)))) for count in (500, 2_500))
    sound = [figures_of(each, "sound")["responses"].value or 0.0 for each in (small, large)]
    original = [figures_of(each, "original")["responses"].value or 0.0 for each in (small, large)]
    assert sound[0] == pytest.approx(sound[1], abs=0.03)
    assert original[0] > original[1] + 0.1


def test_the_curve_falls_with_the_number_of_tokens() -> None:
    (table,) = Lexical().combine(measured(*map(record_of, dialogues(3, 500)))).tables
    assert table.columns == ("tokens", "instructions", "responses", "overall")
    assert [row[0] for row in table.rows] == [1_000, 3_000, 10_000, 30_000]
    overall = [row[3] for row in table.rows]
    assert overall == sorted(overall, reverse=True)
    assert table.rows[-1][1:3] == (None, None)


def test_a_text_that_was_cut_is_counted() -> None:
    long = Record((Turn("a " * MOSES_CHARACTER_CAP, "b"),))
    assert Lexical().combine(measured(long, Record((Turn("a", "b"),)))).counts == {"cut_texts": 1}
