"""How a conversation that is wanted becomes a request to a writer: rules, examples, the description, the task."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.annotated_images.describing import describe_plainly
from vlitqa.backends.judges.prompt import neutralise
from vlitqa.construction.conversation_orders import ConversationOrder
from vlitqa.construction.prompt_texts import ConversationExample, PromptTexts
from vlitqa.construction.recipe import Recipe
from vlitqa.contracts import Principle
from vlitqa.contracts.writers import WriterMessage, WriterRequest
from vlitqa.shapes.written_conversations import REGION

_SEED_BITS = 31


@dataclass(frozen=True)
class ConversationPrompts:
    """How orders become requests: the texts, the examples and the choices of a recipe."""

    recipe: Recipe
    texts: PromptTexts
    examples: Sequence[ConversationExample]

    def request(self, order: ConversationOrder, attempt: int = 1, fault: str = "") -> WriterRequest:
        """The request for a conversation; a later attempt names the fault of the reply before."""
        options, writer = self.recipe.self_instruct, self.recipe.writer
        follows_diversity = self.recipe.principles.instruction_diversity
        data = TaggedData(describe_plainly(order.image, options.describe))
        messages = [WriterMessage("system", self._system_text(order, data.nonce))]
        for example in self.examples_for(order):
            cue = f"Write: {example.kind}, {example.turns} turns"
            messages.append(WriterMessage("user", f"{TaggedData(example.description)}\n\n{cue}"))
            messages.append(WriterMessage("assistant", example.written(options.form)))
        messages.append(WriterMessage("user", self._task_text(data, order.cue, fault)))
        return WriterRequest(
            messages=tuple(messages),
            temperature=writer.temperature if follows_diversity else 0.0,
            top_p=writer.top_p,
            seed=seed_of(self.recipe.seed, order.id, attempt),
            max_tokens=writer.max_tokens,
        )

    def examples_for(self, order: ConversationOrder) -> Sequence[ConversationExample]:
        """The examples that are shown: drawn anew for each request, or always the first."""
        count = min(self.recipe.self_instruct.examples_drawn, len(self.examples))
        if not self.recipe.principles.instruction_diversity:
            return self.examples[:count]
        return random.Random(f"{self.recipe.seed} {order.id} examples").sample(list(self.examples), count)

    @cached_property
    def _principles(self) -> frozenset[str]:
        return frozenset(principle.value for principle in Principle if self.recipe.principles.follows(principle))

    def _system_text(self, order: ConversationOrder, nonce: str) -> str:
        frame = self.texts.frame["region" if order.kind == REGION else "picture"]
        way = f"{order.kind} {self.recipe.self_instruct.regions}"
        rules = self.texts.rules({*self._principles, order.kind, way})
        form = self.texts.form[self.recipe.self_instruct.form]
        return "\n\n".join([frame, rules, self.texts.frame["data"].format(nonce=nonce), form])

    def _task_text(self, data: TaggedData, cue: str, fault: str) -> str:
        reminders = [text for name, text in self.texts.reminder.items() if name in {*self._principles, "always"}]
        repair = [self.texts.reminder["repair"].format(fault=fault)] if fault else []
        return "\n\n".join([str(data), cue, *repair, *reminders])


def seed_of(*parts: object) -> int:
    """A seed that depends on these parts alone."""
    return int.from_bytes(shuffle_key("writer", *parts)) >> (64 - _SEED_BITS)


@dataclass(frozen=True, slots=True)
class TaggedData:
    """A text between tags that it cannot hold, with every control token made plain text: data, and no instruction."""

    text: str

    @property
    def nonce(self) -> str:
        """The word of its tags, a digest of the text."""
        return shuffle_key("description", self.text).hex()

    def __str__(self) -> str:
        """The text between its tags."""
        return f"<data-{self.nonce}>\n{neutralise(self.text, self.nonce)}\n</data-{self.nonce}>"
