"""The gold of a dataset: turns drawn for people to judge, and their verdicts joined with the rows they are about."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec

from vlitqa.algorithms.shuffle_key import draw_rows
from vlitqa.contracts import GoldRows
from vlitqa.errors import UsageError
from vlitqa.metrics.grouped_turns import group_of
from vlitqa.reader import Dataset
from vlitqa.records import Record
from vlitqa.results.gold import GoldLine, GoldSubject, answered_turns, gold_line, subject_of

_REPAIR = "`vlitqa gold DATASET` writes such a file; set correct to true or false in its lines."


@dataclass(frozen=True, slots=True)
class GoldVerdicts:
    """The verdicts in a file, by what they are about."""

    path: Path
    digest: str
    by_subject: Mapping[GoldSubject, bool]
    lines: Mapping[GoldSubject, int]
    """The number of lines with a verdict: a response that stands in many rows may have been drawn more than once."""
    causes: Mapping[GoldSubject, str] = field(default_factory=dict)
    """The errors of incorrect responses, as people name them."""


@dataclass(frozen=True, slots=True)
class JoinedGold:
    """Verdicts on turns of a dataset, and the number of those about other responses to its instructions."""

    rows: GoldRows
    elsewhere: int
    groups: Mapping[int, str] = field(default_factory=dict)
    """By row, the image by which records stand or fall together."""
    causes: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """By row, the errors that people name of its incorrect responses."""

    @property
    def count(self) -> int:
        """The number of turns with a verdict."""
        return sum(map(len, self.rows.values()))


def read_gold(path: Path) -> GoldVerdicts:
    """Reads a file of verdicts; lines that have none yet are left out."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).", repair=_REPAIR) from None
    verdicts: dict[GoldSubject, bool] = {}
    lines: Counter[GoldSubject] = Counter()
    causes: dict[GoldSubject, str] = {}
    for number, text in enumerate(content.removeprefix(BOM_UTF8).splitlines(), 1):
        if not text.strip():
            continue
        try:
            line = msgspec.json.decode(text, type=GoldLine)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}, line {number} is no verdict ({error}).", repair=_REPAIR) from None
        if line.correct is not None and verdicts.setdefault(line.subject, line.correct) is not line.correct:
            repair = "Let people agree, and keep one of both."
            raise UsageError(
                f"{path}, line {number}: an earlier line says the opposite of this response.", repair=repair
            )
        lines[line.subject] += line.correct is not None
        if line.correct is False and (cause := " ".join((line.cause or "").lower().split())):
            causes.setdefault(line.subject, cause)
    return GoldVerdicts(path, sha256(content).hexdigest(), verdicts, lines, causes)


def join_gold(gold: GoldVerdicts, dataset: Dataset) -> JoinedGold:
    """Looks for the turns that verdicts are about.

    Where a dataset gives other responses to the same instructions, the verdicts were drawn from another version of it.
    Those that still fit are no random sample of it: it would be only what both versions share. None is taken then.
    A verdict on a response that stands in many rows counts as often as it was given, and not once for each row.
    """
    rows: defaultdict[int, dict[int, bool]] = defaultdict(dict)
    of_gold = {subject[:-1] for subject in gold.by_subject}
    asked: set[tuple[str, ...]] = set()
    met: set[GoldSubject] = set()
    groups: dict[int, str] = {}
    causes: defaultdict[int, list[str]] = defaultdict(list)
    left = Counter(gold.lines)
    for record, place in answered_turns(_records(dataset)):
        subject = subject_of(record, record.turns[place])
        if subject[:-1] in of_gold:
            asked.add(subject[:-1])
        verdict = gold.by_subject.get(subject)
        if verdict is None:
            continue
        met.add(subject)
        if left[subject]:
            left[subject] -= 1
            rows[record.place.row][place] = verdict
            groups[record.place.row] = group_of(record) or f"row {record.place.row}"
            if subject in gold.causes:
                causes[record.place.row].append(gold.causes[subject])
    elsewhere = sum(subject[:-1] in asked for subject in gold.by_subject.keys() - met)
    return JoinedGold({}, elsewhere) if elsewhere else JoinedGold(rows, 0, groups, causes)


def draw_gold(dataset: Dataset, size: int, seed: int) -> list[GoldLine]:
    """Draws turns with a response at random, each as a line without a verdict, in the order of rows."""
    count = sum(1 for _ in answered_turns(_records(dataset)))
    chosen = set(draw_rows(range(count), min(size, count), seed))
    turns = enumerate(answered_turns(_records(dataset)))
    return [gold_line(record, place) for number, (record, place) in turns if number in chosen]


def _records(dataset: Dataset) -> Iterator[Record]:
    with dataset.entries() as entries:
        yield from (entry for entry in entries if isinstance(entry, Record))
