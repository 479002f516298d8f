"""How large the conversations of a dataset are."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from vlitqa.algorithms.intervals import mean_interval
from vlitqa.algorithms.moses import moses_tokens
from vlitqa.contracts import ALONE, Card, Context
from vlitqa.contracts.tools import Tools
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Summary, Table

_BEGINNING, _FREQUENT = 3, 20
"""Words of a beginning, and how many beginnings are listed."""
_LAST_TURN = 20
"""Later turns are put together in the table of images by turn."""
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u309f"
_KATAKANA = "\u30a0-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_UNSPACED = re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}]")
"""Letters of languages that put no spaces between words; Hangul is none of them."""
_PART = re.compile(f"[{_HAN}]|[{_HIRAGANA}]+|[{_KATAKANA}]+|[^\\W{_HAN}{_HIRAGANA}{_KATAKANA}]+")


@dataclass(frozen=True)
class Statistics:
    """How large the conversations are: turns, images and words, and in which turn the images stand.

    Measures: the Moses tokens of a record; in the dataset TextBind's Table 3 and Figure 4.
    Reads: turns, their texts and the images that belong to them.
    Range: 0 and up; neither more nor less is better.
    Caveats: `original` counts words as TextBind does, by Moses tokens with the image marks left out, and half a turn
    for a lone message; `sound` counts words between white space and a turn for every pair, complete or not. Chinese
    and Japanese have no such spaces: there every Han character and every run of hiragana or katakana is a word. Thai,
    Lao and Khmer have none either and are counted too low.
    Source: TextBind, Table 3 and Figure 4; its published process_mim.py.
    """

    card: ClassVar[Card] = Card(name="statistics", version=3, better="none", packages=("sacremoses",))

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        return [_measured(record) for record in records]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        columns: defaultdict[str, list[float]] = defaultdict(list)
        by_turn: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        left_out: Counter[str] = Counter()
        begun: Counter[str] = Counter()
        conversations = text_only = 0
        for each in measurements:
            if each.value is None:
                left_out[each.status.value] += 1
                continue
            conversations += 1
            text_only += not each.evidence["pictures"]
            for name, value in _row(each.evidence).items():
                columns[name].append(value)
            begun.update(each.evidence["begun"])
            for position, halves in enumerate(each.evidence["by_turn"]):
                turn = by_turn[min(position, _LAST_TURN)]
                for place, value in enumerate(halves):
                    turn[place] += value
        figures = [Figure("conversations", "original", float(conversations), measured=conversations)]
        figures += [_mean(name, columns[name], dict(left_out)) for name in _ORDER]
        figures.append(Figure("text-only conversations", "sound", float(text_only), measured=conversations))
        tables = ((_beginnings(begun),) if begun else ()) + ((_images_by_turn(by_turn),) if by_turn else ())
        return Summary(tuple(figures), tables=tables)


def _measured(record: Record) -> Measurement:
    halves = [(turn.instruction, turn.response) for turn in record.turns]
    tokens = [[len(moses_tokens(text)) if text else 0 for text in pair] for pair in halves]
    words = [[_words(text) if text else 0 for text in pair] for pair in halves]
    evidence = {
        "tokens": [sum(pair[side] for pair in tokens) for side in (0, 1)],
        "words": [sum(pair[side] for pair in words) for side in (0, 1)],
        "messages": sum(text is not None for pair in halves for text in pair),
        "pictures": len(record.images),
        "begun": [" ".join(asked.lower().split()[:_BEGINNING]) for asked, _ in halves if asked and asked.strip()],
        "by_turn": [
            [
                len(turn.instruction_images),
                len(turn.response_images),
                turn.instruction is not None,
                turn.response is not None,
            ]
            for turn in record.turns
        ],
    }
    return Measurement(float(sum(map(sum, tokens))), evidence=evidence, place=record.place, record_id=record.id)


def _words(text: str) -> int:
    """The words between white space; where Han characters or kana stand in one, its parts instead."""
    words = text.split()
    if text.isascii() or not _UNSPACED.search(text):
        return len(words)
    return sum(len(_PART.findall(word)) if _UNSPACED.search(word) else 1 for word in words)


def _row(evidence: Any) -> dict[str, float]:
    """The columns of TextBind's Table 3 for one conversation, under their variant and name."""
    instructions = sum(turn[0] for turn in evidence["by_turn"])
    responses = sum(turn[1] for turn in evidence["by_turn"])
    row = {
        "original turns": evidence["messages"] / 2,
        "sound turns": len(evidence["by_turn"]),
        "original images in conversations": evidence["pictures"],
        "original images in instructions": instructions,
        "original images in responses": responses,
    }
    for variant, key in (("original", "tokens"), ("sound", "words")):
        asked, answered = evidence[key]
        row[f"{variant} words in conversations"] = asked + answered
        row[f"{variant} words in instructions"] = asked
        row[f"{variant} words in responses"] = answered
    return row


_ORDER = tuple(_row({"by_turn": [], "pictures": 0, "messages": 0, "tokens": (0, 0), "words": (0, 0)}))


def _mean(name: str, values: list[float], left_out: dict[str, int]) -> Figure:
    variant, _, title = name.partition(" ")
    return Figure(
        title,
        variant,
        sum(values) / len(values) if values else None,
        interval=mean_interval(values),
        measured=len(values),
        left_out=left_out,
        reason="" if values else "no record was read",
        unit="mean",
    )


def _beginnings(begun: Counter[str]) -> Table:
    """How the most instructions begin: a template shows itself by its share."""
    total = begun.total()
    ranked = sorted(begun.items(), key=lambda each: (-each[1], each[0]))[:_FREQUENT]
    rows = tuple((words, count, count / total) for words, count in ranked)
    return Table("beginnings of instructions", ("first words", "instructions", "share"), rows)


def _images_by_turn(by_turn: dict[int, list[int]]) -> Table:
    """TextBind's Figure 4: the mean number of images in instructions and responses, turn by turn."""
    rows = []
    for turn in sorted(by_turn):
        asked, answered, instructions, responses = by_turn[turn]
        label = str(turn + 1) if turn < _LAST_TURN else f"{_LAST_TURN + 1} and later"
        rows.append(
            (
                label,
                asked / instructions if instructions else None,
                answered / responses if responses else None,
                instructions,
            )
        )
    return Table("images by turn", ("turn", "in instructions", "in responses", "instructions"), tuple(rows))
