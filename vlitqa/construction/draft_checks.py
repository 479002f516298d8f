"""Faults of drafted rows, each with a code: those that make a row unusable, and others that a recipe can let pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vlitqa.backends.image_folder import ImageFolder
from vlitqa.backends.judges.prompt import holds_control_tokens
from vlitqa.backends.judges.suspicions import find_suspicions
from vlitqa.catalogue import suggestion
from vlitqa.construction.drafts import Draft, RowFault
from vlitqa.construction.recipe_parts import ChecksPart
from vlitqa.errors import ImageFault, UsageError
from vlitqa.formats.fields import PLACEHOLDER
from vlitqa.records import Record

_LONGEST_DETAIL = 120


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind of fault."""

    meaning: str
    is_optional: bool = True
    """False for a fault that makes a row unusable for any training."""


DRAFT_FAULTS: Mapping[str, FaultKind] = {
    "no_reply": FaultKind("the writer gave no reply", is_optional=False),
    "cut_off": FaultKind("the reply ends at the limit of tokens", is_optional=False),
    "refused": FaultKind("the server refuses or filters the reply", is_optional=False),
    "too_long": FaultKind("the reply is longer than any conversation", is_optional=False),
    "not_json": FaultKind("the reply is no JSON", is_optional=False),
    "twin_keys": FaultKind("the reply has messages under the same key, of which most readers keep the last alone"),
    "wrong_shape": FaultKind("the reply is no conversation of roles and contents", is_optional=False),
    "wrong_roles": FaultKind("user and assistant do not take turns", is_optional=False),
    "too_few_turns": FaultKind("there is hardly a dialogue"),
    "too_many_turns": FaultKind("there are more turns than were asked for"),
    "bad_tag": FaultKind("a tag of a picture is not paired", is_optional=False),
    "no_image": FaultKind("no picture is shown"),
    "unseen_image": FaultKind("a picture is shown that is none of those given", is_optional=False),
    "repeated_image": FaultKind("a picture is shown twice"),
    "unused_image": FaultKind("a picture that was given is not shown"),
    "changed_caption": FaultKind("the description of a picture was changed, so it may be spoken of as another"),
    "repeated_reply": FaultKind("the whole reply is that of an earlier row"),
    "refusal": FaultKind("an answer refuses, or speaks of itself as a machine"),
    "source_leak": FaultKind("an answer speaks of what the writer was given instead of the picture"),
    "hedge": FaultKind("an answer avoids a statement"),
    "repeated_answer": FaultKind("two questions have the same answer"),
    "copied_example": FaultKind("a message is that of an example"),
    "contradicts_annotation": FaultKind("an answer says something else than the annotations"),
    "lost_answer": FaultKind("a sentence that was made of a short answer does not hold it"),
    "new_object": FaultKind("a sentence that was made of a short answer names another thing"),
    "exam_image": FaultKind("it shows a picture of an exam, or a near copy of one", is_optional=False),
    "over_quota": FaultKind("its dataset gave its part, or there are texts without images enough", is_optional=False),
    "missing_image": FaultKind("the file of an image is not there", is_optional=False),
    "bad_image": FaultKind("the file of an image cannot be opened", is_optional=False),
    "empty_turn": FaultKind("an instruction or a response has no words", is_optional=False),
    "mark_in_text": FaultKind(
        "a text holds a mark that trainers take for an image, or a control token of a chat template", is_optional=False
    ),
    "injection_suspect": FaultKind("a text seems to speak to the model that will read it"),
    "repeated_turn": FaultKind("the same instruction stands twice in a row"),
    "repeated_row": FaultKind("an earlier row has the same images and texts"),
}
"""By code, in the order in which a row with several is counted."""


@dataclass(slots=True)
class DraftChecker:
    """Finds the faults of drafts one after the other; it remembers the rows that it has seen."""

    images: ImageFolder
    off: frozenset[str]
    _rows: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, images: ImageFolder, options: ChecksPart) -> DraftChecker:
        """Makes it from the options of a recipe; raises UsageError for a code that is none or must stay."""
        for code in options.off:
            if code not in DRAFT_FAULTS:
                raise UsageError(f"[checks] has no fault {code!r}.", repair=suggestion(code, DRAFT_FAULTS))
            if not DRAFT_FAULTS[code].is_optional:
                raise UsageError(
                    f"[checks] {code} cannot be let pass: {DRAFT_FAULTS[code].meaning}.", repair="Take it out of `off`."
                )
        return cls(images, frozenset(options.off))

    def faults_of(self, draft: Draft) -> tuple[RowFault, ...]:
        """All faults of a draft that are not let pass, the strategy's first."""
        faults = (*draft.faults, *(self._faults_of(draft.record) if draft.record.turns else ()))
        return tuple(fault for fault in faults if fault.code not in self.off)

    def _faults_of(self, record: Record) -> Iterator[RowFault]:
        yield from self._image_faults(record)
        for find in (_empty_turns, _marks, _suspicions, _repeated_turns):
            yield from find(record)
        key = hash((record.text(), tuple(ref.name for ref in record.images)))
        if key in self._rows:
            yield RowFault("repeated_row")
        self._rows.add(key)

    def _image_faults(self, record: Record) -> Iterator[RowFault]:
        for ref in record.images:
            try:
                self.images.look(ref, 1)
            except ImageFault as fault:
                code = "missing_image" if fault.code == "image_missing" else "bad_image"
                yield RowFault(code, fault.reason)


def _empty_turns(record: Record) -> Iterator[RowFault]:
    for number, turn in enumerate(record.turns, 1):
        shows_image = turn.instruction_images or turn.response_images
        if not (turn.response or "").strip() or not ((turn.instruction or "").strip() or shows_image):
            yield RowFault("empty_turn", f"turn {number}")


def _marks(record: Record) -> Iterator[RowFault]:
    for text in _texts(record):
        if match := PLACEHOLDER.search(text):
            yield RowFault("mark_in_text", match[0][:_LONGEST_DETAIL])
        elif holds_control_tokens(text):
            yield RowFault("mark_in_text", text[:_LONGEST_DETAIL])


def _suspicions(record: Record) -> Iterator[RowFault]:
    for text in (*_texts(record), *(ref.caption for ref in record.images)):
        for suspicion in find_suspicions(text)[:1]:
            yield RowFault("injection_suspect", text[suspicion.start : suspicion.end][:_LONGEST_DETAIL])


def _repeated_turns(record: Record) -> Iterator[RowFault]:
    instructions = [" ".join((turn.instruction or "").lower().split()) for turn in record.turns]
    for number, instruction in enumerate(instructions):
        if instruction and instruction in instructions[:number]:
            yield RowFault("repeated_turn", instruction[:_LONGEST_DETAIL])


def _texts(record: Record) -> Iterator[str]:
    for turn in record.turns:
        yield from filter(None, (turn.instruction, turn.response))
