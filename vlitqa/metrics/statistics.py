"""Statistics of conversations: their turns, images and words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from vlitqa.algorithms.intervals import mean_interval
from vlitqa.algorithms.moses import TEXTBIND_IMAGE, moses_tokens
from vlitqa.algorithms.words import count_words, first_words
from vlitqa.contracts import ALONE, Card, Context, FigureName
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.grouped_turns import group_of
from vlitqa.metrics.text_faults import shows_unread_media
from vlitqa.records import Record, with_image_marks, without_frames
from vlitqa.results import Figure, Measurement, Status, Summary, Table
from vlitqa.results.evidence import HalvesCount, StatisticsEvidence, TurnHalves, TypedEvidence, evidence_of

_BEGINNING, _FREQUENT = 3, 20
"""Words of a beginning, and how many beginnings are listed."""
_LAST_TURN = 20
"""Later turns are put together in the table of images by turn."""


@dataclass(frozen=True)
class Statistics:
    """Size of the conversations: turns, images and words, and the turns in which the images stand.

    Measures: the Moses tokens of a record; in the dataset TextBind's Table 3 and Figure 4.
    Reads: turns, their texts and the images that belong to them.
    Range: 0 and up; neither more nor less is better.
    Caveats: `original` counts as TextBind does: Moses tokens, of which the mark of an image is three, and half a turn
    for a lone message. `sound` counts words between white space, and a turn for every pair, complete or not. Chinese
    and Japanese have no such spaces: there every Han character and every run of hiragana or katakana is a word. Thai,
    Lao and Khmer have none either, so their words are undercounted. A conversation about a video, a sound or another
    recording is not text-only, and frames of a video count as no images. The different images stand in a table of
    `duplicates`.
    Source: TextBind, Table 3 and Figure 4; its published process_mim.py. The review, Table 2, for the number of pairs.
    """

    card: ClassVar[Card] = Card(
        name="statistics",
        version=6,
        headline=FigureName("conversations", "original"),
        follows_size=(FigureName("instruction-response pairs", "sound"),),
        counts="tokens",
        better="none",
        packages=("sacremoses",),
    )
    evidence: ClassVar[type[TypedEvidence]] = StatisticsEvidence

    def measure(self, records: Sequence[Record], _tools: Tools) -> Sequence[Measurement]:
        """Counts the tokens, words and images of each record."""
        return [_measured(record) for record in records]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Takes the means over conversations, and counts images turn by turn."""
        columns: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        groups: list[str] = []
        by_turn: defaultdict[int, _TurnImages] = defaultdict(_TurnImages)
        left_out: Counter[str] = Counter()
        beginnings: Counter[str] = Counter()
        conversations = pairs = unread = text_only = with_recordings = 0
        for measurement in sorted(measurements, key=lambda measurement: measurement.place.row):  # sums hang on an order
            if measurement.value is None:
                left_out[measurement.status.value] += 1
                continue
            evidence = evidence_of(measurement, StatisticsEvidence)
            conversations += 1
            groups.append(evidence.group or f"row {measurement.place.row}")
            pairs += sum(turn.has_instruction and turn.has_response for turn in evidence.by_turn)
            unread += evidence.has_unread_media
            text_only += not (evidence.pictures or evidence.recordings or evidence.has_unread_media)
            with_recordings += bool(evidence.recordings)
            for column, value in _columns(evidence).items():
                columns[column].append(value)
            beginnings.update(evidence.begun)
            for position, halves in enumerate(evidence.by_turn):
                by_turn[min(position, _LAST_TURN)].add(halves)
        figures = [Figure("conversations", "original", float(conversations), measured=conversations)]
        figures += [_mean(*column, columns[column], groups, dict(left_out)) for column in _ORDER]
        totals = {
            "text-only conversations": text_only,
            "conversations with unread media": unread,
            "instruction-response pairs": pairs,
        }
        if with_recordings:
            totals["conversations with videos or sounds"] = with_recordings
        figures += [Figure(name, "sound", float(total), measured=conversations) for name, total in totals.items()]
        tables = ((_beginnings(beginnings),) if beginnings else ()) + ((_images_by_turn(by_turn),) if by_turn else ())
        return Summary(tuple(figures), tables=tables)


@dataclass(slots=True)
class _TurnImages:
    """The images of all turns at one position, and how many there are."""

    in_instructions: int = 0
    in_responses: int = 0
    instructions: int = 0
    responses: int = 0

    def add(self, turn: TurnHalves) -> None:
        self.in_instructions += turn.instruction_images
        self.in_responses += turn.response_images
        self.instructions += turn.has_instruction
        self.responses += turn.has_response


def _measured(record: Record) -> Measurement:
    record = without_frames(record)
    instructions = [turn.instruction for turn in record.turns]
    responses = [turn.response for turn in record.turns]
    marked = [with_image_marks(turn, TEXTBIND_IMAGE) for turn in record.turns]
    evidence = StatisticsEvidence(
        tokens=HalvesCount(*(_sum(_count_tokens, [halves[side] for halves in marked]) for side in (0, 1))),
        words=HalvesCount(_sum(count_words, instructions), _sum(count_words, responses)),
        messages=sum(text is not None for text in (*instructions, *responses)),
        pictures=len(record.images),
        recordings=len(record.recordings),
        has_unread_media=shows_unread_media(record),
        group=group_of(record),
        begun=[first_words(text, _BEGINNING) for text in instructions if text and text.strip()],
        by_turn=[
            TurnHalves(
                instruction_images=len(turn.instruction_images),
                response_images=len(turn.response_images),
                has_instruction=turn.instruction is not None,
                has_response=turn.response is not None,
            )
            for turn in record.turns
        ],
    )
    tokens = float(evidence.tokens.instructions + evidence.tokens.responses)
    return Measurement(tokens, Status.OK, "", msgspec.to_builtins(evidence), record.place, record.id)


def _sum(count: Callable[[str], int], texts: Sequence[str | None]) -> int:
    return sum(count(text) for text in texts if text)


def _count_tokens(text: str) -> int:
    return len(moses_tokens(text))


def _columns(evidence: StatisticsEvidence) -> dict[tuple[str, str], float]:
    """The columns of TextBind's Table 3 for one conversation, by name and variant."""
    columns: dict[tuple[str, str], float] = {
        ("turns", "original"): evidence.messages / 2,
        ("turns", "sound"): len(evidence.by_turn),
        ("images in conversations", "original"): evidence.pictures,
        ("images in instructions", "original"): sum(turn.instruction_images for turn in evidence.by_turn),
        ("images in responses", "original"): sum(turn.response_images for turn in evidence.by_turn),
    }
    for variant, count in (("original", evidence.tokens), ("sound", evidence.words)):
        columns["words in conversations", variant] = count.instructions + count.responses
        columns["words in instructions", variant] = count.instructions
        columns["words in responses", variant] = count.responses
    return columns


_NO_WORDS = HalvesCount(0, 0)
_ORDER = tuple(
    _columns(StatisticsEvidence(tokens=_NO_WORDS, words=_NO_WORDS, messages=0, pictures=0, begun=[], by_turn=[]))
)


def _mean(name: str, variant: str, values: list[float], groups: list[str], left_out: dict[str, int]) -> Figure:
    return Figure(
        name,
        variant,
        sum(values) / len(values) if values else None,
        interval=mean_interval(values, groups),
        measured=len(values),
        left_out=left_out,
        reason="" if values else "no record was read",
        unit="mean",
    )


def _beginnings(beginnings: Counter[str]) -> Table:
    """The most frequent beginnings of instructions: a template shows itself by its share."""
    total = beginnings.total()
    ranked = sorted(beginnings.items(), key=lambda item: (-item[1], item[0]))[:_FREQUENT]
    rows = tuple((words, count, count / total) for words, count in ranked)
    return Table("beginnings of instructions", ("first words", "instructions", "share"), rows)


def _images_by_turn(by_turn: Mapping[int, _TurnImages]) -> Table:
    """TextBind's Figure 4: the mean number of images in instructions and responses, turn by turn."""
    rows = tuple(
        (
            str(turn + 1) if turn < _LAST_TURN else f"{_LAST_TURN + 1} and later",
            images.in_instructions / images.instructions if images.instructions else None,
            images.in_responses / images.responses if images.responses else None,
            images.instructions,
        )
        for turn, images in sorted(by_turn.items())
    )
    return Table(
        "images by turn", ("turn", "images of an instruction, mean", "images of a response, mean", "instructions"), rows
    )
