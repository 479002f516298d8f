"""TextBind: a writer makes a dialogue of the descriptions of several pictures of one topic (its section 3)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.annotated_images.image import AnnotatedImage, AnnotatedImages
from vlitqa.backends.judges.prompt import neutralise
from vlitqa.construction.conversation_faults import faults_of_answers
from vlitqa.construction.conversation_prompts import TaggedData, seed_of
from vlitqa.construction.drafts import RowFault, RowOrigin
from vlitqa.construction.example_pool import ExamplePool, read_pool
from vlitqa.construction.interleaved_replies import faults_of_dialogue, illustrated_record, read_dialogue
from vlitqa.construction.original_filters import OriginalFilters
from vlitqa.construction.prompt_texts import PromptTexts
from vlitqa.construction.recipe import Recipe, RecipeFile
from vlitqa.construction.topics import Topics
from vlitqa.construction.written_drafts import WriterUse, licences_of
from vlitqa.contracts import Principle
from vlitqa.contracts.writers import WriterMessage, WriterReply, WriterRequest
from vlitqa.records import ImageRef, Record
from vlitqa.results.annotation import DialogueExample, Relaxed
from vlitqa.shapes.written_conversations import picture_tag

DIALOGUE = "dialogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueOrder:
    """One dialogue that a writer is asked for."""

    seed: int
    """That of the recipe: with another one other dialogues are drawn."""
    number: int
    """Counted from 1."""
    topic: int
    images: Sequence[AnnotatedImage]
    turns: int
    examples: Sequence[DialogueExample]
    relaxed: Relaxed
    """The condition that the examples do not keep."""

    @property
    def id(self) -> str:
        """The id of its row."""
        return f"dialogue-{self.seed}-{self.number:06d}"

    @property
    def captions(self) -> Sequence[str]:
        """The descriptions of its pictures, as the writer is shown them."""
        return [caption_of_image(image) for image in self.images]

    @property
    def kind(self) -> str:
        """What is asked for."""
        return DIALOGUE

    @property
    def cue(self) -> str:
        """The line that says what to write."""
        return f"Write: {DIALOGUE}, {self.turns} turns"


@dataclass(frozen=True)
class TextBindStrategy:
    """Dialogues about several pictures each."""

    recipe: Recipe
    annotated: AnnotatedImages
    images: Sequence[AnnotatedImage]
    """Those whose caption fits them; topics hold their places."""
    topics: Topics
    texts: PromptTexts
    pool: ExamplePool
    _original: OriginalFilters = field(default_factory=OriginalFilters)

    @property
    def attempts(self) -> int:
        """How often a writer is asked for a reply whose form is right."""
        return self.recipe.writer.attempts

    def orders(self) -> Iterator[DialogueOrder]:
        """Dialogues without end, each of a topic that is drawn."""
        fewest, most = self.recipe.textbind.turns
        for number in count(1):
            topic, places = self.topics.draw(self.recipe.seed, number)
            dice = random.Random(f"{self.recipe.seed} dialogue {number}")
            examples, relaxed = self.pool.draw(dice) if self.pool.examples else ((), "")
            yield DialogueOrder(
                seed=self.recipe.seed,
                number=number,
                topic=topic,
                images=[self.images[place] for place in places],
                turns=dice.randint(fewest, most),
                examples=examples,
                relaxed=relaxed,
            )

    def request(self, order: DialogueOrder, attempt: int, fault: str) -> WriterRequest:
        """The request for a dialogue; a later attempt names the fault of the reply before."""
        data = TaggedData(_listed(order.captions))
        messages = [WriterMessage("system", self._system_text(data.nonce))]
        for example in order.examples:
            messages.append(WriterMessage("user", f"{TaggedData(_listed(example.images))}\n\n{_cue_of(example)}"))
            messages.append(WriterMessage("assistant", example.dialogue))
        repair = [self.texts.reminder["repair"].format(fault=fault)] if fault else []
        parts = [str(data), order.cue, *repair, self.texts.reminder["always"]]
        messages.append(WriterMessage("user", "\n\n".join(parts)))
        writer = self.recipe.writer
        return WriterRequest(
            messages=tuple(messages),
            temperature=writer.temperature,
            top_p=writer.top_p,
            seed=seed_of(self.recipe.seed, order.id, attempt),
            max_tokens=writer.max_tokens,
        )

    def read(self, order: DialogueOrder, reply: WriterReply) -> tuple[Record, Sequence[RowFault]]:
        """The row of a reply, and its faults: by TextBind's own filters, or by ours."""
        messages, faults = read_dialogue(reply)
        images = [ImageRef(image.file, caption=image.captions[0].text) for image in order.images]
        record = illustrated_record(messages, images, order.id)
        if faults:
            return record, faults
        if self.recipe.textbind.filters == "original":
            code = self._original.fault_of(reply.text, order.captions)
            return record, [RowFault(code)] if code else []
        faults = list(faults_of_dialogue(messages, order.captions))
        answers = [message.text for message in messages if message.role == "assistant"]
        return record, [*faults, *faults_of_answers(answers, checks_content=self.recipe.principles.correctness)]

    def origin(self, order: DialogueOrder, use: WriterUse) -> RowOrigin:
        """Where the row of a dialogue comes from."""
        licences = licences_of(order.images, self.annotated)
        examples = [example.id for example in order.examples]
        return RowOrigin(
            strategy="textbind",
            images=tuple(image.file for image in order.images),
            licences=tuple(filter(None, licences)),
            is_licensed="" not in licences,
            topic=order.topic,
            relaxed=order.relaxed,
            writer=use.as_origin(DIALOGUE, order.cue, self.texts.version, examples),
        )

    def _system_text(self, nonce: str) -> str:
        principles = {principle.value for principle in Principle if self.recipe.principles.follows(principle)}
        frame, rules, data = self.texts.frame["dialogue"], self.texts.rules(principles), self.texts.frame["data"]
        return "\n\n".join([frame, rules, data.format(nonce=nonce), self.texts.form["lines"]])


def pool_of(file: RecipeFile) -> ExamplePool:
    """The labelled dialogues that a recipe names; none unless it names some."""
    name = file.recipe.textbind.pool
    return read_pool(file.below(name)) if name else ExamplePool(())


def caption_of_image(image: AnnotatedImage) -> str:
    """The first caption of an image, as a writer is shown it: on one line, without tags of its own."""
    text = " ".join(image.captions[0].text.split())
    return neutralise(text, shuffle_key("caption", text).hex()).replace("<", "‹").replace(">", "›")


def _listed(captions: Sequence[str]) -> str:
    return "\n".join(picture_tag(number, caption) for number, caption in enumerate(captions))


def _cue_of(example: DialogueExample) -> str:
    return f"Write: {DIALOGUE}, {example.dialogue.count('Human:')} turns"
