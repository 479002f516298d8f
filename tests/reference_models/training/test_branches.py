"""Texts that go on from the middle of a document, as captions of its images do, and see nothing behind it."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from torch import Tensor  # noqa: E402

from reference_models.catalogue import choose_model  # noqa: E402
from reference_models.training.attention import DocumentSpans  # noqa: E402
from reference_models.training.packing import attention_mask, batch_rows  # noqa: E402
from vlitqa.contracts.models import Document, PackedBatch  # noqa: E402

pytestmark = pytest.mark.model

TEXT, SHORT, LONG = np.arange(40, 52), np.arange(70, 73), np.arange(80, 86)
FORKS = (4, 9)


def document(text: np.ndarray, *branches: np.ndarray, forks: tuple[int, ...] = ()) -> Document:
    lengths = [len(text), *map(len, branches)]
    return Document(
        token_ids=np.concatenate([text, *branches]).astype(np.int32),
        is_target=np.zeros(sum(lengths), bool),
        continuation_ids=np.repeat(np.arange(-1, len(branches), dtype=np.int32), lengths),
        forks=forks,
    )


def states_of(batch: PackedBatch) -> Tensor:
    """The states of all tokens of a batch in a tiny language model.  # (rows, tokens, width)"""
    language_model = choose_model("llava", "tiny").open().module.model.language_model
    embeddings = language_model.get_input_embeddings()(batch.token_ids)  # (rows, tokens, width)
    with torch.no_grad():
        states: Tensor = language_model(
            inputs_embeds=embeddings,
            position_ids=batch.positions,
            documents=DocumentSpans.of(batch),
            use_cache=False,
        ).last_hidden_state  # (rows, tokens, width)
    return states


def alone(*parts: np.ndarray) -> Tensor:
    """The states of a text without branches, as long as its last part is.  # (tokens, width)"""
    return states_of(batch_rows([[document(np.concatenate(parts))]], []))[0, -len(parts[-1]) :]


BRANCHED = document(TEXT, SHORT, LONG, forks=FORKS)


def test_a_branch_goes_on_from_its_fork_and_the_text_knows_nothing_of_it() -> None:
    batch = batch_rows([[document(TEXT[::-1]), BRANCHED], [BRANCHED]], [])
    states = states_of(batch)
    for of_document in (states[0, len(TEXT) :], states[1, : len(BRANCHED)]):
        text, short, long = torch.split(of_document, [len(TEXT), len(SHORT), len(LONG)])
        torch.testing.assert_close(text, alone(TEXT), atol=1e-5, rtol=0)
        torch.testing.assert_close(short, alone(TEXT[: FORKS[0]], SHORT), atol=1e-5, rtol=0)
        torch.testing.assert_close(long, alone(TEXT[: FORKS[1]], LONG), atol=1e-5, rtol=0)


def test_a_branch_does_not_change_with_another_one() -> None:
    other = document(TEXT, SHORT[::-1], LONG, forks=FORKS)
    ours, theirs = (states_of(batch_rows([[record]], []))[0] for record in (BRANCHED, other))
    assert torch.equal(ours[-len(LONG) :], theirs[-len(LONG) :])
    assert not torch.equal(ours[len(TEXT) : len(TEXT) + len(SHORT)], theirs[len(TEXT) : len(TEXT) + len(SHORT)])


def test_the_mask_of_whole_rows_says_the_same() -> None:
    sees = attention_mask(batch_rows([[BRANCHED]], []))[0, 0]
    of_text, of_short, of_long = torch.split(sees, [len(TEXT), len(SHORT), len(LONG)])
    assert of_text.sum(1).tolist() == list(range(1, len(TEXT) + 1))
    assert of_short[:, : len(TEXT)].sum(1).tolist() == [FORKS[0]] * len(SHORT)
    assert of_long[:, : len(TEXT)].sum(1).tolist() == [FORKS[1]] * len(LONG)
    assert not of_short[:, -len(LONG) :].any()
    assert not of_long[:, len(TEXT) : -len(LONG)].any()
    assert of_long[:, -len(LONG) :].sum(1).tolist() == list(range(1, len(LONG) + 1))


def test_a_branch_takes_the_places_behind_its_fork() -> None:
    positions = batch_rows([[BRANCHED]], []).positions[0]
    short, long = positions[len(TEXT) : len(TEXT) + len(SHORT)], positions[-len(LONG) :]
    assert short.tolist() == [4, 5, 6]
    assert long.tolist() == [9, 10, 11, 12, 13, 14]
