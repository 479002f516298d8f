"""The tokenizer of the nano models: it knows the words of the shapes world and reads any other text byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice

import tokenizers
from transformers import PreTrainedTokenizerFast

from reference_models.nano.lessons import SHORT_ANSWER_REQUEST
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.datasets import MAKERS, records_of
from vlitqa.shapes.questions import questions_about
from vlitqa.shapes.scenes import scene_of

VOCABULARY_SIZE = 1024
BOS, EOS, PAD, IMAGE_TOKEN = "<s>", "</s>", "<pad>", "<image>"
SPECIAL_TOKENS = (PAD, BOS, EOS, IMAGE_TOKEN)
"""The special tokens in the order of their ids, from 0."""
_RECORDS_PER_DATASET, _SCENES = 1_500, 4_000


def token_id(special_token: str) -> int:
    """The id of a special token."""
    return SPECIAL_TOKENS.index(special_token)


def corpus_texts(seed: int) -> Iterator[str]:
    """Yields the texts of the shapes world: captions, questions, answers, verdicts, and records of every dataset."""
    for number in range(_SCENES):
        scene = scene_of(seed, number)
        yield caption_of(scene)
        for question in islice(questions_about(scene), number % 7, None, 7):
            yield f"{question.text} {question.sentence} {SHORT_ANSWER_REQUEST} {question.answer}"
    for name in MAKERS:
        for record in records_of(name, seed, _RECORDS_PER_DATASET):
            yield record.text()
    for number in range(_SCENES):
        yield f'Instruction: x\n\nAnswer: x\nRight?\n{{"answer": "{("correct", "incorrect")[number % 2]}"}}'
        yield f'Instruction: x\n\nAnswer: x\nGrade?\n{{"answer": "{1 + number % 10}"}}'


def train_tokenizer(seed: int = 0) -> PreTrainedTokenizerFast:
    """Trains a byte-level BPE tokenizer on the texts of the shapes world, once in a process; nobody shares it."""
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizers.Tokenizer.from_str(_trained_model(seed)),
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        additional_special_tokens=[IMAGE_TOKEN],
    )


@cache
def _trained_model(seed: int) -> str:
    """The vocabulary, merges and settings of the tokenizer, as JSON."""
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    model.train_from_iterator(corpus_texts(seed), trainer)
    model.post_processor = tokenizers.processors.TemplateProcessing(
        single=f"{BOS} $A {EOS}", special_tokens=[(BOS, token_id(BOS)), (EOS, token_id(EOS))]
    )
    serialized: str = model.to_str()
    return serialized
