"""Short answers that a writer makes sentences of, each accepted if it says the same (the review, section 3.2.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from functools import cached_property
from itertools import islice

from msgspec.structs import replace

from vlitqa.construction.adaption import AdaptedRow, Adapter, PhrasedAdaptation
from vlitqa.construction.contradictions import facts_of, words_with_numbers
from vlitqa.construction.conversation_faults import faults_of_answers
from vlitqa.construction.conversation_prompts import TaggedData, seed_of
from vlitqa.construction.conversation_replies import fault_of_end
from vlitqa.construction.drafts import Draft, RowFault, RowOrigin
from vlitqa.construction.nouns import plural_of
from vlitqa.construction.prompt_texts import PromptTexts
from vlitqa.construction.writing import WritingDesk
from vlitqa.construction.written_drafts import WriterUse, window_of, write_orders
from vlitqa.contracts import Principle
from vlitqa.contracts.writers import WriterMessage, WriterReply, WriterRequest
from vlitqa.records import Record

EXPANSION = "expansion"
EXPANDED_TASKS = frozenset(("visual question answering", "counting", "attribute recognition"))
"""The tasks whose annotations are words or short phrases."""
_LINE = re.compile(r"^\s*(\d+)[.):]\s+(\S.*?)\s*$")


@dataclass(frozen=True)
class Expander:
    """Lets a writer make sentences of the short answers of adapted rows."""

    adapter: Adapter
    texts: PromptTexts

    @property
    def attempts(self) -> int:
        """How often a writer is asked for a reply whose form is right."""
        return self.adapter.recipe.writer.attempts

    def drafts(self, desk: WritingDesk, rows_wanted: Callable[[], int]) -> Iterator[Draft]:
        """The rows of all images in order, those with short answers as the writer expands them."""
        rows = self.adapter.rows()
        while window := list(islice(rows, window_of(desk, rows_wanted))):
            written = write_orders(self, desk, [row for row in window if short_parts(row)])
            for row in window:
                yield next(written) if short_parts(row) else row.draft()

    def orders(self) -> Iterator[AdaptedRow]:
        """The rows that have short answers."""
        return filter(short_parts, self.adapter.rows())

    def request(self, order: AdaptedRow, attempt: int, fault: str) -> WriterRequest:
        """The request for the sentences of a row; a later attempt names the fault of the reply before."""
        parts, recipe = short_parts(order), self.adapter.recipe
        listed = (
            f"{number}. Question: {part.instruction} Short answer: {part.adaptation.response}"
            for number, part in enumerate(parts, 1)
        )
        data = TaggedData("\n".join(listed))
        principles = {principle.value for principle in Principle if recipe.principles.follows(principle)}
        system = [self.texts.frame["expansion"], self.texts.rules(principles)]
        system += [self.texts.frame["data"].format(nonce=data.nonce), self.texts.form["lines"]]
        repair = [self.texts.reminder["repair"].format(fault=fault)] if fault else []
        task = [str(data), _cue_of(order), *repair, self.texts.reminder["always"]]
        return WriterRequest(
            messages=(WriterMessage("system", "\n\n".join(system)), WriterMessage("user", "\n\n".join(task))),
            temperature=recipe.writer.temperature,
            top_p=recipe.writer.top_p,
            seed=seed_of(recipe.seed, EXPANSION, order.image.file, attempt),
            max_tokens=recipe.writer.max_tokens,
        )

    def read(self, order: AdaptedRow, reply: WriterReply) -> tuple[Record, Sequence[RowFault]]:
        """The row with the sentences of a reply, and its faults; with its short answers where there are none."""
        parts = short_parts(order)
        if fault := fault_of_end(reply):
            return order.draft().record, [fault]
        sentences = _read_sentences(reply.text)
        if len(sentences) != len(parts):
            return order.draft().record, [RowFault("wrong_shape", f"{len(sentences)} of {len(parts)} sentences")]
        faults = [
            fault for part, sentence in zip(parts, sentences, strict=True) for fault in self._faults_of(part, sentence)
        ]
        return _expanded(order, sentences).draft().record, faults

    def origin(self, order: AdaptedRow, use: WriterUse) -> RowOrigin:
        """Where the row comes from."""
        written = use.as_origin(EXPANSION, _cue_of(order), self.texts.version, ())
        return replace(order.draft().origin, writer=written)

    def _faults_of(self, part: PhrasedAdaptation, sentence: str) -> Iterator[RowFault]:
        """What is wrong about a sentence: the answer is lost, a thing is new, or its words give it away."""
        answer = part.adaptation.response
        if not _keeps(sentence, answer):
            yield RowFault("lost_answer", f"{answer!r} is not in {sentence[:80]!r}")
        asked = f"{part.instruction} {answer}"
        if added := facts_of(sentence) - facts_of(asked):
            yield RowFault("new_object", min(added))
        for name in self._names:
            forms = (name, plural_of(name))
            if any(_holds(sentence, form) for form in forms) and not any(_holds(asked, form) for form in forms):
                yield RowFault("new_object", name)
                break
        yield from faults_of_answers([sentence], checks_content=self.adapter.recipe.principles.correctness)

    @cached_property
    def _names(self) -> Sequence[str]:
        """The names of all objects that the annotations know."""
        return self.adapter.world.names


def short_parts(row: AdaptedRow) -> Sequence[PhrasedAdaptation]:
    """The tasks of a row whose answers are short."""
    return [part for parts in row.turns for part in parts if part.task in EXPANDED_TASKS]


def _cue_of(row: AdaptedRow) -> str:
    """The line that says what to write."""
    return f"Write: {EXPANSION}, {len(short_parts(row))} answers"


def _read_sentences(text: str) -> Sequence[str]:
    """The sentences of a reply in the order of their numbers; none where a number is lacking or a line has none."""
    lines = [_LINE.match(line) for line in text.strip().splitlines() if line.strip()]
    numbered = [(int(match[1]), match[2]) for match in lines if match]
    if len(numbered) < len(lines) or [number for number, _ in numbered] != list(range(1, len(numbered) + 1)):
        return []
    return [sentence for _, sentence in numbered]


def _expanded(row: AdaptedRow, sentences: Sequence[str]) -> AdaptedRow:
    """The row with sentences in the places of its short answers."""
    left = iter(sentences)
    turns = [
        [
            replace_fields(part, adaptation=replace_fields(part.adaptation, response=next(left)))
            if part.task in EXPANDED_TASKS
            else part
            for part in parts
        ]
        for parts in row.turns
    ]
    return replace_fields(row, turns=turns)


def _keeps(sentence: str, answer: str) -> bool:
    """True if a sentence says a short answer: one of yes or no begins with it, and zero may be spelled as no."""
    plain = answer.strip().lower().rstrip(".")
    if plain in ("yes", "no"):
        return words_with_numbers(sentence)[:1] == [plain]
    return _holds(sentence, answer) or (plain in ("0", "zero", "none") and _holds(sentence, "no"))


def _holds(text: str, phrase: str) -> bool:
    """True if the words of a phrase stand in a text one after the other; a number may be a word there."""
    if not phrase.isascii():
        return phrase.strip().casefold() in text.casefold()
    words, wanted = words_with_numbers(text), words_with_numbers(phrase)
    return any(words[start : start + len(wanted)] == wanted for start in range(len(words) - len(wanted) + 1))
