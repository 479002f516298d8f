"""Answers of a model that writes no reply: it is asked how probable it finds each of them."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import Image

from vlitqa.backends.chat.messages import ChatMessage
from vlitqa.backends.judges.prompt import LONGEST_SAMPLE, demand_of, prompt_messages, question_digest
from vlitqa.contracts.tools import JudgeQuestion, Verdict
from vlitqa.engines.threads import one_thread
from vlitqa.results import Status

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

_MOST_REMEMBERED = 4_096
"""Questions whose probabilities are kept: the votes on one question come in several calls."""


class AnswerLikelihoods:
    """The probabilities that a language model gives to the answers of questions."""

    def __init__(self, model: PreTrainedModel, processor: Any) -> None:
        """Takes a model with its processor, or with its tokenizer where it sees no pictures."""
        self._model, self._processor = model, processor
        self._tokenizer = getattr(processor, "tokenizer", processor)
        config = model.config.get_text_config()
        self._context_length: float = getattr(config, "max_position_embeddings", None) or math.inf
        self._control_tokens = _pattern_of_control_tokens(self._tokenizer)
        self._remembered: dict[bytes, Mapping[str, float] | Verdict] = {}

    def answer(self, questions: Sequence[JudgeQuestion]) -> list[Verdict]:
        """Returns one verdict for every question; repeated votes on one question cost no more than one."""
        return [self._vote(question) for question in questions]

    def _vote(self, question: JudgeQuestion) -> Verdict:
        key = question_digest(question)
        if key not in self._remembered:
            if len(self._remembered) == _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = self._probabilities(question)
        outcome = self._remembered[key]
        return outcome if isinstance(outcome, Verdict) else _draw_answer(question, outcome)

    def _probabilities(self, question: JudgeQuestion) -> Mapping[str, float] | Verdict:
        """Returns the probability of each answer, or a verdict that says why there is none."""
        if len(question.sample) > LONGEST_SAMPLE:
            return Verdict(None, Status.TOO_LONG, f"the sample is longer than {LONGEST_SAMPLE} characters")
        replies = self._tokenize(question)
        length = len(replies.prefix) + max(map(len, replies.tails))
        if length > self._context_length:
            reason = f"the question has {length} tokens, and the model reads {self._context_length}"
            return Verdict(None, Status.TOO_LONG, reason)
        scores = self._score(replies)
        if not all(map(math.isfinite, scores)):
            return Verdict(None, Status.JUDGE_UNPARSABLE, "the model finds no answer more probable than another")
        weights = [math.exp(score - max(scores)) for score in scores]
        return {answer: weight / sum(weights) for answer, weight in zip(question.answers, weights, strict=True)}

    def _tokenize(self, question: JudgeQuestion) -> _Replies:
        """Splits the tokens of all replies into those that they share and those in which they differ.

        Every reply is closed, as in {"answer": "10"}: were it scored up to its last digit alone, 1 would get all that
        the model gives to 10, whose first token may be the same. Replies part where their tokens first differ,
        wherever the tokenizer has set the borders between prompt, quote and answer.
        """
        prompt = self._prompt(question)
        begin = self._tokenizer.bos_token
        add_special_tokens = not (begin and prompt.startswith(begin))
        texts = [f'{prompt}{{"answer": {json.dumps(answer, ensure_ascii=False)}}}' for answer in question.answers]
        replies = self._tokenizer(texts, add_special_tokens=add_special_tokens).input_ids
        columns = enumerate(zip(*replies, strict=False))
        shared = next((place for place, tokens in columns if len(set(tokens)) > 1), min(map(len, replies)) - 1)
        tails = [reply[shared:] for reply in replies]
        if not question.pictures:
            return _Replies(replies[0][:shared], tails)
        images = [Image.fromarray(picture.pixels) for picture in question.pictures]
        inputs = self._processor(
            images=images, text=texts[0], add_special_tokens=add_special_tokens, return_tensors="pt"
        )
        tokens = inputs.pop("input_ids")[0].tolist()  # with as many tokens for a picture as it takes
        inputs.pop("attention_mask", None)
        return _Replies(tokens[: len(tokens) - len(tails[0])], tails, inputs)

    def _score(self, replies: _Replies) -> list[float]:
        """Returns the log-probability of each tail; the tokens before them are computed once."""
        import torch

        model: Any = self._model  # its call has no types
        device, longest, count = self._model.device, max(map(len, replies.tails)), len(replies.tails)
        padded = [tail + [0] * (longest - len(tail)) for tail in replies.tails]
        tokens = torch.tensor(padded, device=device)  # (answers, longest)
        prefix = torch.tensor([replies.prefix], device=device)  # (1, prefix)
        images = {name: tensor.to(device) for name, tensor in replies.image_inputs.items()}
        with torch.inference_mode(), one_thread():
            start = model(prefix, use_cache=True, logits_to_keep=1, **images)
            logits = start.logits[:, -1:].expand(count, 1, -1)  # (answers, 1, vocabulary)
            if longest > 1:
                start.past_key_values.batch_repeat_interleave(count)
                rest = model(tokens[:, :-1], past_key_values=start.past_key_values, use_cache=True)
                logits = torch.cat([logits, rest.logits], dim=1)  # (answers, longest, vocabulary)
            chosen = logits.double().log_softmax(-1).gather(-1, tokens[:, :, None])[:, :, 0]  # (answers, longest)
        return [sum(row[: len(tail)]) for row, tail in zip(chosen.tolist(), replies.tails, strict=True)]

    def _prompt(self, question: JudgeQuestion) -> str:
        """Puts the question into the model's template, up to where its reply begins."""
        messages = prompt_messages(question, demand_of(question.answers))
        if not self._processor.chat_template:
            turns = (
                f"{message.role.upper()}: {self._placeholders(message)}{self._defused(message)}" for message in messages
            )
            return "\n\n".join(turns) + "\n\nASSISTANT: "
        import jinja2

        try:
            prompt = self._apply_template(messages)
        except jinja2.TemplateError:  # some templates know no system: the user then says what it would have said
            system, user, *others = messages
            merged = ChatMessage("user", f"{system.text}\n\n{user.text}", user.pictures)
            prompt = self._apply_template((merged, *others))
        return prompt if prompt[-1:].isspace() else f"{prompt} "

    def _apply_template(self, messages: Sequence[ChatMessage]) -> str:
        turns = [{"role": message.role, "content": self._content(message)} for message in messages]
        return str(self._processor.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))

    def _content(self, message: ChatMessage) -> Any:
        text = self._defused(message)
        if self._processor is self._tokenizer:
            return text
        return [*({"type": "image"} for _ in message.pictures), {"type": "text", "text": text}]

    def _placeholders(self, message: ChatMessage) -> str:
        return f"{self._processor.image_token}\n" * len(message.pictures) if message.pictures else ""

    def _defused(self, message: ChatMessage) -> str:
        """The text with every control token of this very model broken: the prompt knows only those of many models."""
        return self._control_tokens.sub(lambda match: f"{match[0][0]} {match[0][1:]}", message.text)


@dataclass(frozen=True, slots=True)
class _Replies:
    """The tokens of all possible replies to one question."""

    prefix: list[int]
    """The tokens with which all replies begin."""
    tails: list[list[int]]
    """For every answer, the tokens behind the prefix."""
    image_inputs: Mapping[str, Tensor] = field(default_factory=dict)
    """The pictures, as the model takes them."""


def _pattern_of_control_tokens(tokenizer: Any) -> re.Pattern[str]:
    control = [str(token) for token in tokenizer.added_tokens_decoder.values() if token.special]
    longest_first = sorted((text for text in control if len(text) > 1), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def _draw_answer(question: JudgeQuestion, probabilities: Mapping[str, float]) -> Verdict:
    """Returns the most probable answer; further votes are drawn, each the same whenever it is asked for."""
    if not question.vote:
        return Verdict(max(probabilities, key=probabilities.__getitem__), probabilities=probabilities)
    generator = random.Random(question_digest(question) + b" %d" % question.vote)
    answer = generator.choices(list(probabilities), list(probabilities.values()))[0]
    return Verdict(answer, probabilities=probabilities)
