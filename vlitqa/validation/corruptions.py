"""Faults of known dose: copies of records in which a share of them is broken in one way, and nothing else."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from typing import Literal

from msgspec.structs import replace

from vlitqa.algorithms.negation import negate
from vlitqa.algorithms.words import count_words
from vlitqa.errors import UsageError
from vlitqa.records import Record, with_texts
from vlitqa.validation.sample import Records, Sample, seeded_number

DONORS = 5
"""Records that others are made copies of, or get their texts from."""

Corruption = Callable[[Sample, float], Records | None]
"""Gives all records with a dose of them corrupted, or None where the sample has nothing to corrupt so."""


def images_swapped(sample: Sample, dose: float) -> Records | None:
    """Images are exchanged between pairs of records that have different ones."""
    if sum(bool(record.images) for record in sample.records) < 2:
        return None
    names = {
        (place, slot): ref.name or hashlib.sha256(ref.data or b"").hexdigest()
        for place in sample.places_of(dose)
        for slot, ref in enumerate(sample.records[place].images)
    }
    images = {place: list(sample.records[place].images) for place, _ in names}
    for (place, slot), (donor, donor_slot) in _exchange_partners(names).items():
        images[place][slot] = sample.records[donor].images[donor_slot]
    return sample.with_replaced(
        {place: replace(sample.records[place], images=tuple(refs)) for place, refs in images.items()}
    )


def answers_negated(sample: Sample, dose: float) -> Records | None:
    """Responses are turned into their opposite by rules, where a rule applies."""
    return sample.with_replaced(
        {place: _reword(sample.records[place], response=_negate_or_keep) for place in sample.places_of(dose)}
    )


def answers_exchanged(sample: Sample, dose: float) -> Records | None:
    """Responses are exchanged between pairs of turns, of different records, that say different things."""
    responses = {
        (place, turn): response
        for place in sample.places_of(dose)
        for turn, (_, response) in enumerate(_texts(sample.records[place]))
        if response.strip()
    }
    exchanged = {spot: responses[donor] for spot, donor in _exchange_partners(responses).items()}

    def exchange(place: int) -> _Reword:
        return lambda text, turn: exchanged.get((place, turn), text)

    places = dict.fromkeys(place for place, _ in responses)
    return sample.with_replaced({place: _reword(sample.records[place], response=exchange(place)) for place in places})


def instructions_collapsed(sample: Sample, dose: float) -> Records | None:
    """Instructions are replaced by the instruction of one of five records, always the same five."""
    return _repeat_few(sample, dose, "instruction")


def responses_repeated(sample: Sample, dose: float) -> Records | None:
    """Responses are replaced by the response of one of five records, always the same five."""
    return _repeat_few(sample, dose, "response")


def tasks_dropped(sample: Sample, dose: float) -> Records | None:
    """Records of the rarest tasks, task after task, are replaced by copies of records of the most frequent one."""
    counts, donors = _task_counts(sample)
    if len(counts) < 2:
        return None
    rank = {place: rank for rank, place in enumerate(sample.order())}
    others = [place for place, label in enumerate(sample.labels) if label and place not in donors]
    rarest = sorted(others, key=lambda place: (counts[sample.labels[place]], sample.labels[place], rank[place]))
    return sample.with_replaced(_copies(sample, rarest[: sample.count(dose)], donors))


def labels_skewed(sample: Sample, dose: float) -> Records | None:
    """Records of any task are replaced by copies of records of the most frequent one."""
    counts, donors = _task_counts(sample)
    if len(counts) < 2:
        return None
    others = [place for place in sample.places_of(dose) if place not in donors]
    return sample.with_replaced(_copies(sample, others, donors))


def records_eased(sample: Sample, dose: float) -> Records | None:
    """Records are replaced by copies of those five that say least in a turn, and so ask for least."""
    donors = sorted(sample.order(), key=lambda place: _mean_words(sample.records[place]))[:DONORS]
    others = [place for place in sample.places_of(dose) if place not in donors]
    return sample.with_replaced(_copies(sample, others, donors))


def words_shuffled(sample: Sample, dose: float) -> Records | None:
    """The words of instructions and of responses are shuffled, each text in itself."""

    def shuffle(record: Record, half: str) -> _Reword:
        def shuffle_text(text: str, turn: int) -> str:
            words = text.split()
            parts = record.place.row, half, turn
            order = sorted(range(len(words)), key=lambda word: seeded_number(sample.seed, *parts, word))
            return " ".join(words[word] for word in order) if len(words) > 1 else text

        return shuffle_text

    def shuffled(record: Record) -> Record:
        return _reword(record, instruction=shuffle(record, "asked"), response=shuffle(record, "said"))

    return sample.with_replaced({place: shuffled(sample.records[place]) for place in sample.places_of(dose)})


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


def inject_fault(records: Sequence[Record], fault: str, seed: int) -> Records:
    """Puts a fault into records; `answers_negated:40` corrupts 40 of 100 of them."""
    kind, _, percent = fault.partition(":")
    if kind not in CORRUPTIONS or not percent.isdecimal() or not 0 < int(percent) <= 100:
        raise UsageError(
            f"{fault!r} is no fault.", repair=f"Such as answers_negated:40; known are {', '.join(CORRUPTIONS)}."
        )
    sample = Sample(tuple(records), tuple(record.task or "" for record in records), seed)
    corrupted = CORRUPTIONS[kind](sample, int(percent) / 100)
    if corrupted is None:
        raise UsageError(f"The dataset has nothing that {kind} could change.")
    return corrupted


_Reword = Callable[[str, int], str]
"""Gives another text for a text and its turn."""
_Spot = tuple[int, int]
"""The place of a record, and in it of a turn or an image."""


def _keep(text: str, _turn: int) -> str:
    return text


def _negate_or_keep(text: str, _turn: int) -> str:
    return negate(text) or text


def _texts(record: Record) -> list[tuple[str, str]]:
    return [(turn.instruction or "", turn.response or "") for turn in record.turns]


def _reword(record: Record, *, instruction: _Reword = _keep, response: _Reword = _keep) -> Record:
    """The record with other texts; a half without words stays without."""

    def apply(reword: _Reword, text: str | None, turn: int) -> str | None:
        return reword(text, turn) if text and text.strip() else text

    turns = (
        with_texts(turn, apply(instruction, turn.instruction, number), apply(response, turn.response, number))
        for number, turn in enumerate(record.turns)
    )
    return replace(record, turns=tuple(turns))


def _repeat_few(sample: Sample, dose: float, half: Literal["instruction", "response"]) -> Records | None:
    """Replaces one half of each turn by that of the first turn of a donor, a record that hardly a dose reaches."""
    first_turns = (turn for place in reversed(sample.order()) for turn in sample.records[place].turns[:1])
    texts = list(dict.fromkeys(text for turn in first_turns if (text := getattr(turn, half) or "").strip()))[:DONORS]
    if not texts:
        return None

    def repeat(row: int) -> _Reword:
        return lambda _text, turn: texts[seeded_number(sample.seed, row, "repeated", turn) % len(texts)]

    return sample.with_replaced(
        {
            place: _reword(sample.records[place], **{half: repeat(sample.records[place].place.row)})
            for place in sample.places_of(dose)
        }
    )


def _exchange_partners(content: Mapping[_Spot, str]) -> dict[_Spot, _Spot]:
    """Pairs of different content from different records, each with the first that still waits for one.

    Going on with more content never parts a pair, so a larger dose holds the exchanges of a smaller one.
    """
    waiting: dict[str, deque[_Spot]] = {}
    partners: dict[_Spot, _Spot] = {}
    for spot, text in content.items():
        other_text = next((key for key, queue in waiting.items() if key != text and queue[0][0] != spot[0]), None)
        if other_text is None:
            waiting.setdefault(text, deque()).append(spot)
            continue
        partner = waiting[other_text].popleft()
        if not waiting[other_text]:
            del waiting[other_text]
        partners[spot], partners[partner] = partner, spot
    return partners


def _task_counts(sample: Sample) -> tuple[Counter[str], list[int]]:
    """The records of each known task, counted, and the places of the most frequent; of equals the first by name."""
    counts = Counter(filter(None, sample.labels))
    most_frequent = min(counts, key=lambda label: (-counts[label], label), default="")
    return counts, [place for place in sample.order() if sample.labels[place] == most_frequent]


def _mean_words(record: Record) -> float:
    """The mean number of words in a turn; a record without turns comes last."""
    turns = [count_words(instruction) + count_words(response) for instruction, response in _texts(record)]
    return sum(turns) / len(turns) if turns else float("inf")


def _copies(sample: Sample, places: Sequence[int], donors: Sequence[int]) -> dict[int, Record]:
    """A copy of a donor for each place, the donors in turn, with an id of its own."""
    targets = [sample.records[place].place for place in places]
    sources = cycle([sample.records[donor] for donor in donors])
    return {
        place: replace(source, id=f"{source.id} copied to {target.row}", place=target)
        for place, target, source in zip(places, targets, sources, strict=False)
    }
