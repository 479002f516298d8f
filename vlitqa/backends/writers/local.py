"""A writer on this machine: a causal language model of transformers with a chat format, or the nano writer."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from vlitqa.backends.model_files import (
    arithmetic,
    digest_of_folder,
    memory_of_machine,
    memory_of_weights,
    model_folder,
    ready_device,
    require,
    shipped_models,
)
from vlitqa.contracts.tools import Lack
from vlitqa.contracts.writers import COMPLETE, CUT_OFF, UNAVAILABLE, TokenUsage, WriterReply, WriterRequest
from vlitqa.engines.threads import one_thread
from vlitqa.errors import ToolMissing, UsageError

if TYPE_CHECKING:
    from torch import Tensor

NANO_WRITER = "vlitqa/nano-writer"
_BATCH = 32


@dataclass(frozen=True, slots=True)
class CausalWriter:
    """A causal language model of transformers: a folder, or a name in the hub's cache."""

    source: str

    @classmethod
    def of(cls, source: str) -> CausalWriter:
        """Makes it from a folder or a hub name; the nano writer where none is given."""
        return cls(source or NANO_WRITER)

    def missing(self) -> Lack | None:
        """Returns what it lacks here."""
        try:
            require("torch", "transformers")
            folder = model_folder(self.source)
        except ToolMissing as error:
            return Lack(error.message, error.repair)
        needed, available = memory_of_weights(folder), memory_of_machine()
        if needed > available:
            what = f"{self.source} fills {needed >> 30} GB of memory, and this machine has {available >> 30}"
            return Lack(what, "Serve it on another machine and name it as server:URL@MODEL.")
        return None

    def fingerprint(self) -> str:
        """Names the model's files, the arithmetic and the libraries; a model of vlitqa by its own name."""
        libraries = " ".join(f"{name}={version(name)}" for name in ("torch", "transformers", "tokenizers"))
        name = self.source if self.source in shipped_models() else "causal-lm"
        return f"{name} {digest_of_folder(model_folder(self.source))}, {arithmetic()}, {libraries}"

    def open(self) -> OpenCausalWriter:
        """Loads the model."""
        if lack := self.missing():
            raise ToolMissing(lack.what, repair=lack.repair)
        return OpenCausalWriter(self.source, self.fingerprint())


class OpenCausalWriter:
    """A language model that draws its replies token by token, each prompt by its own seed."""

    batch_size = _BATCH
    """Prompts that are written on at once; the rounding of a reply depends on which they are."""

    def __init__(self, source: str, fingerprint: str) -> None:
        import torch
        import transformers

        library, folder, place = cast(Any, transformers), model_folder(source), ready_device()
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
        safe = {"local_files_only": True, "trust_remote_code": False}
        dtype = torch.float32 if place == "cpu" else torch.bfloat16
        self._tokenizer = library.AutoTokenizer.from_pretrained(folder, padding_side="left", **safe)
        if not self._tokenizer.chat_template:
            raise UsageError(f"{source} has no chat format.", repair="Name a model that was tuned for conversations.")
        model = library.AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, dtype=dtype, **safe)
        self._model = model.to(place).eval()
        self._fingerprint = fingerprint

    def fingerprint(self) -> str:
        """Names the model's files, the arithmetic and the libraries."""
        return self._fingerprint

    def replies(self, requests: Iterable[WriterRequest]) -> Iterator[WriterReply]:
        """The reply to every request, in order, a batch at a time."""
        left = iter(requests)
        while batch := list(islice(left, self.batch_size)):
            yield from self._write(batch)

    def count_tokens(self, request: WriterRequest) -> int:
        """The tokens of the prompt in the model's chat format."""
        return len(self._tokenizer(self._prompt_of(request), add_special_tokens=False).input_ids)

    def _write(self, requests: Sequence[WriterRequest]) -> Iterator[WriterReply]:
        import torch

        prompts = [self._prompt_of(request) for request in requests]
        encoded = self._tokenizer(prompts, add_special_tokens=False, padding=True, return_tensors="pt")
        place, length = self._model.device, encoded.input_ids.shape[1]
        longest = max(request.max_tokens for request in requests)
        context: int = getattr(self._model.config, "max_position_embeddings", None) or length + longest
        if length + 1 > context:
            yield from (WriterReply(end=UNAVAILABLE, reason="the prompt is too long for the model") for _ in requests)
            return
        with torch.inference_mode(), one_thread():
            written: Tensor = self._model.generate(  # (batch, tokens)
                input_ids=encoded.input_ids.to(place),
                attention_mask=encoded.attention_mask.to(place),
                max_new_tokens=min(longest, context - length),
                do_sample=False,
                logits_processor=[SeededDraw(requests)],
                pad_token_id=self._tokenizer.pad_token_id,
            )
        for request, prompt_mask, row in zip(
            requests, encoded.attention_mask, written[:, length:].tolist(), strict=True
        ):
            yield self._reply(request, int(prompt_mask.sum()), row)

    def _reply(self, request: WriterRequest, prompt_tokens: int, row: Sequence[int]) -> WriterReply:
        """A reply up to its end, or to the most tokens that were asked for."""
        is_whole = self._tokenizer.eos_token_id in row[: request.max_tokens]
        tokens = row[: row.index(self._tokenizer.eos_token_id)] if is_whole else row[: request.max_tokens]
        return WriterReply(
            text=self._tokenizer.decode(tokens, skip_special_tokens=True),
            end=COMPLETE if is_whole else CUT_OFF,
            reason="" if is_whole else "the reply was cut off",
            usage=TokenUsage(prompt_tokens, len(tokens) + is_whole),
        )

    def _prompt_of(self, request: WriterRequest) -> str:
        conversation = [{"role": message.role, "content": message.text} for message in request.messages]
        text: str = self._tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True)
        return text


class SeededDraw:
    """Lets one token remain of each row, drawn by the temperature, the nucleus and the seed of its request."""

    def __init__(self, requests: Sequence[WriterRequest]) -> None:
        self._requests = requests
        self._dice = [random.Random(f"writer {request.seed}") for request in requests]

    def __call__(self, _token_ids: Tensor, logits: Tensor) -> Tensor:
        """The logits of the next tokens, infinite for all but one of each row; transformers calls it for each token."""
        only = logits.new_full(logits.shape, float("-inf"))  # (batch, vocabulary)
        for row, (request, dice) in enumerate(zip(self._requests, self._dice, strict=True)):
            only[row, _draw_token(logits[row].float(), request, dice.random())] = 0.0
        return only


def _draw_token(logits: Tensor, request: WriterRequest, chance: float) -> int:
    """The token at which the cumulative probability passes a chance; the likeliest at temperature 0."""
    if request.temperature == 0.0:
        return int(logits.argmax())
    probabilities, order = (logits / request.temperature).softmax(-1).sort(descending=True, stable=True)
    cumulative = probabilities.cumsum(-1)  # (vocabulary)
    nucleus = cumulative[int((cumulative < request.top_p).sum().clamp(max=len(cumulative) - 1))]
    place = int((cumulative < chance * nucleus).sum())
    return int(order[min(place, len(order) - 1)])
