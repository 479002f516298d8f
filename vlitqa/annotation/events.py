"""All that people do, in the order in which they did it: nothing is overwritten, and each save is on the disk.

The state of an item is a fold of its events. Whoever saves says which revision he saw; if another window of his saved
since, nothing is lost: the save is refused with what is there now.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from vlitqa.errors import RunError
from vlitqa.results.annotation import ItemLabel

ANNOTATIONS = "annotations.sqlite"
ADJUDICATOR = "adjudicator"
"""The name of whoever decides items on which others differ."""
EventKind = Literal["label", "skip", "undo"]
_WAIT_SECONDS = 30.0


class LabelEvent(Struct, frozen=True, kw_only=True):
    """One thing that somebody did."""

    item: str
    digest: str
    """That of what was shown."""
    annotator: str
    revision: int
    """Counted from 1 for each item and annotator."""
    kind: EventKind
    label: ItemLabel | None = None
    reason: str = ""
    """Why an item was skipped."""
    seconds: float = 0.0
    time: str = ""


class ItemState(Struct, frozen=True, kw_only=True):
    """Where one annotator stands with one item."""

    revision: int = 0
    label: ItemLabel | None = None
    skipped: str | None = None
    """The reason; None for an item that was not skipped."""
    seconds: float = 0.0

    @property
    def is_done(self) -> bool:
        """True for a label or a skip."""
        return self.label is not None or self.skipped is not None


class StaleRevision(Exception):
    """Somebody saved this item since it was shown."""

    def __init__(self, state: ItemState) -> None:
        super().__init__("stale revision")
        self.state = state


class EventStore:
    """The events of one run, in one SQLite file that is safe against a power cut."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ANNOTATIONS
        self._events: list[LabelEvent] = []
        self._by_item: defaultdict[tuple[str, str], list[LabelEvent]] = defaultdict(list)
        self._last = 0
        """The last event that was read; those of another process come behind it."""
        self._lock = threading.Lock()
        try:
            self.path.touch(mode=0o600)
            self._database = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            with self._database:
                self._database.execute(
                    "CREATE TABLE IF NOT EXISTS events (event INTEGER PRIMARY KEY, item TEXT, annotator TEXT, "
                    "revision INTEGER, body BLOB, UNIQUE (item, annotator, revision))"
                )
                self._database.execute("CREATE TABLE IF NOT EXISTS links (annotator TEXT PRIMARY KEY, token TEXT)")
                self._database.execute("CREATE TABLE IF NOT EXISTS served (annotator TEXT PRIMARY KEY)")
        except (OSError, sqlite3.Error) as error:
            raise RunError(f"{self.path} cannot be used ({error}).", repair="Move it away, or free the disk.") from None

    def token_of(self, annotator: str) -> str:
        """The secret of an annotator's link; made once, so that a server that was stopped has the same links."""
        with self._lock, self._database:
            row = self._database.execute("SELECT token FROM links WHERE annotator = ?", (annotator,)).fetchone()
            if row:
                return str(row[0])
            token = secrets.token_urlsafe(24)
            self._database.execute("INSERT INTO links VALUES (?, ?)", (annotator, token))
            return token

    def served_annotators(self) -> list[str]:
        """Those for whom the page was served last; none where it never was."""
        with self._lock, closing(self._database.execute("SELECT annotator FROM served ORDER BY rowid")) as rows:
            return [name for (name,) in rows]

    def keep_served(self, annotators: Sequence[str]) -> None:
        """Keeps for whom the page is served, in the place of those of last time."""
        with self._lock, self._database:
            self._database.execute("DELETE FROM served")
            self._database.executemany("INSERT INTO served VALUES (?)", [(name,) for name in annotators])

    def add(self, event: LabelEvent, seen: int) -> ItemState:
        """Keeps an event and gives the new state; raises StaleRevision where another was kept since the one seen."""
        with self._lock:
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                state = self._fold(event.item, event.digest, event.annotator)
                if state.revision != seen:
                    raise StaleRevision(state)
                now = datetime.now(UTC).isoformat(timespec="milliseconds")
                kept = msgspec.structs.replace(event, revision=seen + 1, time=now)
                values = (kept.item, kept.annotator, kept.revision, msgspec.json.encode(kept))
                self._database.execute(
                    "INSERT INTO events (item, annotator, revision, body) VALUES (?, ?, ?, ?)", values
                )
            return self._fold(event.item, event.digest, event.annotator)

    def states(self, annotator: str, items: Sequence[tuple[str, str]]) -> list[ItemState]:
        """Where an annotator stands with items as they are now, each given with its digest."""
        with self._lock:
            self._read_new()
            return [fold(self._by_item.get((item, annotator), ()), digest) for item, digest in items]

    def all_events(self) -> Sequence[LabelEvent]:
        """All events, the first first."""
        with self._lock:
            self._read_new()
            return list(self._events)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._database.close()

    def _fold(self, item: str, digest: str, annotator: str) -> ItemState:
        self._read_new()
        return fold(self._by_item.get((item, annotator), ()), digest)

    def _read_new(self) -> None:
        """Reads the events that were added since, here or by another process: nothing is ever changed or taken away."""
        query = "SELECT event, body FROM events WHERE event > ? ORDER BY event"
        for number, body in self._database.execute(query, (self._last,)).fetchall():
            event = msgspec.json.decode(body, type=LabelEvent)
            self._events.append(event)
            self._by_item[event.item, event.annotator].append(event)
            self._last = number


def fold(events: Iterable[LabelEvent], digest: str) -> ItemState:
    """The state that the events of one item and one annotator lead to; an undo goes back by one step.

    Events about a text with another digest count as revisions alone.
    """
    states = [ItemState()]
    revision = 0
    for event in events:
        revision = event.revision
        if event.digest != digest:
            continue
        if event.kind == "undo":
            states = states[:-1] or [ItemState()]
        elif event.kind == "skip":
            states.append(ItemState(skipped=event.reason, seconds=event.seconds))
        else:
            states.append(ItemState(label=event.label, seconds=event.seconds))
    return msgspec.structs.replace(states[-1], revision=revision)
