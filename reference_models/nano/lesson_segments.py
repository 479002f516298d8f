"""The segments of packed sequences that are made of lessons: answers, judgements, grades, and negative words."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from transformers import PreTrainedTokenizerFast

from reference_models.nano.language import GRADE_CUE, JUDGEMENT_CUE, judge_reply, lesson_text
from reference_models.nano.lessons import Lesson, count_common_prefix
from reference_models.nano.packing import Segment
from reference_models.nano.vocabulary import EOS
from vlitqa.metrics.accuracy import RIGHT, WRONG
from vlitqa.shapes.grades import GRADES

_ANSWER_SHARE, _JUDGEMENT_SHARE = 0.25, 0.7
"""The shares of lessons that are answered and judged; the rest are graded."""
_VERDICT_WEIGHT, _REPLY_WEIGHT = 8.0, 0.1
"""The loss weights of a verdict, and of what stands around it in a judge's reply."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a segment's text whose tokens have the same loss weight."""

    text: str
    loss_weight: float


def segments_of(
    lessons: Sequence[Lesson], tokenizer: PreTrainedTokenizerFast, dice: random.Random, *, answers_only: bool = False
) -> list[Segment]:
    """Tokenizes lessons about one picture: a segment for every lesson, followed by those of its negative words."""
    segments: list[Segment] = []
    for lesson in lessons:
        draw = dice.random()
        if answers_only or (draw < _ANSWER_SHARE and lesson.is_right):
            pieces = _answer_pieces(lesson)
        else:
            pieces = _verdict_pieces(lesson, is_graded=draw > _ANSWER_SHARE + _JUDGEMENT_SHARE)
        segments += _tokenize(lesson, pieces, tokenizer, segment_id=len(segments))
    return segments


def _answer_pieces(lesson: Lesson) -> list[_Piece]:
    """An instruction and its answer, which counts in the loss if it is right."""
    weight = float(lesson.is_right)
    instruction = lesson_text(lesson).removesuffix(lesson.answer)
    return [_Piece(instruction, 0.0), _Piece(lesson.answer, weight), _Piece(EOS, weight)]


def _verdict_pieces(lesson: Lesson, *, is_graded: bool) -> list[_Piece]:
    """An instruction, its answer, and a judge's reply about them."""
    verdict = str(GRADES[lesson.kind]) if is_graded else RIGHT if lesson.is_right else WRONG
    before, after = judge_reply(verdict).split(verdict)
    cue = GRADE_CUE if is_graded else JUDGEMENT_CUE
    instruction, answer, _ = _answer_pieces(lesson)
    reply = [_Piece(cue + before, _REPLY_WEIGHT), _Piece(verdict, _VERDICT_WEIGHT), _Piece(after, _REPLY_WEIGHT)]
    return [instruction, answer, *reply]


def _tokenize(
    lesson: Lesson, pieces: Sequence[_Piece], tokenizer: PreTrainedTokenizerFast, *, segment_id: int
) -> Iterator[Segment]:
    """Yields the segment of a lesson, which gets the id, and one for each of its negative words."""
    text = "".join(piece.text for piece in pieces)
    answer_start = len(pieces[0].text)
    encoding = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    token_ids: list[int] = encoding.input_ids
    token_ends = np.array([end for _, end in encoding.offset_mapping])  # (tokens,)
    piece_ends = np.cumsum([len(piece.text) for piece in pieces])  # (pieces,)
    piece_of_token = np.searchsorted(piece_ends, token_ends - 1, "right")  # (tokens,)
    wrong_from = len(text) if lesson.is_right else answer_start + lesson.wrong_from
    correctness = np.where(piece_of_token == 1, np.where(token_ends <= wrong_from, 1, -1), 0)  # (tokens,)
    yield Segment(
        token_ids=token_ids,
        loss_weights=[pieces[index].loss_weight for index in piece_of_token],
        correctness=correctness.tolist(),
    )
    for negative in lesson.negative_words:
        prefix_length = int((token_ends <= answer_start + negative.start).sum())
        word_ids = tokenizer(" " + negative.word, add_special_tokens=False).input_ids
        shared = count_common_prefix(word_ids, token_ids[prefix_length:])
        negative_ids = word_ids[shared:]
        yield Segment(
            token_ids=negative_ids,
            loss_weights=[0.0] * len(negative_ids),
            correctness=[-1] * len(negative_ids),
            prefix_segment=segment_id,
            prefix_length=prefix_length + shared,
        )
