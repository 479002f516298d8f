"""Answers are right as pictures show them, and no exam can be passed without a look at them."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from vlitqa.shapes.annotations import annotations_of, caption_of
from vlitqa.shapes.drawing import PAINT, draw_scene
from vlitqa.shapes.exams import CHOICE_LETTERS, MultipleChoice, multiple_choices_in
from vlitqa.shapes.questions import DIMENSIONS, SceneQuestion, questions_about, questions_in
from vlitqa.shapes.scenes import PLACES, Scene, scene_of
from vlitqa.shapes.yes_no import PAIR_MAKERS, yes_no_pairs_in

SCENES = [scene_of(11, number) for number in range(600)]


def colour_centres(scene: Scene) -> dict[str, tuple[float, float]]:
    """The mean place of the pixels of each colour that one thing alone has."""
    pixels = np.asarray(draw_scene(scene, 128), np.int64)
    centres = {}
    for colour, count in Counter(thing.colour for thing in scene.things).items():
        rows, columns = np.nonzero((pixels == PAINT[colour]).all(axis=2))
        if count == 1 and not (scene.sign and colour in ("white", "black")):
            centres[colour] = float(columns.mean()) / 128, float(rows.mean()) / 128
    return centres


def questions_of_kind(scene: Scene, kind: str) -> list[SceneQuestion]:
    return [question for question in questions_about(scene) if question.kind == kind]


def colour_in(name: str) -> str:
    return name.split()[0]


def test_places_and_sides_are_those_of_the_pixels() -> None:
    checked = 0
    for scene in SCENES:
        if scene.contact:  # what overlaps hides pixels of the other
            continue
        centres = colour_centres(scene)
        for question in questions_of_kind(scene, "place"):
            if (colour := colour_in(question.about[0])) in centres:
                x, y = centres[colour]
                assert PLACES[3 * int(y * 3) + int(x * 3)] == question.answer
                checked += 1
        for question in questions_of_kind(scene, "side"):
            thing, other = map(colour_in, question.about)
            if thing in centres and other in centres:
                across, down = centres[thing][0] - centres[other][0], centres[thing][1] - centres[other][1]
                side = "left" if across < 0 else "right"
                is_flat = abs(across) > abs(down)
                assert (side if is_flat else "above" if down < 0 else "below") in question.answer
                checked += 1
    assert checked > 1_000


def test_colours_and_counts_are_those_of_the_pixels() -> None:
    for scene in SCENES[:200]:
        pixels = np.asarray(draw_scene(scene, 128), np.int64)
        for question in questions_of_kind(scene, "colour"):
            assert (pixels == PAINT[question.answer]).all(axis=2).any()
        for question in questions_of_kind(scene, "left"):
            gone = sum(thing.colour == question.about[0] for thing in scene.things)
            assert int(question.answer) + gone == len(scene.things)


def test_a_question_with_one_text_has_one_answer_unless_it_asks_for_any() -> None:
    for scene in SCENES:
        answers: dict[str, set[str]] = {}
        for question in questions_about(scene):
            if question.kind != "name":
                answers.setdefault(question.text, set()).add(question.answer)
        assert all(len(different) == 1 for different in answers.values())


def test_annotations_say_everything_and_in_sentences() -> None:
    kinds = {question.kind for scene in SCENES for question in questions_about(scene)}
    assert len(kinds) == 13
    for scene in SCENES:
        caption = caption_of(scene)
        assert all(thing.name in caption and thing.size in caption for thing in scene.things)
        assert not scene.sign or scene.sign.word in caption
        annotations = annotations_of(scene)
        assert len(annotations.objects) == len(annotations.attributes) == len(scene.things)
        for question in questions_about(scene):
            sentence = question.sentence
            assert sentence.endswith(".")
            assert "{" not in sentence
            assert question.answer in sentence
            assert " a orange" not in sentence


@pytest.mark.slow
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_an_exam_has_one_right_answer_under_each_letter_equally_often(dimension: str) -> None:
    exam = multiple_choices_in(dimension, 1, 120)
    assert len(exam) == 120
    assert set(Counter(item.letter for item in exam).values()) == {30}
    for item in exam:
        others = questions_in(dimension, scene_of(1, item.number))
        right = {other.answer for other in others if other.text == item.question.text}
        assert len(set(item.choices)) == len(CHOICE_LETTERS)
        right_choice = item.choices[CHOICE_LETTERS.index(item.letter)]
        assert [choice for choice in item.choices if choice in right] == [right_choice]
        right_sentence = item.sentences[CHOICE_LETTERS.index(item.letter)]
        assert [sentence for sentence in item.sentences if sentence in {other.sentence for other in others}] == [
            right_sentence
        ]
    assert exam == multiple_choices_in(dimension, 1, 120) != multiple_choices_in(dimension, 2, 120)


def words(text: str) -> set[str]:
    return set(text.lower().replace("?", "").split())


def share_guessed(learned: list[MultipleChoice], exam: list[MultipleChoice]) -> float:
    """The share that naive Bayes over the words of a question, learned from another exam, answers right."""
    answers = Counter(item.question.answer for item in learned)
    together = Counter((word, item.question.answer) for item in learned for word in words(item.question.text))

    def likelihood(choice: str, text: str) -> float:
        prior = math.log(answers[choice] + 1)
        return prior + sum(math.log((together[word, choice] + 0.5) / (answers[choice] + 1)) for word in words(text))

    def guess(item: MultipleChoice) -> str:
        return max(item.choices, key=lambda choice: likelihood(choice, item.question.text))

    return sum(guess(item) == item.question.answer for item in exam) / len(exam)


@pytest.mark.slow
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_no_exam_is_passed_by_its_words_alone(dimension: str) -> None:
    count = 800
    share = share_guessed(multiple_choices_in(dimension, 21, count), multiple_choices_in(dimension, 22, count))
    assert share < 0.25 + 3 * (0.25 * 0.75 / count) ** 0.5


def test_the_text_only_guesser_finds_a_hint_where_there_is_one() -> None:
    exam = multiple_choices_in("Instance Location", 3, 400)
    with_hints = [
        MultipleChoice(
            number=item.number,
            question=SceneQuestion(
                kind="", text=f"{item.question.text} {item.question.answer}", answer=item.question.answer
            ),
            choices=item.choices,
            letter=item.letter,
        )
        for item in exam
    ]
    assert share_guessed(with_hints[:200], with_hints[200:]) > 0.5


@pytest.mark.parametrize("subtask", PAIR_MAKERS)
def test_of_two_questions_one_is_true_and_they_differ(subtask: str) -> None:
    pairs = yes_no_pairs_in(subtask, 5, 60)
    assert len({pair.number for pair in pairs}) == 60
    for pair in pairs:
        scene = scene_of(5, pair.number)
        assert pair.true != pair.false
        assert pair.true.endswith("Please answer yes or no.")
        if subtask == "existence":
            names = [thing.name for thing in scene.things]
            assert any(f" {name} in" in pair.true for name in names)
            assert not any(f" {name} in" in pair.false for name in names)
        if subtask == "count":
            assert f"picture {len(scene.things)}?" in pair.true
            assert f"picture {len(scene.things)}?" not in pair.false
        if subtask == "scene":
            assert scene.background in pair.true
            assert scene.background not in pair.false
