"""Lessons that stand behind one picture in one sequence cost what each would cost alone."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
transformers = pytest.importorskip("transformers", reason="pip install 'vlitqa[models]'")

from reference_models.nano.encoder import pixels_of  # noqa: E402
from reference_models.nano.judge import DOUBTING, PATCHES, llava_of, loss_of_parts, parts_of  # noqa: E402
from reference_models.nano.language import MADE  # noqa: E402
from reference_models.nano.lessons import Lesson, lessons_about, wrong  # noqa: E402
from reference_models.nano.packing import Part, packed  # noqa: E402
from reference_models.nano.tower import CONFIG, WIDTH  # noqa: E402
from reference_models.nano.vocabulary import BEGIN, IMAGE, SPECIAL, made_tokenizer  # noqa: E402
from vlitqa.shapes.scenes import scene_of  # noqa: E402

pytestmark = pytest.mark.model


def test_places_owners_and_what_is_to_be_said_by_hand() -> None:
    rows = packed([[Part([7, 8, 9], [0, 1, 2], [0, 1, -1]), Part([5, 6], [0, 3], [0, 0])], [Part([4], [0], [1])]], 2)
    assert rows.tokens.tolist() == [[7, 8, 9, 5, 6], [4, 0, 0, 0, 0]]
    assert rows.owner.tolist() == [[0, 0, 0, 1, 1], [0, -1, -1, -1, -1]]
    assert rows.places.tolist() == [[0, 1, 2, 3, 4, 2, 3], [0, 1, 2, 0, 0, 0, 0]]
    assert [each.tolist() for each in rows.to_say()] == [[0, 0, 0], [0, 1, 3], [1, 2, 3]]
    assert rows.signs.tolist() == [[0, 1, -1, 0, 0], [1, 0, 0, 0, 0]]
    seen = (rows.mask()[0, 0] == 0).tolist()
    assert seen[5] == [True, True, False, False, False, True, False], (
        "a text sees the picture and itself, no other text"
    )
    assert seen[6] == [True, True, False, False, False, True, True]


def test_a_text_behind_the_beginning_of_another_sees_that_beginning_and_goes_on_from_it() -> None:
    rows = packed([[Part([7, 8, 9], [0, 1, 1], [0, 1, 1]), Part([5, 6], [0, 0], [-1, -1], behind=0, kept=2)]], 1)
    assert rows.places.tolist() == [[0, 1, 2, 3, 3, 4]]
    seen = (rows.mask()[0, 0] == 0).tolist()
    assert seen[4] == [True, True, True, False, True, False]
    assert seen[5] == [True, True, True, False, True, True]
    assert seen[3] == [True, True, True, True, False, False]


def test_a_packed_lesson_costs_what_it_costs_alone() -> None:
    torch.manual_seed(0)
    tower: Any = transformers.CLIPVisionModel(transformers.CLIPVisionConfig(**CONFIG))
    model = llava_of(tower, MADE["llama"]()).eval()
    tokenizer, dice = made_tokenizer(), random.Random(0)
    pixels = pixels_of([scene_of(3, number) for number in range(2)])
    parts = [parts_of(lessons_about(number, 3, dice, 3), tokenizer, dice) for number in range(2)]
    doubt = torch.nn.Linear(WIDTH, 1)
    cost = amount = 0.0
    doubts: list[float] = []
    for shown, row in zip(torch.from_numpy(pixels), parts, strict=True):
        for part in row:
            before = [SPECIAL.index(BEGIN), *[SPECIAL.index(IMAGE)] * PATCHES]
            before += row[part.behind].tokens[: part.kept] if part.behind is not None else []
            given = torch.tensor([before + part.tokens])
            said = model(input_ids=given, pixel_values=shown[None], output_hidden_states=True)
            losses = torch.nn.functional.cross_entropy(
                said.logits[0, len(before) - 1 : -1], torch.tensor(part.tokens), reduction="none"
            )
            cost += float((losses.detach() * torch.tensor(part.weights)).sum())
            amount += sum(part.weights)
            unsure = doubt(said.hidden_states[DOUBTING][0, len(before) :])[:, 0].tolist()
            doubts += [math.log1p(math.exp(sign * each)) for sign, each in zip(part.signs, unsure, strict=True) if sign]
    wanted = cost / amount + sum(doubts) / len(doubts)
    assert loss_of_parts(model, doubt, pixels, parts).item() == pytest.approx(wanted, abs=1e-5)


def test_a_wrong_word_raises_doubt_from_itself_on() -> None:
    right = Lesson("colour", "What colour is the star?", "The star is red.", True, slips=((12, "blue"), (4, "cross")))
    tokenizer = made_tokenizer()
    for lesson, expected in ((right, [1] * 5), (wrong(right, "The star is blue."), [1, 1, 1, -1, -1])):
        part, *others = parts_of([lesson], tokenizer, random.Random(0), telling=True)
        assert [sign for sign in part.signs if sign] == expected
        assert sum(part.weights) == (6 if lesson.right else 0), "five words and the end, if they are right"
        told = [tokenizer.decode(part.tokens[: each.kept] + each.tokens) for each in others]
        assert [each[-18:] for each in told] == ([": The star is blue", "\nAnswer: The cross"] if lesson.right else [])
        assert all(set(each.signs) == {-1} and sum(each.weights) == 0 for each in others)


def test_of_a_place_only_what_differs_is_wrong() -> None:
    lesson = Lesson("place", "Where is the star?", "top left", True, slips=((0, "top right"),))
    tokenizer = made_tokenizer()
    part, *others = parts_of([lesson], tokenizer, random.Random(0), telling=True)
    assert [tokenizer.decode(each.tokens) for each in others] == [" right"]
    assert tokenizer.decode(part.tokens[: others[0].kept]).endswith("Answer: top")
