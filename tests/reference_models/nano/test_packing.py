"""Segments that are packed behind one picture cost what each would cost alone."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
transformers = pytest.importorskip("transformers", reason="pip install 'vlitqa[models]'")

from reference_models.nano.encoder import render_pixels  # noqa: E402
from reference_models.nano.judge import (  # noqa: E402
    ERROR_HEAD_LAYER,
    PATCH_COUNT,
    assemble_llava,
    loss_of_segments,
)
from reference_models.nano.language import ARCHITECTURES  # noqa: E402
from reference_models.nano.lesson_segments import segments_of  # noqa: E402
from reference_models.nano.lessons import Lesson, NegativeWord, lessons_about, make_wrong  # noqa: E402
from reference_models.nano.packing import PackedSequences, Segment, pack_segments  # noqa: E402
from reference_models.nano.tower import FEATURE_WIDTH, TOWER_CONFIG  # noqa: E402
from reference_models.nano.vocabulary import BOS, IMAGE_TOKEN, token_id  # noqa: E402
from vlitqa.shapes.scenes import scene_of  # noqa: E402
from vlitqa.storage.places import SHIPPED  # noqa: E402

pytestmark = pytest.mark.model


def shipped_tokenizer() -> Any:
    return transformers.AutoTokenizer.from_pretrained(SHIPPED / "nano-llama")


def visible_tokens(packed: PackedSequences) -> list[list[bool]]:
    """For every token of the first row, whether it sees each token of that row."""
    visible: list[list[bool]] = (packed.attention_mask()[0, 0] == 0).tolist()
    return visible


def test_positions_segments_and_loss_weights_by_hand() -> None:
    first = Segment(token_ids=[7, 8, 9], loss_weights=[0, 1, 2], correctness=[0, 1, -1])
    second = Segment(token_ids=[5, 6], loss_weights=[0, 3], correctness=[0, 0])
    other_row = Segment(token_ids=[4], loss_weights=[0], correctness=[1])
    packed = pack_segments([[first, second], [other_row]], 2)
    assert packed.token_ids.tolist() == [[7, 8, 9, 5, 6], [4, 0, 0, 0, 0]]
    assert packed.segment_ids.tolist() == [[0, 0, 0, 1, 1], [0, -1, -1, -1, -1]]
    assert packed.position_ids.tolist() == [[0, 1, 2, 3, 4, 2, 3], [0, 1, 2, 0, 0, 0, 0]]
    positions = packed.loss_positions()
    assert positions.rows.tolist() == [0, 0, 0]
    assert positions.columns.tolist() == [0, 1, 3]
    assert positions.weights.tolist() == [1, 2, 3]
    assert packed.correctness.tolist() == [[0, 1, -1, 0, 0], [1, 0, 0, 0, 0]]
    visible = visible_tokens(packed)
    assert visible[5] == [True, True, False, False, False, True, False], (
        "a segment sees the picture and itself, no other segment"
    )
    assert visible[6] == [True, True, False, False, False, True, True]


def test_a_segment_behind_the_beginning_of_another_sees_that_beginning_and_goes_on_from_it() -> None:
    first = Segment(token_ids=[7, 8, 9], loss_weights=[0, 1, 1], correctness=[0, 1, 1])
    second = Segment(token_ids=[5, 6], loss_weights=[0, 0], correctness=[-1, -1], prefix_segment=0, prefix_length=2)
    packed = pack_segments([[first, second]], 1)
    assert packed.position_ids.tolist() == [[0, 1, 2, 3, 3, 4]]
    visible = visible_tokens(packed)
    assert visible[4] == [True, True, True, False, True, False]
    assert visible[5] == [True, True, True, False, True, True]
    assert visible[3] == [True, True, True, True, False, False]


def test_a_packed_lesson_costs_what_it_costs_alone() -> None:
    torch.manual_seed(0)
    tower: Any = transformers.CLIPVisionModel(transformers.CLIPVisionConfig.from_dict(TOWER_CONFIG))
    model = assemble_llava(tower, ARCHITECTURES["llama"]()).eval()
    tokenizer, dice = shipped_tokenizer(), random.Random(0)
    pixels = render_pixels([scene_of(3, number) for number in range(2)])
    rows = [segments_of(lessons_about(number, 3, dice, 3), tokenizer, dice) for number in range(2)]
    error_head = torch.nn.Linear(FEATURE_WIDTH, 1)
    cost = weight = 0.0
    error_losses: list[float] = []
    for picture, segments in zip(torch.from_numpy(pixels), rows, strict=True):
        for segment in segments:
            before = [token_id(BOS), *[token_id(IMAGE_TOKEN)] * PATCH_COUNT]
            if segment.prefix_segment is not None:
                before += segments[segment.prefix_segment].token_ids[: segment.prefix_length]
            token_ids = torch.tensor([before + segment.token_ids])
            output = model(input_ids=token_ids, pixel_values=picture[None], output_hidden_states=True)
            losses = torch.nn.functional.cross_entropy(
                output.logits[0, len(before) - 1 : -1], torch.tensor(segment.token_ids), reduction="none"
            )
            cost += float((losses.detach() * torch.tensor(segment.loss_weights)).sum())
            weight += sum(segment.loss_weights)
            logits = error_head(output.hidden_states[ERROR_HEAD_LAYER][0, len(before) :])[:, 0].tolist()
            error_losses += [
                math.log1p(math.exp(label * logit))
                for label, logit in zip(segment.correctness, logits, strict=True)
                if label
            ]
    expected = cost / weight + sum(error_losses) / len(error_losses)
    assert loss_of_segments(model, error_head, pixels, rows).item() == pytest.approx(expected, abs=1e-5)


def test_an_answer_is_wrong_from_its_wrong_word_on() -> None:
    right = Lesson(
        scene_number=0,
        kind="colour",
        instruction="What colour is the star?",
        answer="The star is red.",
        is_right=True,
        negative_words=(NegativeWord(12, "blue"), NegativeWord(4, "cross")),
    )
    wrong = make_wrong(right, "The star is blue.")
    tokenizer = shipped_tokenizer()
    for lesson, expected in ((right, [1] * 5), (wrong, [1, 1, 1, -1, -1])):
        segment, *negatives = segments_of([lesson], tokenizer, random.Random(0), answers_only=True)
        assert [label for label in segment.correctness if label] == expected
        assert sum(segment.loss_weights) == (6 if lesson.is_right else 0), "five words and the end, if they are right"
        texts = [
            tokenizer.decode(segment.token_ids[: negative.prefix_length] + negative.token_ids) for negative in negatives
        ]
        endings = [": The star is blue", "\nAnswer: The cross"] if lesson.is_right else []
        assert [text[-18:] for text in texts] == endings
        assert all(set(negative.correctness) == {-1} and sum(negative.loss_weights) == 0 for negative in negatives)


def test_of_a_place_only_what_differs_is_wrong() -> None:
    lesson = Lesson(
        scene_number=0,
        kind="place",
        instruction="Where is the star?",
        answer="top left",
        is_right=True,
        negative_words=(NegativeWord(0, "top right"),),
    )
    tokenizer = shipped_tokenizer()
    segment, *negatives = segments_of([lesson], tokenizer, random.Random(0), answers_only=True)
    assert [tokenizer.decode(negative.token_ids) for negative in negatives] == [" right"]
    assert tokenizer.decode(segment.token_ids[: negatives[0].prefix_length]).endswith("Answer: top")
