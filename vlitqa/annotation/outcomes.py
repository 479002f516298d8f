"""What the labels of one item come to: its quality, or that somebody has still to decide it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vlitqa.annotation.assignment import AGAIN
from vlitqa.annotation.events import ADJUDICATOR, ItemState, LabelEvent, fold
from vlitqa.annotation.items import AnnotatedItem
from vlitqa.results.annotation import CHARACTERISTICS, EXCELLENT, POOR, SATISFACTORY, EditedMessage, ItemLabel

RANKS: Mapping[str, float] = {POOR: 1.0, SATISFACTORY: 2.0, EXCELLENT: 3.0}
"""Of qualities, the lowest first."""


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What is known of one item."""

    item: str
    labels: Mapping[str, ItemLabel]
    """By annotator, the adjudicator left out."""
    decided: ItemLabel | None = None
    """What the adjudicator says."""

    @property
    def is_disputed(self) -> bool:
        """True where labels tie, or one says poor and another excellent, and nobody decided."""
        if self.decided or len(self.labels) < 2:
            return False
        qualities = Counter(label.quality for label in self.labels.values()).most_common()
        is_tie = len(qualities) > 1 and qualities[0][1] == qualities[1][1]
        return is_tie or {POOR, EXCELLENT} <= {quality for quality, _ in qualities}

    @property
    def quality(self) -> str | None:
        """The decided quality, or that of most labels; None for none, and where it is disputed."""
        if self.decided:
            return self.decided.quality
        if not self.labels or self.is_disputed:
            return None
        return Counter(label.quality for label in self.labels.values()).most_common(1)[0][0]

    @property
    def safe_quality(self) -> str | None:
        """The quality under which it may serve as an example: the lowest label, unless it was decided."""
        if self.decided or not self.labels:
            return self.decided.quality if self.decided else None
        return min((label.quality for label in self.labels.values()), key=RANKS.__getitem__)

    @property
    def cause(self) -> str | None:
        """Why it is poor: what most of the labels say that call it so; None for an item that is not poor."""
        labels = [self.decided] if self.decided else list(self.labels.values())
        causes = Counter(label.cause for label in labels if label.quality == POOR and label.cause)
        return causes.most_common(1)[0][0] if causes and self.quality == POOR else None

    @property
    def edited(self) -> Sequence[EditedMessage]:
        """The conversation as somebody mended it, the adjudicator first; empty where nobody did."""
        labels = [*filter(None, [self.decided]), *self.labels.values()]
        return next((label.edited for label in labels if label.edited), ())

    @property
    def characteristics(self) -> Sequence[str]:
        """The characteristics that at least half of the labels name."""
        labels = [self.decided] if self.decided else list(self.labels.values())
        return [
            name
            for name in CHARACTERISTICS
            if 2 * sum(name in one.characteristics for one in labels) >= len(labels) > 0
        ]


def states_of(events: Sequence[LabelEvent], items: Sequence[AnnotatedItem]) -> Mapping[str, Mapping[str, ItemState]]:
    """By item and annotator: the state that their events lead to. Events about another text are left out."""
    digests = {item.id: item.digest for item in items}
    grouped: defaultdict[tuple[str, str], list[LabelEvent]] = defaultdict(list)
    for event in events:
        grouped[event.item, event.annotator].append(event)
    states: defaultdict[str, dict[str, ItemState]] = defaultdict(dict)
    for (item, annotator), of_one in grouped.items():
        if digest := digests.get(item.removesuffix(AGAIN)):
            states[item][annotator] = fold(of_one, digest)
    return states


def outcomes_of(
    states: Mapping[str, Mapping[str, ItemState]], items: Sequence[AnnotatedItem]
) -> Mapping[str, ItemOutcome]:
    """The outcome of every item."""
    outcomes = {}
    for item in items:
        labels = {name: state.label for name, state in states.get(item.id, {}).items() if state.label}
        decided = labels.pop(ADJUDICATOR, None)
        outcomes[item.id] = ItemOutcome(item.id, labels, decided)
    return outcomes
