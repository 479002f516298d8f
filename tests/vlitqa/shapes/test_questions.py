"""Answers are right as pictures show them, and no exam can be passed without a look at them."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from vlitqa.shapes.annotations import annotations_of, caption_of
from vlitqa.shapes.drawing import PAINT, drawn
from vlitqa.shapes.exams import LETTERS, Choice, choices_in
from vlitqa.shapes.questions import DIMENSIONS, Asked, questions_about, questions_in
from vlitqa.shapes.scenes import PLACES, Scene, scene_of
from vlitqa.shapes.yes_no import SUBTASKS, doubts_in

SCENES = [scene_of(11, number) for number in range(600)]


def seen(scene: Scene) -> dict[str, tuple[float, float]]:
    """Where the pixels of each colour lie on average, of colours that one thing alone has."""
    pixels = np.asarray(drawn(scene, 128), np.int64)
    found = {}
    for colour, times in Counter(thing.colour for thing in scene.things).items():
        rows, columns = np.nonzero((pixels == PAINT[colour]).all(axis=2))
        if times == 1 and not (scene.sign and colour in ("white", "black")):
            found[colour] = float(columns.mean()) / 128, float(rows.mean()) / 128
    return found


def asked(scene: Scene, kind: str) -> list[Asked]:
    return [each for each in questions_about(scene) if each.kind == kind]


def colour_in(name: str) -> str:
    return name.split()[0]


def test_places_and_sides_are_those_of_the_pixels() -> None:
    checked = 0
    for scene in SCENES:
        if scene.contact:  # what overlaps hides pixels of the other
            continue
        where = seen(scene)
        for each in asked(scene, "place"):
            if (colour := colour_in(each.about[0])) in where:
                x, y = where[colour]
                assert PLACES[3 * int(y * 3) + int(x * 3)] == each.answer
                checked += 1
        for each in asked(scene, "side"):
            one, other = map(colour_in, each.about)
            if one in where and other in where:
                across, down = where[one][0] - where[other][0], where[one][1] - where[other][1]
                side = "left" if across < 0 else "right"
                flat = abs(across) > abs(down)
                assert (side if flat else "above" if down < 0 else "below") in each.answer
                checked += 1
    assert checked > 1_000


def test_colours_and_counts_are_those_of_the_pixels() -> None:
    for scene in SCENES[:200]:
        pixels = np.asarray(drawn(scene, 128), np.int64)
        for each in asked(scene, "colour"):
            assert (pixels == PAINT[each.answer]).all(axis=2).any()
        for each in asked(scene, "left"):
            gone = sum(thing.colour == each.about[0] for thing in scene.things)
            assert int(each.answer) + gone == len(scene.things)


def test_a_question_with_one_text_has_one_answer_unless_it_asks_for_any() -> None:
    for scene in SCENES:
        answers: dict[str, set[str]] = {}
        for each in questions_about(scene):
            if each.kind != "name":
                answers.setdefault(each.text, set()).add(each.answer)
        assert all(len(found) == 1 for found in answers.values())


def test_annotations_say_everything_and_in_sentences() -> None:
    kinds = {each.kind for scene in SCENES for each in questions_about(scene)}
    assert len(kinds) == 13
    for scene in SCENES:
        caption = caption_of(scene)
        assert all(thing.name in caption and thing.size in caption for thing in scene.things)
        assert not scene.sign or scene.sign.word in caption
        found = annotations_of(scene)
        assert len(found.objects) == len(found.attributes) == len(scene.things)
        for each in questions_about(scene):
            sentence = each.sentence
            assert sentence.endswith(".")
            assert "{" not in sentence
            assert each.answer in sentence
            assert " a orange" not in sentence


@pytest.mark.slow
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_an_exam_has_one_right_answer_under_each_letter_equally_often(dimension: str) -> None:
    exam = choices_in(dimension, 1, 120)
    assert len(exam) == 120
    assert set(Counter(each.letter for each in exam).values()) == {30}
    for each in exam:
        right = {one.answer for one in questions_in(dimension, scene_of(1, each.number)) if one.text == each.asked.text}
        assert len(set(each.choices)) == len(LETTERS)
        assert [choice for choice in each.choices if choice in right] == [each.choices[LETTERS.index(each.letter)]]
    assert exam == choices_in(dimension, 1, 120) != choices_in(dimension, 2, 120)


def words(text: str) -> set[str]:
    return set(text.lower().replace("?", "").split())


def guessed(learned: list[Choice], exam: list[Choice]) -> float:
    """How often naive Bayes over the words of a question, learned from another exam, finds the right choice."""
    answers = Counter(each.asked.answer for each in learned)
    together = Counter((word, each.asked.answer) for each in learned for word in words(each.asked.text))

    def likely(choice: str, text: str) -> float:
        prior = math.log(answers[choice] + 1)
        return prior + sum(math.log((together[word, choice] + 0.5) / (answers[choice] + 1)) for word in words(text))

    found = [max(each.choices, key=lambda choice, each=each: likely(choice, each.asked.text)) for each in exam]  # type: ignore[misc]
    return sum(choice == each.asked.answer for choice, each in zip(found, exam, strict=True)) / len(exam)


@pytest.mark.slow
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_no_exam_is_passed_by_its_words_alone(dimension: str) -> None:
    count = 800
    share = guessed(choices_in(dimension, 21, count), choices_in(dimension, 22, count))
    assert share < 0.25 + 3 * (0.25 * 0.75 / count) ** 0.5


def test_the_text_only_guesser_finds_a_hint_where_there_is_one() -> None:
    exam = choices_in("Instance Location", 3, 400)
    told = [
        Choice(
            each.number,
            Asked("", "", f"{each.asked.text} {each.asked.answer}", each.asked.answer),
            each.choices,
            each.letter,
        )
        for each in exam
    ]
    assert guessed(told[:200], told[200:]) > 0.5


@pytest.mark.parametrize("subtask", SUBTASKS)
def test_of_two_questions_one_is_true_and_they_differ(subtask: str) -> None:
    doubts = doubts_in(subtask, 5, 60)
    assert len({each.number for each in doubts}) == 60
    for each in doubts:
        scene = scene_of(5, each.number)
        assert each.true != each.false
        assert each.true.endswith("Please answer yes or no.")
        if subtask == "existence":
            names = [thing.name for thing in scene.things]
            assert any(f" {name} in" in each.true for name in names)
            assert not any(f" {name} in" in each.false for name in names)
        if subtask == "count":
            assert f"picture {len(scene.things)}?" in each.true
            assert f"picture {len(scene.things)}?" not in each.false
        if subtask == "scene":
            assert scene.background in each.true
            assert scene.background not in each.false
