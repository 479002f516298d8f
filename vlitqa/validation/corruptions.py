"""Faults of known dose: copies of records in which a share of them is broken in one way, and nothing else."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from typing import Literal

from msgspec.structs import replace

from vlitqa.algorithms.negation import negate
from vlitqa.errors import UsageError
from vlitqa.records import Record, Turn
from vlitqa.validation.sample import Records, Sample, number_drawn

FEW = 5
"""Records whose instructions or responses are repeated."""


Corruption = Callable[[Sample, float], Records | None]
"""Gives all records with a dose of them corrupted, or None where the sample has nothing to corrupt so."""


def images_swapped(sample: Sample, dose: float) -> Records | None:
    """Images are exchanged between pairs of records that have different ones."""
    refs = {
        (at, slot): ref.name or hashlib.sha256(ref.data or b"").hexdigest()
        for at in sample.chosen(dose)
        for slot, ref in enumerate(sample.records[at].images)
    }
    if len({at for at, record in enumerate(sample.records) if record.images}) < 2:
        return None
    images = {at: list(sample.records[at].images) for at, _ in refs}
    for (at, slot), (donor, other) in _partners(refs).items():
        images[at][slot] = sample.records[donor].images[other]
    return sample.with_new({at: replace(sample.records[at], images=tuple(refs)) for at, refs in images.items()})


def answers_negated(sample: Sample, dose: float) -> Records | None:
    """Responses are turned into their opposite by rules, where a rule applies."""
    new = {at: _worded(sample.records[at], response=_opposite) for at in sample.chosen(dose)}
    return sample.with_new(new)


def answers_exchanged(sample: Sample, dose: float) -> Records | None:
    """Responses are exchanged between pairs of turns, of different records, that say different things."""
    said = {
        (at, turn): response
        for at in sample.chosen(dose)
        for turn, (_, response) in enumerate(_texts(sample.records[at]))
        if response.strip()
    }
    given = {where: said[donor] for where, donor in _partners(said).items()}

    def exchanged(at: int) -> Callable[[str, int], str]:
        return lambda text, turn: given.get((at, turn), text)

    places = dict.fromkeys(at for at, _ in said)
    return sample.with_new({at: _worded(sample.records[at], response=exchanged(at)) for at in places})


def instructions_collapsed(sample: Sample, dose: float) -> Records | None:
    """Instructions are replaced by the instruction of one of five records, always the same five."""
    return _of_few(sample, dose, "instruction")


def responses_repeated(sample: Sample, dose: float) -> Records | None:
    """Responses are replaced by the response of one of five records, always the same five."""
    return _of_few(sample, dose, "response")


def tasks_dropped(sample: Sample, dose: float) -> Records | None:
    """Records of the rarest tasks, task after task, are replaced by copies of records of the most frequent one."""
    counts, most = _tasks(sample)
    if len(counts) < 2:
        return None
    rank = {at: place for place, at in enumerate(sample.order())}
    others = [at for at, label in enumerate(sample.labels) if label and at not in most]
    rarest = sorted(others, key=lambda at: (counts[sample.labels[at]], sample.labels[at], rank[at]))
    return sample.with_new(_copies(sample, rarest[: sample.count(dose)], most))


def labels_skewed(sample: Sample, dose: float) -> Records | None:
    """Records of any task are replaced by copies of records of the most frequent one."""
    counts, most = _tasks(sample)
    if len(counts) < 2:
        return None
    return sample.with_new(_copies(sample, [at for at in sample.chosen(dose) if at not in most], most))


def records_eased(sample: Sample, dose: float) -> Records | None:
    """Records are replaced by copies of those five that say least in a turn, and so ask for least."""
    few = sorted(sample.order(), key=lambda at: _words(sample.records[at]))[:FEW]
    return sample.with_new(_copies(sample, [at for at in sample.chosen(dose) if at not in few], few))


def words_shuffled(sample: Sample, dose: float) -> Records | None:
    """The words of instructions and of responses are shuffled, each text in itself."""

    def shuffled(at: int, half: str) -> Callable[[str, int], str]:
        row = sample.records[at].place.row

        def mixed(text: str, turn: int) -> str:
            words = text.split()
            order = sorted(range(len(words)), key=lambda place: number_drawn(sample.seed, row, half, turn, place))
            return " ".join(words[place] for place in order) if len(words) > 1 else text

        return mixed

    return sample.with_new(
        {
            at: _worded(sample.records[at], instruction=shuffled(at, "asked"), response=shuffled(at, "said"))
            for at in sample.chosen(dose)
        }
    )


CORRUPTIONS: Mapping[str, Corruption] = {
    "images_swapped": images_swapped,
    "answers_negated": answers_negated,
    "answers_exchanged": answers_exchanged,
    "instructions_collapsed": instructions_collapsed,
    "responses_repeated": responses_repeated,
    "tasks_dropped": tasks_dropped,
    "labels_skewed": labels_skewed,
    "records_eased": records_eased,
    "words_shuffled": words_shuffled,
}


def with_fault(records: Sequence[Record], fault: str, seed: int) -> Records:
    """Records with a fault that is written as `answers_negated:40`, which corrupts 40 of 100 of them."""
    kind, _, percent = fault.partition(":")
    if kind not in CORRUPTIONS or not percent.isdecimal() or not 0 < int(percent) <= 100:
        raise UsageError(
            f"{fault!r} is no fault.", repair=f"Such as answers_negated:40; known are {', '.join(CORRUPTIONS)}."
        )
    sample = Sample(tuple(records), tuple(record.task or "" for record in records), seed)
    found = CORRUPTIONS[kind](sample, int(percent) / 100)
    if found is None:
        raise UsageError(f"The dataset has nothing that {kind} could change.")
    return found


_Where = tuple[int, int]
"""A record, and in it a turn or an image."""


def _same(text: str, turn: int) -> str:
    return text


def _opposite(text: str, turn: int) -> str:
    return negate(text) or text


def _texts(record: Record) -> list[tuple[str, str]]:
    return [(turn.instruction or "", turn.response or "") for turn in record.turns]


def _worded(
    record: Record, instruction: Callable[[str, int], str] = _same, response: Callable[[str, int], str] = _same
) -> Record:
    """The record with other words; a half without words stays without."""

    def turned(turn: Turn, at: int) -> Turn:
        asked, said = turn.instruction, turn.response
        asked = instruction(asked, at) if asked and asked.strip() else asked
        return replace(turn, instruction=asked, response=response(said, at) if said and said.strip() else said)

    return replace(record, turns=tuple(turned(turn, at) for at, turn in enumerate(record.turns)))


def _of_few(sample: Sample, dose: float, half: Literal["instruction", "response"]) -> Records | None:
    """One half of each turn is replaced by that of the first turn of one of the records that hardly a dose reaches."""
    first = (turn for at in reversed(sample.order()) for turn in sample.records[at].turns[:1])
    few = list(dict.fromkeys(text for turn in first if (text := getattr(turn, half) or "").strip()))[:FEW]
    if not few:
        return None

    def repeated(at: int) -> Callable[[str, int], str]:
        row = sample.records[at].place.row
        return lambda text, turn: few[number_drawn(sample.seed, row, "repeated", turn) % len(few)]

    return sample.with_new({at: _worded(sample.records[at], **{half: repeated(at)}) for at in sample.chosen(dose)})


def _partners(content: Mapping[_Where, str]) -> dict[_Where, _Where]:
    """Pairs of different content from different records, each with the first that still waits for one.

    Going on with more content never parts a pair, so a larger dose holds the exchanges of a smaller one.
    """
    waiting: dict[str, deque[_Where]] = {}
    found: dict[_Where, _Where] = {}
    for where, own in content.items():
        mate = next((key for key, queue in waiting.items() if key != own and queue[0][0] != where[0]), None)
        if mate is None:
            waiting.setdefault(own, deque()).append(where)
            continue
        other = waiting[mate].popleft()
        if not waiting[mate]:
            del waiting[mate]
        found[where], found[other] = other, where
    return found


def _tasks(sample: Sample) -> tuple[Counter[str], list[int]]:
    """How many records each known task has, and those of the one with most; the first by the alphabet among equals."""
    counts = Counter(filter(None, sample.labels))
    most = min(counts, key=lambda label: (-counts[label], label), default="")
    return counts, [at for at in sample.order() if sample.labels[at] == most]


def _words(record: Record) -> float:
    """The mean of its turns; a record without any comes last."""
    turns = [len(f"{asked} {said}".split()) for asked, said in _texts(record)]
    return sum(turns) / len(turns) if turns else float("inf")


def _copies(sample: Sample, places: Sequence[int], donors: Sequence[int]) -> dict[int, Record]:
    """At each place a copy of one of some records, in turn, with an id of its own."""
    given = cycle([sample.records[at] for at in donors])
    return {
        at: replace(donor, id=f"{donor.id} copied to {sample.records[at].place.row}", place=sample.records[at].place)
        for at, donor in zip(places, given, strict=False)
    }
