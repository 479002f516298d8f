"""The processes that tune one model together, as `torchrun` starts them: who is first, and what they tell others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, distributed
from torch.distributed.fsdp import FSDPModule

from vlitqa.errors import RunError, UsageError

_PATIENCE = timedelta(hours=1)
"""Others wait so long for the first, which answers and saves alone."""


@dataclass(frozen=True, slots=True)
class Processes:
    """The number of this process, counted from 0, and of how many; one alone has nobody to talk to."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """True for the one that prints and writes."""
        return self.rank == 0

    @property
    def are_several(self) -> bool:
        """True where the work is shared."""
        return self.count > 1

    def sum(self, value: Tensor) -> Tensor:
        """The sum of a value of every process, in the place of the value."""
        if self.are_several:
            distributed.all_reduce(value)
        return value

    def gather(self, message: bytes) -> list[bytes]:
        """The messages of all processes, in their order."""
        if not self.are_several:
            return [message]
        lengths = [torch.zeros(1, dtype=torch.int64) for _ in range(self.count)]
        distributed.all_gather(lengths, torch.tensor([len(message)]))
        longest = max(int(length) for length in lengths)
        sent = torch.frombuffer(bytearray(message.ljust(longest + 1)), dtype=torch.uint8)  # (longest + 1,)
        texts = [torch.zeros_like(sent) for _ in range(self.count)]
        distributed.all_gather(texts, sent)
        return [text.numpy().tobytes()[: int(length)] for text, length in zip(texts, lengths, strict=True)]

    def hear_first(self, message: bytes = b"") -> bytes:
        """The message of the first process, for which the others wait."""
        return self.gather(message)[0]

    def first_says(self, decision: bool) -> bool:  # noqa: FBT001 - the decision of this process
        """The decision of the first process, by which all go."""
        return self.hear_first(b"x" if decision else b"") == b"x"


ONE_PROCESS = Processes()


@contextmanager
def join_processes() -> Iterator[Processes]:
    """Joins the other processes that `torchrun` started until the block ends; nothing happens without any."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield ONE_PROCESS
        return
    _refuse_early_torch()
    if torch.cuda.is_available():
        _take_gpu(int(os.environ["LOCAL_RANK"]))
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    distributed.init_process_group(backend, timeout=_PATIENCE)
    processes = Processes(int(os.environ["RANK"]), count)
    try:
        yield processes
        processes.hear_first()  # it has saved the model
    except RuntimeError as error:
        if isinstance(error, distributed.DistError) or "gloo" in str(error):
            repair = "Repeat the command: it goes on from the last checkpoint."
            raise RunError("Another process of this tuning ended.", repair=repair) from None
        raise
    distributed.destroy_process_group()  # not after an error, when it would wait for the others


def _refuse_early_torch() -> None:
    """Raises UsageError for a torch that cannot leave parameters alone which nothing in a step moves."""
    if not hasattr(FSDPModule, "set_reduce_scatter_unused_params"):
        repair = "Install torch 2.14 or a later one, or tune in one process."
        raise UsageError(f"Several processes cannot tune a model with torch {torch.__version__}.", repair=repair)


def _take_gpu(place: int) -> None:
    """Lets this process compute on the GPU of its place."""
    count = torch.cuda.device_count()
    if place >= count:
        message = f"More processes were started than this machine has GPUs, which are {count}."
        raise UsageError(message, repair=f"torchrun --nproc-per-node {count}")
    torch.cuda.set_device(place)
