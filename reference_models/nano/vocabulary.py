"""A tokenizer of the shapes world's words: any other text is read byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from reference_models.nano.lessons import BRIEF
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.datasets import MAKERS, records_of
from vlitqa.shapes.questions import questions_about
from vlitqa.shapes.scenes import scene_of

SIZE = 1024
BEGIN, END, FILL, IMAGE = "<s>", "</s>", "<pad>", "<image>"
SPECIAL = (FILL, BEGIN, END, IMAGE)
"""In the order of their numbers, from 0."""
_ROWS, _SCENES = 1_500, 4_000


def texts_of_the_world(seed: int) -> Iterator[str]:
    """What is said in it: captions, questions, answers, and the turns of every dataset."""
    for number in range(_SCENES):
        scene = scene_of(seed, number)
        yield caption_of(scene)
        for asked in islice(questions_about(scene), number % 7, None, 7):
            yield f"{asked.text} {asked.sentence} {BRIEF} {asked.answer}"
    for name in MAKERS:
        for record in records_of(name, seed, _ROWS):
            yield record.text()
    for number in range(_SCENES):
        yield f'Instruction: x\n\nAnswer: x\nRight?\n{{"answer": "{("correct", "incorrect")[number % 2]}"}}'
        yield f'Instruction: x\n\nAnswer: x\nGrade?\n{{"answer": "{1 + number % 10}"}}'


def made_tokenizer(seed: int = 0) -> Any:
    """Learns the tokenizer, one of transformers."""
    import tokenizers
    import transformers

    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=SIZE,
        special_tokens=list(SPECIAL),
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    model.train_from_iterator(texts_of_the_world(seed), trainer)
    model.post_processor = tokenizers.processors.TemplateProcessing(
        single=f"{BEGIN} $A {END}", special_tokens=[(BEGIN, SPECIAL.index(BEGIN)), (END, SPECIAL.index(END))]
    )
    library: Any = transformers  # parts of it have no types
    return library.PreTrainedTokenizerFast(
        tokenizer_object=model, bos_token=BEGIN, eos_token=END, pad_token=FILL, additional_special_tokens=[IMAGE]
    )
