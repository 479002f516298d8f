"""Judges that run on this machine: a LLaVA sees the pictures of a sample, a language model reads its text alone.

No reply is written: the model is asked how probable it finds each answer, so every question has a verdict that is the
same each time it is asked, whatever else is asked with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, cast

from vlitqa.backends.judges.asking import OpenJudge
from vlitqa.backends.judges.likelihoods import AnswerLikelihoods
from vlitqa.backends.judges.prompt import PROMPT_VERSION
from vlitqa.backends.model_files import (
    device,
    digest_of_folder,
    memory_of_machine,
    memory_of_weights,
    model_folder,
    read_json_object,
    ready_device,
    require,
)
from vlitqa.contracts.tools import Lack
from vlitqa.errors import ToolMissing

LLAVA = "llava-hf/llava-1.5-7b-hf"
LLAMA = "meta-llama/Llama-2-7b-chat-hf"
_NUMBER_TYPES = {"cpu": "float32", "cuda": "bfloat16"}


@dataclass(frozen=True, slots=True)
class LlavaJudge:
    """A judge that sees: a LLaVA of transformers, as a folder or by its name in the hub's cache."""

    source: str = LLAVA

    @classmethod
    def of(cls, source: str) -> LlavaJudge:
        """Makes it from a folder or a hub name."""
        return cls(source or LLAVA)

    def missing(self) -> Lack | None:
        """Returns what it lacks here."""
        return _missing(self.source, sees_pictures=True)

    def fingerprint(self) -> str:
        """Names the model's files, the prompt, the arithmetic and the libraries."""
        return f"llava {_fingerprint(self.source)}"

    def open(self) -> OpenJudge:
        """Loads the model."""
        return _open(self.source, sees_pictures=True)


@dataclass(frozen=True, slots=True)
class CausalCritic:
    """A judge of texts: a language model of transformers, as a folder or by its name in the hub's cache."""

    source: str = LLAMA

    @classmethod
    def of(cls, source: str) -> CausalCritic:
        """Makes it from a folder or a hub name."""
        return cls(source or LLAMA)

    def missing(self) -> Lack | None:
        """Returns what it lacks here."""
        return _missing(self.source, sees_pictures=False)

    def fingerprint(self) -> str:
        """Names the model's files, the prompt, the arithmetic and the libraries."""
        return f"causal-lm {_fingerprint(self.source)}"

    def open(self) -> OpenJudge:
        """Loads the model."""
        return _open(self.source, sees_pictures=False)


def _missing(source: str, *, sees_pictures: bool) -> Lack | None:
    try:
        require("torch", "transformers", "huggingface_hub", *(["torchvision"] if sees_pictures else []))
        folder = model_folder(source)
        if ("vision_config" in read_json_object(folder / "config.json")) != sees_pictures:
            kind = "a judge: name a LLaVA" if sees_pictures else "a critic: name a language model"
            example = LLAVA if sees_pictures else LLAMA
            raise ToolMissing(f"{source} is no model for {kind}", repair=f"Such as {example}.")
        needed, available = memory_of_weights(folder), memory_of_machine()
        if device() == "cpu" and needed > available:
            lack = f"{source} fills {needed >> 30} GB of memory, and this machine has {available >> 30}"
            raise ToolMissing(lack, repair="Serve it on another machine and name it as server:URL@MODEL.")
    except ToolMissing as error:
        return Lack(error.message, error.repair)
    return None


def _fingerprint(source: str) -> str:
    libraries = " ".join(f"{name}={version(name)}" for name in ("torch", "transformers", "tokenizers"))
    arithmetic = f"{_NUMBER_TYPES[device()]} on {device()}"
    return f"{digest_of_folder(model_folder(source))}, prompt {PROMPT_VERSION}, {arithmetic}, {libraries}"


def _open(source: str, *, sees_pictures: bool) -> OpenJudge:
    """Loads a model; raises ToolMissing where it lacks something, and runs no code that comes with it."""
    lack = _missing(source, sees_pictures=sees_pictures)
    if lack:
        raise ToolMissing(lack.what, repair=lack.repair)
    import torch
    import transformers

    folder, place, library = model_folder(source), ready_device(), cast(Any, transformers)
    library.utils.logging.set_verbosity_error()
    library.utils.logging.disable_progress_bar()  # it would be drawn over our own
    model_class = library.AutoModelForImageTextToText if sees_pictures else library.AutoModelForCausalLM
    processor_class = library.AutoProcessor if sees_pictures else library.AutoTokenizer
    safe = {"local_files_only": True, "trust_remote_code": False}
    weights = {"use_safetensors": True, "attn_implementation": "sdpa", "dtype": getattr(torch, _NUMBER_TYPES[place])}
    try:
        model, info = model_class.from_pretrained(folder, output_loading_info=True, **weights, **safe)
        processor = processor_class.from_pretrained(folder, **safe)
    except Exception as error:  # noqa: BLE001 - safetensors, torch and transformers each raise their own
        raise ToolMissing(f"{source} cannot be loaded ({error})", repair="Fetch it again, or name another.") from None
    if info["missing_keys"]:  # transformers has drawn them at random
        raise ToolMissing(f"the weights of {source} lack {min(info['missing_keys'])}", repair="Fetch it again.")
    return OpenJudge(AnswerLikelihoods(model.eval().to(place), processor), sees_pictures=sees_pictures)
