"""The videos and sounds of records: which can be played, which cannot and why, and how long they are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from vlitqa.contracts.tools import Tools
from vlitqa.errors import RecordingFault
from vlitqa.metrics.grouped_cases import GroupedCases
from vlitqa.records import AUDIO, VIDEO, Record
from vlitqa.results import Figure, Table
from vlitqa.results.evidence import IntegrityEvidence, RecordingCheck

_NOUNS = {VIDEO: "videos", AUDIO: "sounds"}


def check_recordings(record: Record, tools: Tools) -> Sequence[RecordingCheck]:
    """Opens the videos and sounds of a record; the empty tuple where it has none."""
    checks = []
    for recording in record.recordings:
        try:
            probed = tools.recordings.probe(recording)
        except RecordingFault as fault:
            checks.append(RecordingCheck(recording.kind, fault.code))
        else:
            checks.append(RecordingCheck(recording.kind, "", round(probed.seconds, 3)))
    return checks or ()


class RecordingSummary:
    """The videos and sounds of a dataset."""

    def __init__(self, records: Iterable[IntegrityEvidence]) -> None:
        self._usable = GroupedCases()
        self._lengths: defaultdict[str, list[float]] = defaultdict(list)
        self._faulty: Counter[str] = Counter()
        for record in records:
            if record.recordings:
                self._add(record)

    def figures(self) -> tuple[Figure, ...]:
        """The share that can be played; no figure where no record names a video or a sound."""
        blank = Figure.without("usable media", "sound", "no record has a video or a sound", direction="up")
        figure = self._usable.figure(blank)
        return (figure,) if figure.measured else ()

    def tables(self) -> tuple[Table, ...]:
        """Videos and sounds that can be played, and their lengths in seconds."""
        rows = [
            (_NOUNS[kind], len(lengths) + self._faulty[kind], len(lengths), *_spread(lengths))
            for kind in _NOUNS
            if (lengths := self._lengths[kind]) or self._faulty[kind]
        ]
        columns = ("kind", "in the rows", "playable", "seconds in all", "shortest", "median", "longest")
        return (Table("videos and sounds", columns, tuple(rows)),) if rows else ()

    def counts(self) -> Mapping[str, int]:
        """The number of each kind, and of those that cannot be played; nothing where there are none."""
        return {
            name: count
            for kind, noun in _NOUNS.items()
            if (total := len(self._lengths[kind]) + self._faulty[kind])
            for name, count in ((noun, total), (f"bad_{noun}", self._faulty[kind]))
        }

    def _add(self, record: IntegrityEvidence) -> None:
        for check in record.recordings:
            if check.fault:
                self._faulty[check.kind] += 1
            else:
                self._lengths[check.kind].append(check.seconds)
        self._usable.add(record.group, sum(not check.fault for check in record.recordings), len(record.recordings))


def _spread(lengths: Sequence[float]) -> tuple[float | None, ...]:
    if not lengths:
        return (None,) * 4
    return sum(lengths), min(lengths), median(lengths), max(lengths)
