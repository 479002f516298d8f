"""The batches of each step: which examples it takes, how they are packed, and their pictures, read one step ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reference_models.training.examples import Example, Examples
from reference_models.training.packing import batch_rows, pack_lengths, share_lengths, to_device
from reference_models.training.processes import ONE_PROCESS, Processes
from reference_models.training.prompts import LossModel, device_of
from vlitqa.contracts.models import PackedBatch, ReferenceModel
from vlitqa.contracts.tools import Images
from vlitqa.errors import ImageFault
from vlitqa.records import Reject


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """How many examples a step takes, and how many tokens are computed at once."""

    batch_size: int
    seed: int
    tokens_per_row: int = 256
    """The room of a row of packed documents where longer rows cost more attention than they save padding.

    If a document is longer, all rows have room for it.
    """
    tokens_at_once: int = 8_192
    """The most tokens of the rows that are computed together."""
    is_packed: bool = True
    """False puts each document into a row of its own, for comparison."""


@dataclass(frozen=True, slots=True)
class LoadedExample:
    """An example with the pixels of its images."""

    example: Example
    pixels: Sequence[Tensor]


class Share(msgspec.Struct, frozen=True):
    """What a process tells others of its share of a step."""

    batches: int
    left_out: list[Reject]
    """Examples whose pictures are damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBatches:
    """The batches of one step that this process computes."""

    batches: Sequence[PackedBatch]
    fillers: Sequence[PackedBatch]
    """Those that count nothing, and let this process compute as many as the others."""
    examples: Sequence[Example]
    """Those of all processes."""

    @property
    def tokens(self) -> int:
        """The number of tokens of all documents, without padding."""
        return sum(len(example.document) for example in self.examples)

    @property
    def targets(self) -> int:
        """The number of tokens that are learned, by which the loss of the step is divided."""
        return sum(int(example.document.is_target.sum()) for example in self.examples)

    @property
    def has_pictures(self) -> bool:
        """True where an example of any process has some."""
        return any(example.document.images for example in self.examples)

    def losses(self, model: LossModel) -> Iterator[Tensor]:
        """Yields the part of the step's loss that each batch has."""
        targets, device = self.targets, device_of(model)
        for batch in self.batches:
            yield model.losses(to_device(batch, device)).sum() / targets  # ()
        for batch in self.fillers:
            yield model.losses(to_device(batch, device)).sum() * 0  # ()


class BatchSource:
    """Gives the batches of any step; the same for a seed, wherever a training goes on."""

    def __init__(
        self,
        examples: Examples,
        model: ReferenceModel,
        images: Images,
        plan: BatchPlan,
        processes: Processes = ONE_PROCESS,
    ) -> None:
        self._examples, self._model, self._images, self.plan = examples, model, images, plan
        self._processes = processes
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._ahead: dict[int, Future[tuple[list[LoadedExample], list[Reject]]]] = {}
        self._order = lru_cache(maxsize=2)(self._order_of_epoch)

    def step(self, step: int) -> StepBatches:
        """The batches of a step, counted from 0; begins to read the pictures of the next one."""
        loading = self._ahead.pop(step, None) or self._reader.submit(self._load, step)
        loaded, damaged = loading.result()
        self._ahead = {step + 1: self._reader.submit(self._load, step + 1)}
        lengths = [len(item.example.document) for item in loaded]
        plan = self.plan
        room = max(plan.tokens_at_once if self._model.skips_other_documents else plan.tokens_per_row, *lengths, 1)
        rows = pack_lengths(lengths, room) if plan.is_packed else [[place] for place in range(len(loaded))]
        batches = [_batch(part, loaded) for part in self._parts(rows, lengths)]
        shares = self._exchange(Share(len(batches), damaged))
        left_out = {reject.place.row for share in shares for reject in share.left_out}
        examples = [self._examples.learnable[place] for place in self._places(step)]
        if left_out:
            examples = [example for example in examples if example.record.place.row not in left_out]
        missing = max(share.batches for share in shares) - len(batches)
        fillers = [self._filler(examples)] * missing if missing else []
        return StepBatches(batches=batches, fillers=fillers, examples=examples)

    def batch_of(self, example: Example) -> PackedBatch:
        """The batch of one example alone."""
        return _batch([[0]], [self._load_example(example)])

    def close(self) -> None:
        """Stops reading ahead."""
        self._reader.shutdown(wait=True, cancel_futures=True)

    def _parts(self, rows: Sequence[Sequence[int]], lengths: Sequence[int]) -> Iterator[list[Sequence[int]]]:
        """Yields rows that are computed together."""
        part: list[Sequence[int]] = []
        width = 0
        for row in rows:
            wider = max(width, sum(lengths[place] for place in row))
            if part and wider * (len(part) + 1) > self.plan.tokens_at_once:
                yield part
                part, wider = [], sum(lengths[place] for place in row)
            part.append(row)
            width = wider
        if part:
            yield part

    def _exchange(self, share: Share) -> list[Share]:
        """The shares of all processes; notes the examples that any of them left out."""
        messages = self._processes.gather(msgspec.json.encode(share))
        shares = [msgspec.json.decode(message, type=Share) for message in messages]
        for one in shares:
            self._examples.leave_out(one.left_out)
        return shares

    def _filler(self, examples: Sequence[Example]) -> PackedBatch:
        """The batch of the shortest of some examples, with black pictures, which are always there."""
        document = min((example.document for example in examples), key=len)
        side = self._model.picture_side
        return batch_rows([[document]], [torch.zeros(3, side, side) for _ in document.images])

    def _load(self, step: int) -> tuple[list[LoadedExample], list[Reject]]:
        """Reads the pictures of this process's examples of a step; leaves out those whose picture is damaged."""
        examples = [self._examples.learnable[place] for place in self._places(step)]
        shares = share_lengths([len(example.document) for example in examples], self._processes.count)
        loaded, damaged = list[LoadedExample](), list[Reject]()
        for example in (examples[position] for position in shares[self._processes.rank]):
            try:
                loaded.append(self._load_example(example))
            except ImageFault as fault:
                damaged.append(Reject(example.record.place, fault.code, fault.reason))
        return loaded, damaged

    def _load_example(self, example: Example) -> LoadedExample:
        refs = [example.record.images[image] for image in example.document.images]
        return LoadedExample(
            example, [self._model.pixels(self._images.look(ref, self._model.picture_side)) for ref in refs]
        )

    def _places(self, step: int) -> Iterator[int]:
        """The places of the examples of a step: epoch after epoch, each in an order of its own."""
        count = len(self._examples.learnable)
        for number in range(step * self.plan.batch_size, (step + 1) * self.plan.batch_size):
            yield int(self._order(number // count)[number % count])

    def _order_of_epoch(self, epoch: int) -> NDArray[np.int64]:
        return np.random.default_rng([self.plan.seed, epoch]).permutation(len(self._examples.learnable))


def _batch(rows: Sequence[Sequence[int]], loaded: Sequence[LoadedExample]) -> PackedBatch:
    documents = [[loaded[place].example.document for place in row] for row in rows]
    return batch_rows(documents, [pixels for row in rows for place in row for pixels in loaded[place].pixels])
