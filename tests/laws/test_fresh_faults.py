"""Faults that `validate` does not put in, on real sets: a figure that claims to notice them does, but where named."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import pytest
from msgspec.structs import replace
from scipy.stats import spearmanr

from tests.given.open_tools import opened_with_models
from tests.given.shared_data import shared
from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.catalogue import load_metric
from vlitqa.contracts import Context, Fit, FittedMetric
from vlitqa.contracts.tools import Tools
from vlitqa.reader import open_dataset
from vlitqa.records import Place, Record, Turn
from vlitqa.results import Summary

SETS = ("llava_complex_reasoning_2k.json", "slake_validate.json", "lrv_evaluation_set.json")
RECORDS = 700
DOSES = (0.0, 0.15, 0.3, 0.6, 0.9)
REFUSAL = "I'm sorry, but as an AI language model I cannot help with that."
PREAMBLE = (
    "You are a careful and helpful assistant who looks at the picture first and answers all questions truthfully. "
)
POLITE = ("Could you please help me with this?", "Tell me what you think, please.", "What would you say about it?")


class Surroundings(NamedTuple):
    """What a fault may take from the set: its most frequent texts, and another row that stays as it is."""

    instruction: str
    response: str
    other: Record


Break = Callable[[Record, Surroundings], Record]


def each_turn(damage: Callable[[Turn, Surroundings], Turn]) -> Break:
    return lambda record, around: replace(record, turns=tuple([damage(turn, around) for turn in record.turns]))


def instructed(reword: Callable[[str], str]) -> Break:
    return each_turn(lambda turn, _: replace(turn, instruction=reword(turn.instruction or "")))


def answered(reword: Callable[[str], str]) -> Break:
    return each_turn(lambda turn, _: replace(turn, response=reword(turn.response or "")))


def copied(reword: Callable[[str], str]) -> Break:
    """The texts of another row, its responses reworded."""
    return lambda record, around: replace(
        record, turns=tuple([replace(turn, response=reword(turn.response or "")) for turn in around.other.turns])
    )


def is_long(turn: Turn) -> bool:
    return len((turn.response or "").split()) > 8


def asking(*, short: str, long: str) -> Break:
    """Asks for a long response where there is a short one, and for a short one where there is a long one."""
    return each_turn(
        lambda turn, _: replace(turn, instruction=f"{turn.instruction} {short if is_long(turn) else long}")
    )


def keep_length(record: Record, _: Surroundings) -> Record:
    """Asks for the length that a response has."""
    ask = {True: "Explain it in detail, please, with all that you see.", False: "Answer briefly."}
    turns = [replace(turn, instruction=f"{turn.instruction} {ask[is_long(turn)]}") for turn in record.turns]
    return replace(record, turns=tuple(turns))


VARIED_INSTRUCTIONS: Mapping[str, Break] = {
    "cut to two words": instructed(lambda text: " ".join(text.split()[:2])),
    "one template": instructed(lambda _: "Describe the image in detail."),
    "three polite phrases": instructed(lambda text: POLITE[len(text) % 3]),
    "the most frequent one": each_turn(lambda turn, around: replace(turn, instruction=around.instruction)),
    "only why": instructed(lambda _: "Why?"),
}
VARIED_RESPONSES: Mapping[str, Break] = {
    "yes": answered(lambda _: "Yes."),
    "a refusal": answered(lambda _: REFUSAL),
    "the most frequent one": each_turn(lambda turn, around: replace(turn, response=around.response)),
    "one of three": answered(lambda text: POLITE[len(text) % 3]),
    "one letter": answered(lambda text: "ABC"[len(text) % 3]),
}
REPEATED_WORDS: Mapping[str, Break] = {
    "said three times": answered(lambda text: " ".join([text] * 3)),
    "after a preamble": answered(lambda text: PREAMBLE + text),
    "a refusal": answered(lambda _: REFUSAL),
    "after a refusal": answered(lambda text: f"{REFUSAL} {text}"),
    "with a signature": answered(lambda text: f"{text} Thank you for the question, and ask me whatever else you want."),
}
OBJECTS: Mapping[str, Break] = {
    "cut to two words": VARIED_INSTRUCTIONS["cut to two words"],
    "one template": VARIED_INSTRUCTIONS["one template"],
    "only why": VARIED_INSTRUCTIONS["only why"],
    "what is it": instructed(lambda _: "What is it?"),
    "things are called it": instructed(lambda text: re.sub(r"\b(?:the|a|an) \w+", "it", text, flags=re.IGNORECASE)),
}
REGIONS: Mapping[str, Break] = {
    "a box of shares": answered(lambda text: f"{text} [0.12, 0.3, 0.55, 0.81]"),
    "a box of pixels": answered(lambda text: f"{text} It lies at [12, 30, 155, 281]."),
    "a marked reference": instructed(lambda text: f"{text} <ref>the left one</ref><box>(12,30),(155,281)</box>"),
    "a region mark": instructed(lambda text: f"{text} Look at <region1>."),
    "a point": answered(lambda text: f"{text} <point>412, 633</point>"),
}
DENIALS: Mapping[str, Break] = {
    "no, there is none": answered(lambda _: "No, there is no such thing in the image."),
    "none is shown": answered(lambda _: "It is not shown in the picture."),
    "nothing of it": answered(lambda _: "There are no such things here."),
    "no mention": answered(lambda _: "There is no mention of it in the image."),
    "no": answered(lambda _: "No"),
}
LENGTHS: Mapping[str, Break] = {
    "one word": asking(short="Answer with a single word.", long="Explain it in detail."),
    "a phrase": asking(short="Answer the question using a single word or phrase.", long="Give a detailed answer."),
    "yes or no": asking(short="Answer yes or no.", long="Describe it in detail."),
    "words": asking(short="Use at most 3 words.", long="Write at least 60 words."),
    "a letter": asking(short="Answer with the option's letter.", long="Give a thorough analysis."),
}
UNUSABLE: Mapping[str, Break] = {
    "no response": answered(lambda _: ""),
    "no instruction": instructed(lambda _: " "),
    "tokens of a template": answered(lambda text: f"{text}<|im_end|>"),
    "a turn twice": lambda record, _: replace(record, turns=(*record.turns, record.turns[0])),
    "letters that turn the text": answered(lambda text: f"\u202e{text}\u202c"),
}
COPIES: Mapping[str, Break] = {
    "as it is": copied(lambda text: text),
    "in capitals": copied(str.upper),
    "with more spaces": copied(lambda text: text.replace(" ", "  ")),
    "with another ending": copied(lambda text: f"{text} Yes."),
    "without commas": copied(lambda text: text.replace(",", "")),
}


class Claim(NamedTuple):
    """A figure, the faults that it claims to notice, and the sign of rho that it claims."""

    metric: str
    figure: str
    variant: str
    faults: Mapping[str, Break]
    sign: int
    intact: Break | None = None
    """The change of the rows that keep free of the fault, if any."""


CLAIMS = (
    Claim("tasks", "task labels", "sound", VARIED_INSTRUCTIONS, -1),
    Claim("tasks", "task labels of order 1", "sound", VARIED_INSTRUCTIONS, -1),
    Claim("balance", "pairs of one task", "sound", VARIED_INSTRUCTIONS, 1),
    Claim("instructions", "Vendi score of instructions", "sound", VARIED_INSTRUCTIONS, -1),
    Claim("responses", "Vendi score of responses", "sound", VARIED_RESPONSES, -1),
    Claim("responses", "different responses", "sound", VARIED_RESPONSES, -1),
    Claim("responses", "response clusters", "sound", VARIED_RESPONSES, -1),
    Claim("lexical", "diversity of responses", "original", REPEATED_WORDS, -1),
    Claim("elements", "objects of an instruction", "original", OBJECTS, -1),
    Claim("granularity", "regional instructions", "sound", REGIONS, 1),
    Claim("negatives", "negative instructions", "sound", DENIALS, 1),
    Claim("lengths", "requested lengths kept", "sound", LENGTHS, -1, keep_length),
    Claim("integrity", "clean records", "sound", UNUSABLE, -1),
    Claim("duplicates", "near-duplicate texts", "sound", COPIES, 1),
)
_REASONING, _SLAKE, _LRV = SETS
_VENDI, _VENDI_OF_RESPONSES, _PAIRS = "Vendi score of instructions", "Vendi score of responses", "pairs of one task"
BENT: Mapping[str, frozenset[tuple[str, str]]] = {
    _REASONING: frozenset(
        {
            ("task labels of order 1", "one template"),
            (_PAIRS, "one template"),
            (_PAIRS, "the most frequent one"),
            (_PAIRS, "cut to two words"),
            (_VENDI, "cut to two words"),
        }
    ),
    _SLAKE: frozenset(
        {
            (_PAIRS, "one template"),
            (_PAIRS, "three polite phrases"),
            (_PAIRS, "cut to two words"),
            (_VENDI, "three polite phrases"),
            (_VENDI, "cut to two words"),
            (_VENDI_OF_RESPONSES, "a refusal"),
            (_VENDI_OF_RESPONSES, "one of three"),
            (_VENDI_OF_RESPONSES, "one letter"),
        }
    ),
    _LRV: frozenset({(_VENDI, "cut to two words")}),
}
"""Figures and faults by set, where a small dose makes a figure better before more of it makes it worse.

A text that is new to a set adds a kind to it: the variety of few kinds rises by one more. docs/metrics.md says so.
"""


def records_of(name: str) -> list[Record]:
    """Records in English, in the order of their file, each with its row."""
    with open_dataset(shared(f"vlit/text/{name}")).entries() as entries:
        read = [entry for entry in entries if isinstance(entry, Record) and entry.text().isascii()]
    return [replace(record, place=Place(row, row + 1), id=str(row)) for row, record in enumerate(read[:RECORDS])]


def faulty(records: Sequence[Record], damage: Break, dose: float, intact: Break | None) -> list[Record]:
    """The records of which a share has the fault, always the same first."""
    common = [
        Counter(text for record in records for turn in record.turns if (text := getattr(turn, half))).most_common(1)[0][
            0
        ]
        for half in ("instruction", "response")
    ]
    order = sorted(range(len(records)), key=lambda row: shuffle_key("fresh", row))
    chosen = set(order[: round(dose * len(records))])
    spared = order[round(max(DOSES) * len(records)) :]

    def changed(row: int, record: Record) -> Record:
        around = Surroundings(*common, records[spared[row % len(spared)]])
        if row in chosen:
            return damage(record, around)
        return intact(record, around) if intact else record

    return [changed(row, record) for row, record in enumerate(records)]


def without_images(record: Record) -> Record:
    """The record without its images, which are not here: that they are missing would be its fault at every dose."""
    turns = [
        replace(turn, instruction_images=(), response_images=(), instruction_offsets=(), response_offsets=())
        for turn in record.turns
    ]
    return replace(record, images=(), turns=tuple(turns), placeholders=None)


class Yardstick:
    """The metrics, fitted once on the records without faults."""

    def __init__(self, records: Sequence[Record], tools: Tools) -> None:
        self._records, self._tools, self._fits = records, tools, dict[str, Fit]()
        for name in ("tasks", "responses"):
            metric = load_metric(name)
            assert isinstance(metric, FittedMetric)
            self._fits[name] = metric.fit(metric.measure(records, tools), tools)
        self.summary = cache(self._summary)

    def _summary(self, name: str, damage: Break, dose: float, intact: Break | None) -> Summary:
        metric = load_metric(name)
        read = {other: self.summary(other, damage, dose, intact) for other in metric.card.all_read}
        labels = {other: summary.labels for other, summary in read.items()}
        context = Context(self._fits.get(name, {}), labels, {other: summary.tags for other, summary in read.items()})
        records = faulty(self._records, damage, dose, intact)
        if name == "integrity":
            records = list(map(without_images, records))
        return metric.combine(metric.measure(records, self._tools), context)

    def curve(self, claim: Claim, damage: Break) -> list[float]:
        """The values of a figure at all doses; nan where it has none."""
        name = (claim.figure, claim.variant)
        of_doses = (self.summary(claim.metric, damage, dose, claim.intact).figures for dose in DOSES)
        shown = [next(figure for figure in figures if (figure.name, figure.variant) == name) for figures in of_doses]
        return [math.nan if figure.value is None else figure.value for figure in shown]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    with opened_with_models(tmp_path_factory.mktemp("models")) as tools:
        yield tools


def follows(values: Sequence[float], sign: int) -> bool:
    """True if the values rise or fall with the dose as claimed."""
    return len(set(values)) > 1 and float(spearmanr(DOSES, values).statistic) * sign >= 0.95


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_figures_follow_faults_that_they_were_never_tried_with(name: str, tools: Tools) -> None:
    yardstick = Yardstick(records_of(name), tools)
    curves = {
        (claim.figure, fault): (claim, yardstick.curve(claim, damage))
        for claim in CLAIMS
        for fault, damage in claim.faults.items()
    }
    bent = {key: values for key, (claim, values) in curves.items() if not follows(values, claim.sign)}
    assert bent.keys() == BENT[name], bent
    for claim, values in (curves[key] for key in bent):
        assert (values[-1] - values[0]) * claim.sign > 0, "at nine of ten rows it follows"
