"""What a GPU computes is what a processor computes, and where its memory ends, a sentence says what to do.

It is skipped where there is none.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

if not torch.cuda.is_available():
    pytest.skip("there is no GPU", allow_module_level=True)

from torch import Tensor  # noqa: E402

from reference_models.training.attention import DocumentSpans, attend_packed  # noqa: E402
from reference_models.training.devices import move_to_device  # noqa: E402
from reference_models.training.memory import Precision  # noqa: E402
from reference_models.training.precision import compute_in  # noqa: E402
from reference_models.training.processes import Processes  # noqa: E402
from tests.given.shared_tunings import losses_of_case  # noqa: E402
from tests.given.tiny_tunings import tuning_of  # noqa: E402
from vlitqa.contracts.models import PackedBatch  # noqa: E402
from vlitqa.errors import RunError  # noqa: E402

pytestmark = pytest.mark.model

LENGTHS = (70, 1, 33, 152)


def packed_row() -> PackedBatch:
    """One row of four documents, of which attention looks at the places alone."""
    ids = torch.repeat_interleave(torch.arange(len(LENGTHS)), torch.tensor(LENGTHS))[None].cuda()  # (1, tokens)
    none = torch.zeros_like(ids)
    return PackedBatch(
        token_ids=ids,
        document_ids=ids,
        positions=none,
        is_target=none.bool(),
        continuation_ids=none - 1,
        forks=none,
        pixels=none.float(),
        picture_of_image=none,
        document_of_image=none,
    )


def read_and_gradients(documents: DocumentSpans, states: list[Tensor]) -> list[Tensor]:
    """What all tokens read, and the gradients of queries, keys and values."""
    leaves = [state.clone().requires_grad_() for state in states]
    read, _ = attend_packed(torch.nn.Identity(), *leaves, None, scaling=0.125, documents=documents)
    read.float().square().sum().backward()
    return [read.float(), *(leaf.grad.float() for leaf in leaves if leaf.grad is not None)]


@pytest.mark.parametrize("key_heads", [8, 2])
def test_the_kernel_of_short_numbers_reads_what_single_precision_reads(key_heads: int) -> None:
    torch.manual_seed(0)
    heads = (8, key_heads, key_heads)
    states = [torch.randn(1, count, sum(LENGTHS), 64, device="cuda").bfloat16() for count in heads]
    documents = DocumentSpans.of(packed_row())
    expected = read_and_gradients(documents, [state.float() for state in states])
    for part, whole in zip(read_and_gradients(documents, states), expected, strict=True):
        assert float((part - whole).abs().max() / whole.abs().max()) < 0.02


def losses(precision: Precision, folder: Path, *, on_gpu: bool) -> list[float]:
    tuning = replace(tuning_of(), precision=precision)
    if on_gpu:
        move_to_device(tuning.model.module)
    compute_in(precision, tuning.model.module)
    return [step.loss for step in tuning.run(folder / f"{precision}-{on_gpu}", list[str]().append)]


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-3), ("mixed", 0.02), ("bfloat16", 0.05)])
def test_a_gpu_learns_what_a_processor_learns(precision: Precision, tolerance: float, tmp_path: Path) -> None:
    expected = losses("float32", tmp_path, on_gpu=False)
    assert losses(precision, tmp_path, on_gpu=True) == pytest.approx(expected, rel=tolerance)


def test_a_tuning_that_does_not_fit_says_what_to_write(tmp_path: Path) -> None:
    tuning = tuning_of()
    move_to_device(tuning.model.module)
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + (1 << 20)) / total)
    try:
        with pytest.raises(RunError, match="the GPU has too little memory for 8,192 tokens at once") as refusal:
            tuning.run(tmp_path, list[str]().append)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert "--tokens-at-once" in refusal.value.repair


class SharedByOne(Processes):
    """One process that works as one of several does."""

    @property
    def are_several(self) -> bool:
        return True


@pytest.mark.parametrize("case", ["llava", "mixed", "muon"])
def test_a_model_that_is_sharded_over_nccl_learns_what_a_whole_one_learns(case: str, tmp_path: Path) -> None:
    expected = losses_of_case(case, tmp_path / "whole")
    meeting = f"file://{tmp_path / 'meeting'}"
    torch.distributed.init_process_group("cpu:gloo,cuda:nccl", init_method=meeting, rank=0, world_size=1)
    try:
        sharded = losses_of_case(case, tmp_path / "sharded", SharedByOne())
    finally:
        torch.distributed.destroy_process_group()
    assert sharded == pytest.approx(expected, rel=0.02 if case == "mixed" else 1e-3)
