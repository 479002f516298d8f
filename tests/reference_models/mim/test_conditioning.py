"""Hidden states that become the conditioning of a diffusion model, in place of a description."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("diffusers", reason="pip install 'vlitqa[models]'")

from transformers import Blip2QFormerConfig, LlamaModel  # noqa: E402

from reference_models.mim.conditioning import (  # noqa: E402
    Conditioning,
    ConditioningQFormer,
    ConditioningShape,
    conditioning_loss,
    conditioning_shape,
    encode_captions,
)
from reference_models.mim.painter import DiffusionPainter, DrawingSettings, load_painter  # noqa: E402
from reference_models.mim.presets import make_tiny_mim  # noqa: E402
from reference_models.mim.state_spans import DrawnSpan, drawn_spans, gather_states  # noqa: E402
from reference_models.training.attention import DocumentSpans  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from tests.given.tiny_pipelines import save_tiny_sd, save_tiny_sdxl  # noqa: E402
from vlitqa.contracts.models import Document, PackedBatch  # noqa: E402
from vlitqa.errors import UsageError  # noqa: E402

pytestmark = pytest.mark.model
STATE_WIDTH = 128
XL = ConditioningShape(77, 64, 32)
IMG, PROMPT = 9, (10, 11, 12, 13)
"""Tokens of the vocabulary that stand for those that begin a picture."""
CAPTIONS = ("a red cat", "two dogs in the snow")


@pytest.fixture(scope="module")
def painters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, DiffusionPainter]:
    folder, settings = tmp_path_factory.mktemp("pipelines"), DrawingSettings(steps=5)
    save_tiny_sdxl(folder)
    save_tiny_sd(folder / "sd")
    base, refiner = str(folder / "base"), str(folder / "refiner")
    return {
        "base": load_painter(base, settings=settings),
        "refined": load_painter(base, refiner, settings),
        "sd": load_painter(str(folder / "sd"), settings=settings),
    }


def make_qformer(shape: ConditioningShape = XL, seed: int = 0) -> ConditioningQFormer:
    torch.manual_seed(seed)
    config = Blip2QFormerConfig(
        hidden_size=48,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        encoder_hidden_size=STATE_WIDTH,
    )
    return ConditioningQFormer(config, shape).eval()


def document_of(*token_ids: int) -> Document:
    return Document(token_ids=np.array(token_ids, np.int32), is_target=np.ones(len(token_ids), bool))


def pack(*rows: Sequence[Document]) -> PackedBatch:
    return batch_rows([list(row) for row in rows], [])


def language_model() -> LlamaModel:
    return make_tiny_mim().network.language_model.model


def states_of(model: LlamaModel, batch: PackedBatch) -> torch.Tensor:
    states: torch.Tensor = model(
        input_ids=batch.token_ids, position_ids=batch.positions, documents=DocumentSpans.of(batch), use_cache=False
    ).last_hidden_state
    return states


START, END = 20, 21


def drawing_document(*token_ids: int, captions: Sequence[Sequence[int]]) -> Document:
    """A document in which `IMG` stands for pictures that are drawn, each with a caption behind the document."""
    texts = [(START, *caption, END) for caption in captions]
    ids = [*token_ids, *(token for text in texts for token in text)]
    numbers = np.repeat(np.arange(-1, len(texts)), [len(token_ids), *map(len, texts)]).astype(np.int32)
    forks = tuple(place for place, token in enumerate(token_ids) if token == IMG)
    return Document(
        token_ids=np.array(ids, np.int32), is_target=np.ones(len(ids), bool), continuation_ids=numbers, forks=forks
    )


FIRST = drawing_document(1, 40, 41, IMG, 42, IMG, 2, captions=[(60, 61), (62,)])
SECOND = drawing_document(1, 50, *PROMPT, IMG, 2, captions=[(63,)])


def test_a_picture_is_drawn_by_all_states_of_its_document_before_it_or_by_its_run() -> None:
    batch = pack([FIRST, SECOND], [SECOND])
    of_first = [DrawnSpan(0, 0, 3, (60, 61)), DrawnSpan(0, 0, 5, (62,))]
    second = len(FIRST)
    history = [*of_first, DrawnSpan(0, second, second + 6, (63,)), DrawnSpan(1, 0, 6, (63,))]
    assert drawn_spans(batch, START, END, 0) == history
    runs = [DrawnSpan(0, second + 2, second + 6, (63,)), DrawnSpan(1, 2, 6, (63,))]
    assert drawn_spans(batch, START, END, len(PROMPT))[2:] == runs
    assert drawn_spans(pack([document_of(1, 40, 2)]), START, END, 0) == []


def test_gathered_states_are_padded_to_the_longest_span() -> None:
    states = torch.arange(24.0).view(2, 6, 2)
    gathered, is_read = gather_states(states, [DrawnSpan(1, 2, 3, ()), DrawnSpan(0, 0, 3, ())])
    assert gathered.tolist() == [[[16, 17], [0, 0], [0, 0]], [[0, 1], [2, 3], [4, 5]]]
    assert is_read.tolist() == [[True, False, False], [True, True, True]]


@pytest.mark.parametrize("shape", [XL, ConditioningShape(77, 32, None), ConditioningShape(77, 2048, 1280)])
def test_states_become_a_conditioning_of_the_shape_that_is_read(shape: ConditioningShape) -> None:
    conditioning = make_qformer(shape)(torch.randn(3, 5, STATE_WIDTH), torch.ones(3, 5, dtype=torch.bool))
    assert conditioning.shape == shape
    assert len(conditioning.tokens) == 3


def test_queries_gather_different_things() -> None:
    conditioning = make_qformer()(torch.randn(1, 5, STATE_WIDTH), torch.ones(1, 5, dtype=torch.bool))
    assert conditioning.tokens[0].std(0).min() > 1e-3


def test_padding_and_other_rows_change_nothing() -> None:
    qformer, states = make_qformer(), torch.randn(2, 7, STATE_WIDTH)
    is_read = torch.arange(7) < torch.tensor([[4], [7]])
    alone = qformer(states[:1, :4], torch.ones(1, 4, dtype=torch.bool))
    states[0, 4:] = 1e3
    together = qformer(states, is_read)
    torch.testing.assert_close(together.tokens[:1], alone.tokens, atol=1e-5, rtol=0)
    torch.testing.assert_close(together.pooled[:1], alone.pooled, atol=1e-5, rtol=0)
    states[0, 3] += 1
    assert (qformer(states, is_read).tokens[0] - alone.tokens[0]).abs().max() > 1e-3


@pytest.mark.parametrize("variant", ["history", "prompt"])
def test_the_gradient_reaches_what_the_picture_is_drawn_by_and_nothing_else(variant: str) -> None:
    model, document = language_model(), drawing_document(1, 40, 41, *PROMPT, IMG, 2, captions=[(60,)])
    batch = pack([document, document_of(1, 50, 51, 52)])
    spans = drawn_spans(batch, START, END, 0 if variant == "history" else len(PROMPT))
    states = states_of(model, batch)
    states.retain_grad()
    target = Conditioning(torch.randn(1, 77, 64), torch.randn(1, 32))
    conditioning_loss(make_qformer()(*gather_states(states, spans)), target).backward()
    (span,) = spans
    has_gradient = states.grad.abs().sum(-1)[0] > 0
    assert has_gradient.nonzero()[:, 0].tolist() == list(range(span.start, span.stop))
    assert all(weight.grad is not None for weight in model.layers.parameters())
    assert model.embed_tokens.weight.grad[50:53].abs().sum() == 0, "the other document"
    assert model.embed_tokens.weight.grad[40].abs().sum() > 0


def test_the_loss_is_the_mean_squared_error_of_both_parts() -> None:
    zeros = Conditioning(torch.zeros(1, 77, 64), torch.zeros(1, 32))
    assert conditioning_loss(zeros, Conditioning(torch.full((1, 77, 64), 2.0), torch.ones(1, 32))) == 4 + 1
    assert conditioning_loss(Conditioning(zeros.tokens, None), Conditioning(zeros.tokens + 3, None)) == 9


def test_the_target_is_what_the_text_encoders_say(painters: dict[str, DiffusionPainter]) -> None:
    pipeline = painters["base"].pipeline
    target = encode_captions(pipeline, CAPTIONS)
    assert target.shape == conditioning_shape(pipeline) == XL
    ids = pipeline.tokenizer(list(CAPTIONS), padding="max_length", max_length=77, return_tensors="pt").input_ids
    with torch.no_grad():
        first = pipeline.text_encoder(ids, output_hidden_states=True)
        second = pipeline.text_encoder_2(ids, output_hidden_states=True)
    torch.testing.assert_close(target.tokens, torch.cat([first.hidden_states[-2], second.hidden_states[-2]], -1))
    torch.testing.assert_close(target.pooled, second.text_embeds)
    assert not target.tokens.requires_grad
    assert conditioning_shape(painters["sd"].pipeline) == ConditioningShape(77, 32, None)


@pytest.mark.parametrize("name", ["base", "refined", "sd"])
def test_a_picture_of_the_conditioning_is_that_of_the_words(painters: dict[str, DiffusionPainter], name: str) -> None:
    painter = painters[name]
    pictures = [painter.paint_conditioning(encode_captions(painter.pipeline, [caption])) for caption in CAPTIONS]
    assert [picture.digest for picture in pictures] == [painter.paint(caption).digest for caption in CAPTIONS]


def test_a_conditioning_of_another_model_or_of_several_pictures_is_refused(
    painters: dict[str, DiffusionPainter],
) -> None:
    of_sd = encode_captions(painters["sd"].pipeline, ["a cat"])
    with pytest.raises(UsageError, match="does not fit"):
        painters["base"].paint_conditioning(of_sd)
    with pytest.raises(UsageError, match="of 2 pictures"):
        painters["sd"].paint_conditioning(encode_captions(painters["sd"].pipeline, CAPTIONS))
