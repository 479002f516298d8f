"""The desk at which people label: who they are, what comes next, what they save, and the pictures that they see."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO

from msgspec import Struct
from PIL import Image

from vlitqa.annotation.assignment import AGAIN, AssignmentPlan
from vlitqa.annotation.events import ADJUDICATOR, EventKind, EventStore, ItemState, LabelEvent
from vlitqa.annotation.items import AnnotatedDataset, AnnotatedItem
from vlitqa.annotation.outcomes import outcomes_of, states_of
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.backends.judges.prompt import holds_control_tokens
from vlitqa.backends.toolbox import image_roots_of
from vlitqa.errors import ImageFault, UsageError
from vlitqa.formats.fields import PLACEHOLDER
from vlitqa.records import ImageRef
from vlitqa.results.annotation import EditedMessage, ItemLabel

_SIDE = 640
"""Pixels of the shorter edge of a picture on the page."""
_LONGEST_TEXT = 20_000


class SaveRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a page sends to be saved."""

    item: str
    digest: str
    revision: int
    """That of the state that the page showed."""
    kind: EventKind
    label: ItemLabel | None = None
    reason: str = ""
    seconds: float = 0.0


class ItemView(Struct, frozen=True, kw_only=True):
    """What a page shows: one item, and how far its annotator is."""

    position: int
    total: int
    done: int
    item: str
    digest: str
    messages: tuple[EditedMessage, ...]
    pictures: tuple[str, ...]
    """The digests under which its pictures are served."""
    captions: tuple[str, ...]
    state: ItemState
    others: tuple[ItemLabel, ...] = ()
    """The labels on which others differ: only whoever decides sees them."""


@dataclass(frozen=True, slots=True)
class _Disputes:
    """The items on which annotators differ or differed, as so many events say."""

    events: int
    items: Sequence[str]


@dataclass
class AnnotationDesk:
    """One dataset, and the people who label it."""

    dataset: AnnotatedDataset
    plan: AssignmentPlan
    store: EventStore
    has_adjudicator: bool = False
    _tokens: dict[str, str] = field(default_factory=dict)
    _disputes: _Disputes | None = None

    @property
    def people(self) -> Sequence[str]:
        """All who have a link."""
        return [*self.plan.annotators, *([ADJUDICATOR] if self.has_adjudicator else [])]

    def token_of(self, name: str) -> str:
        """The secret of somebody's link."""
        if name not in self._tokens:
            self._tokens[name] = self.store.token_of(name)
        return self._tokens[name]

    def name_of(self, token: str) -> str | None:
        """Whose link it is; None for nobody's."""
        matches = [name for name in self.people if hmac.compare_digest(self.token_of(name).encode(), token.encode())]
        return matches[0] if matches else None

    def queue_of(self, name: str) -> Sequence[str]:
        """The ids of somebody's items in order; for the adjudicator those that are disputed or were decided."""
        if name != ADJUDICATOR:
            return self._queues[name]
        events = self.store.all_events()
        if self._disputes is None or self._disputes.events != len(events):
            outcomes = outcomes_of(states_of(events, self.dataset.items), self.dataset.items)
            disputed = [item for item, outcome in outcomes.items() if outcome.is_disputed or outcome.decided]
            self._disputes = _Disputes(len(events), disputed)
        return self._disputes.items

    def view(self, name: str, position: int | None) -> ItemView | None:
        """An item by its position, or the first that is open; None where there is none."""
        queue = self.queue_of(name)
        states = self.store.states(name, [(item, self._item(item).digest) for item in queue])
        done = sum(state.is_done for state in states)
        if position is None:
            position = next((place for place, state in enumerate(states) if not state.is_done), len(queue))
        if not 0 <= position < len(queue):
            return None
        item = self._item(queue[position])
        return ItemView(
            position=position,
            total=len(queue),
            done=done,
            item=queue[position],
            digest=item.digest,
            messages=item.messages,
            pictures=tuple(map(_digest_of, item.images)),
            captions=tuple(ref.caption for ref in item.images),
            state=states[position],
            others=self._others(item.id) if name == ADJUDICATOR else (),
        )

    def save(self, name: str, request: SaveRequest) -> ItemState:
        """Keeps what somebody did; raises UsageError for what is none of his, and StaleRevision."""
        if request.item not in self.queue_of(name):
            raise UsageError("This item is none of yours.")
        item = self._item(request.item)
        if request.digest != item.digest:
            raise UsageError("The conversation has changed since it was shown.", repair="Load the page again.")
        if (request.kind == "label") != (request.label is not None):
            raise UsageError("A label, and nothing else, has a quality.")
        if request.label:
            _refuse_strange_label(request.label, item)
        event = LabelEvent(
            item=request.item,
            digest=request.digest,
            annotator=name,
            revision=0,
            kind=request.kind,
            label=request.label,
            reason=request.reason[:_LONGEST_TEXT],
            seconds=min(max(request.seconds, 0.0), 86_400.0),
        )
        return self.store.add(event, request.revision)

    def picture(self, digest: str) -> bytes | None:
        """A picture as PNG, by its digest; None for one that is none, or cannot be opened."""
        ref = self._pictures.get(digest)
        if ref is None:
            return None
        try:
            pixels = self._images.look(ref, _SIDE).pixels
        except ImageFault:
            return None
        png = BytesIO()
        Image.fromarray(pixels).save(png, "PNG")
        return png.getvalue()

    @cached_property
    def _queues(self) -> Mapping[str, Sequence[str]]:
        return {name: self.plan.queue_of(name, self.dataset.items) for name in self.plan.annotators}

    @cached_property
    def _items(self) -> Mapping[str, AnnotatedItem]:
        return {item.id: item for item in self.dataset.items}

    def _item(self, queued: str) -> AnnotatedItem:
        return self._items[queued.removesuffix(AGAIN)]

    def _others(self, item: str) -> tuple[ItemLabel, ...]:
        digest = self._item(item).digest
        states = (self.store.states(name, [(item, digest)])[0] for name in self.plan.annotators)
        return tuple(state.label for state in states if state.label)

    @cached_property
    def _pictures(self) -> Mapping[str, ImageRef]:
        return {_digest_of(ref): ref for item in self.dataset.items for ref in item.images}

    @cached_property
    def _images(self) -> ImageFolder:
        return ImageFolder(tuple(map(str, image_roots_of(self.dataset.home, ()))))


def _digest_of(ref: ImageRef) -> str:
    """The name under which a picture is served: no path, and nothing that leads to one."""
    content = ref.data if ref.data is not None else ref.name.encode()
    return hashlib.sha256(content).hexdigest()[:32]


def _refuse_strange_label(label: ItemLabel, item: AnnotatedItem) -> None:
    """Raises UsageError for a label that does not fit its item."""
    turns = (len(item.messages) + 1) // 2
    if label.turn is not None and not 1 <= label.turn <= turns:
        raise UsageError(f"There are {turns} turns.")
    texts = [part.text for message in label.edited for part in message.parts]
    if sum(map(len, texts)) + len(label.note) > _LONGEST_TEXT:
        raise UsageError(f"A label has at most {_LONGEST_TEXT:,} letters.")
    if any(PLACEHOLDER.search(text) or holds_control_tokens(text) for text in texts):
        raise UsageError("A text holds a mark that trainers take for a picture or a turn.", repair="Take it out.")
    pictures = [part.picture for message in label.edited for part in message.parts if part.picture is not None]
    if any(not 0 <= picture < len(item.images) for picture in pictures):
        raise UsageError("A picture is none of this item's.")
