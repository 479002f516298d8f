"""Judges that run on this machine: a LLaVA sees the pictures of a sample, a language model reads its text alone.

No reply is written: the model is asked how probable it finds each answer, so every question has a verdict that is the
same each time it is asked, whatever else is asked with it.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, cast

from PIL import Image

from vlitqa.backends.judges.answering import Answering
from vlitqa.backends.judges.prompt import LAYOUT, LONGEST_SAMPLE, Message, demand_of, digest_of, messages_of
from vlitqa.backends.judges.served import OpenJudge
from vlitqa.backends.model_files import (
    device,
    digest_of_folder,
    memory_of_machine,
    memory_of_weights,
    model_folder,
    ready_device,
    require,
    told_by,
)
from vlitqa.contracts.tools import Question, Verdict
from vlitqa.engines.threads import one_thread
from vlitqa.errors import ToolMissing
from vlitqa.results import Status

LLAVA = "llava-hf/llava-1.5-7b-hf"
LLAMA = "meta-llama/Llama-2-7b-chat-hf"
_KINDS = {"cpu": "float32", "cuda": "bfloat16"}
_REMEMBERED = 4_096  # questions: the votes on one come in several calls


@dataclass(frozen=True, slots=True)
class LlavaJudge:
    """A judge that sees: a LLaVA of transformers, as a folder or by its name in the hub's cache."""

    source: str = LLAVA

    @classmethod
    def of(cls, source: str) -> LlavaJudge:
        return cls(source or LLAVA)

    def missing(self) -> tuple[str, str] | None:
        return _missing(self.source, sees=True)

    def fingerprint(self) -> str:
        return f"llava {_fingerprint(self.source)}"

    def open(self) -> OpenJudge:
        return _opened(self.source, sees=True)


@dataclass(frozen=True, slots=True)
class CausalCritic:
    """A judge of texts: a language model of transformers, as a folder or by its name in the hub's cache."""

    source: str = LLAMA

    @classmethod
    def of(cls, source: str) -> CausalCritic:
        return cls(source or LLAMA)

    def missing(self) -> tuple[str, str] | None:
        return _missing(self.source, sees=False)

    def fingerprint(self) -> str:
        return f"causal-lm {_fingerprint(self.source)}"

    def open(self) -> OpenJudge:
        return _opened(self.source, sees=False)


class AnswerChances:
    """How probable a model finds each answer to a question."""

    def __init__(self, model: Any, speaker: Any) -> None:
        """The speaker puts messages into the model's own words: a processor or a tokenizer."""
        self._model, self._speaker = model, speaker
        self._tokenizer = getattr(speaker, "tokenizer", speaker)
        self._room = getattr(model.config.get_text_config(), "max_position_embeddings", None) or math.inf
        control = [str(each) for each in self._tokenizer.added_tokens_decoder.values() if each.special]
        longest_first = sorted((each for each in control if len(each) > 1), key=len, reverse=True)
        self._control = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        self._known: dict[bytes, Mapping[str, float] | Verdict] = {}

    def answer(self, questions: Sequence[Question]) -> list[Verdict]:
        """One verdict for each question, in order; repeated votes on one question cost no more than one."""
        verdicts = []
        for question in questions:
            key = digest_of(question)
            if key not in self._known:
                if len(self._known) == _REMEMBERED:
                    self._known.clear()
                self._known[key] = self._chances(question)
            found = self._known[key]
            verdicts.append(found if isinstance(found, Verdict) else _drawn(question, found))
        return verdicts

    def _chances(self, question: Question) -> Mapping[str, float] | Verdict:
        """The probability of each answer, or a verdict that says why there is none."""
        if len(question.sample) > LONGEST_SAMPLE:
            return Verdict(None, Status.TOO_LONG, f"the sample is longer than {LONGEST_SAMPLE} characters")
        prefix, tails, pictures = self._tokens(question)
        tokens = len(prefix) + max(map(len, tails))
        if tokens > self._room:
            return Verdict(None, Status.TOO_LONG, f"the question has {tokens} tokens, and the model reads {self._room}")
        scores = self._scores(prefix, tails, pictures)
        if not all(map(math.isfinite, scores)):
            return Verdict(None, Status.JUDGE_UNPARSABLE, "the model finds no answer more probable than another")
        weights = [math.exp(score - max(scores)) for score in scores]
        return {answer: weight / sum(weights) for answer, weight in zip(question.answers, weights, strict=True)}

    def _tokens(self, question: Question) -> tuple[list[int], list[list[int]], Mapping[str, Any]]:
        """What all replies begin with, how each goes on from there, and the pictures as the model takes them.

        Every reply is closed, as in {"answer": "10"}: were it scored up to its last digit alone, 1 would get all that
        the model gives to 10, whose first token may be the same. Replies part where their tokens first differ,
        wherever the tokenizer has set the borders between prompt, quote and answer.
        """
        prompt = self._prompt(question)
        marked = bool(self._tokenizer.bos_token) and prompt.startswith(self._tokenizer.bos_token)
        texts = [f'{prompt}{{"answer": {json.dumps(each, ensure_ascii=False)}}}' for each in question.answers]
        replies = self._tokenizer(texts, add_special_tokens=not marked).input_ids
        parting = (at for at, each in enumerate(zip(*replies, strict=False)) if len(set(each)) > 1)
        shared = next(parting, min(map(len, replies)) - 1)
        tails = [each[shared:] for each in replies]
        if not question.pictures:
            return replies[0][:shared], tails, {}
        shown = [Image.fromarray(each.pixels) for each in question.pictures]
        given = self._speaker(images=shown, text=texts[0], add_special_tokens=not marked, return_tensors="pt")
        whole = given.pop("input_ids")[0].tolist()  # with as many tokens for a picture as it takes
        given.pop("attention_mask", None)
        return whole[: len(whole) - len(tails[0])], tails, given

    def _scores(self, prefix: list[int], tails: list[list[int]], pictures: Mapping[str, Any]) -> list[float]:
        """The log-probability of each tail; what stands before them is computed once."""
        import torch

        place, longest = self._model.device, max(map(len, tails))
        padded = [tail + [0] * (longest - len(tail)) for tail in tails]
        tokens = torch.tensor(padded, device=place)  # (answers, longest)
        shown = {key: value.to(place) for key, value in pictures.items()}
        with torch.inference_mode(), one_thread():
            begun = self._model(torch.tensor([prefix], device=place), use_cache=True, logits_to_keep=1, **shown)
            logits = begun.logits[:, -1:].expand(len(tails), 1, -1)  # (answers, 1, vocabulary)
            if longest > 1:
                begun.past_key_values.batch_repeat_interleave(len(tails))
                said = self._model(tokens[:, :-1], past_key_values=begun.past_key_values, use_cache=True)
                logits = torch.cat([logits, said.logits], dim=1)  # (answers, longest, vocabulary)
            chances = logits.double().log_softmax(-1).gather(-1, tokens[:, :, None])[:, :, 0]  # (answers, longest)
        return [sum(row[: len(tail)]) for row, tail in zip(chances.tolist(), tails, strict=True)]

    def _prompt(self, question: Question) -> str:
        """The question in the words of the model's template, up to where its reply begins."""
        messages = messages_of(question, demand_of(question.answers))
        if not self._speaker.chat_template:
            told = "\n\n".join(
                f"{each.role.upper()}: {self._picture_marks(each)}{self._harmless(each)}" for each in messages
            )
            return f"{told}\n\nASSISTANT: "
        import jinja2

        try:
            prompt = self._templated(messages)
        except jinja2.TemplateError:  # some templates know no system: the user then says what it would have said
            system, user, *others = messages
            prompt = self._templated((Message("user", f"{system.text}\n\n{user.text}", user.pictures), *others))
        return prompt if prompt[-1:].isspace() else f"{prompt} "

    def _templated(self, messages: Sequence[Message]) -> str:
        said = [{"role": each.role, "content": self._content(each)} for each in messages]
        return str(self._speaker.apply_chat_template(said, tokenize=False, add_generation_prompt=True))

    def _content(self, message: Message) -> Any:
        text = self._harmless(message)
        if self._speaker is self._tokenizer:
            return text
        return [*({"type": "image"} for _ in message.pictures), {"type": "text", "text": text}]

    def _picture_marks(self, message: Message) -> str:
        return f"{self._speaker.image_token}\n" * len(message.pictures) if message.pictures else ""

    def _harmless(self, message: Message) -> str:
        """The text with every control token of this very model broken: what judging knows are those of many."""
        return self._control.sub(lambda found: f"{found[0][0]} {found[0][1:]}", message.text)


def _drawn(question: Question, chances: Mapping[str, float]) -> Verdict:
    """The most probable answer; for each further vote one that is drawn, the same whenever it is asked for."""
    if not question.vote:
        return Verdict(max(chances, key=chances.__getitem__), probabilities=chances)
    dice = random.Random(digest_of(question) + b" %d" % question.vote)
    return Verdict(dice.choices(list(chances), list(chances.values()))[0], probabilities=chances)


def _missing(source: str, *, sees: bool) -> tuple[str, str] | None:
    try:
        require("torch", "transformers", "huggingface_hub", *(["torchvision"] if sees else []))
        folder = model_folder(source)
        if ("vision_config" in told_by(folder / "config.json")) != sees:
            kind = "a judge: name a LLaVA" if sees else "a critic: name a language model"
            raise ToolMissing(f"{source} is no model for {kind}", repair=f"Such as {LLAVA if sees else LLAMA}.")
        needed, given = memory_of_weights(folder), memory_of_machine()
        if device() == "cpu" and needed > given:
            lack = f"{source} fills {needed >> 30} GB of memory, and this machine has {given >> 30}"
            raise ToolMissing(lack, repair="Serve it on another machine and name it as server:MODEL@URL.")
    except ToolMissing as lack:
        return lack.message, lack.repair
    return None


def _fingerprint(source: str) -> str:
    exact = " ".join(f"{name}={version(name)}" for name in ("torch", "transformers", "tokenizers"))
    return f"{digest_of_folder(model_folder(source))}, prompt {LAYOUT}, {_KINDS[device()]} on {device()}, {exact}"


def _opened(source: str, *, sees: bool) -> OpenJudge:
    """A model ready to be asked; raises ToolMissing where it lacks something, and runs no code that comes with it."""
    lack = _missing(source, sees=sees)
    if lack:
        raise ToolMissing(lack[0], repair=lack[1])
    import torch
    import transformers

    folder, place, library = model_folder(source), ready_device(), cast(Any, transformers)
    library.utils.logging.set_verbosity_error()
    library.utils.logging.disable_progress_bar()  # it would be drawn over our own
    kind = library.AutoModelForImageTextToText if sees else library.AutoModelForCausalLM
    speaker = library.AutoProcessor if sees else library.AutoTokenizer
    safe = {"local_files_only": True, "trust_remote_code": False}
    weights = {"use_safetensors": True, "attn_implementation": "sdpa", "dtype": getattr(torch, _KINDS[place])}
    try:
        model, told = kind.from_pretrained(folder, output_loading_info=True, **weights, **safe)
        speaks = speaker.from_pretrained(folder, **safe)
    except Exception as error:  # safetensors, torch and transformers each raise their own
        raise ToolMissing(f"{source} cannot be loaded ({error})", repair="Fetch it again, or name another.") from None
    if told["missing_keys"]:  # transformers has drawn them at random
        raise ToolMissing(f"the weights of {source} lack {min(told['missing_keys'])}", repair="Fetch it again.")
    return OpenJudge(cast(Answering, AnswerChances(model.eval().to(place), speaks)), sees=sees)
