"""Faults that `validate` does not put in, on real sets: a figure that claims to notice them does, but where named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import pytest
from msgspec.structs import replace

from tests.given.fault_doses import (
    Break,
    Claim,
    Surroundings,
    Yardstick,
    break_turns,
    reword_instructions,
    reword_responses,
)
from tests.given.open_tools import opened_with_models
from tests.given.shared_data import shared
from vlitqa.contracts.tools import Tools
from vlitqa.reader import open_dataset
from vlitqa.records import Place, Record, Turn

SETS = ("llava_complex_reasoning_2k.json", "slake_validate.json", "lrv_evaluation_set.json")
RECORDS = 700
REFUSAL = "I'm sorry, but as an AI language model I cannot help with that."
PREAMBLE = (
    "You are a careful and helpful assistant who looks at the picture first and answers all questions truthfully. "
)
POLITE = ("Could you please help me with this?", "Tell me what you think, please.", "What would you say about it?")


def copied(reword: Callable[[str], str]) -> Break:
    """The texts of another row, its responses reworded."""
    return lambda record, around: replace(
        record, turns=tuple([replace(turn, response=reword(turn.response or "")) for turn in around.other.turns])
    )


def is_long(turn: Turn) -> bool:
    return len((turn.response or "").split()) > 8


def asking(*, short: str, long: str) -> Break:
    """Asks for a long response where there is a short one, and for a short one where there is a long one."""
    return break_turns(
        lambda turn, _: replace(turn, instruction=f"{turn.instruction} {short if is_long(turn) else long}")
    )


def keep_length(record: Record, _: Surroundings) -> Record:
    """Asks for the length that a response has."""
    ask = {True: "Explain it in detail, please, with all that you see.", False: "Answer briefly."}
    turns = [replace(turn, instruction=f"{turn.instruction} {ask[is_long(turn)]}") for turn in record.turns]
    return replace(record, turns=tuple(turns))


VARIED_INSTRUCTIONS: Mapping[str, Break] = {
    "cut to two words": reword_instructions(lambda text: " ".join(text.split()[:2])),
    "one template": reword_instructions(lambda _: "Describe the image in detail."),
    "three polite phrases": reword_instructions(lambda text: POLITE[len(text) % 3]),
    "the most frequent one": break_turns(lambda turn, around: replace(turn, instruction=around.instruction)),
    "only why": reword_instructions(lambda _: "Why?"),
}
VARIED_RESPONSES: Mapping[str, Break] = {
    "yes": reword_responses(lambda _: "Yes."),
    "a refusal": reword_responses(lambda _: REFUSAL),
    "the most frequent one": break_turns(lambda turn, around: replace(turn, response=around.response)),
    "one of three": reword_responses(lambda text: POLITE[len(text) % 3]),
    "one letter": reword_responses(lambda text: "ABC"[len(text) % 3]),
}
REPEATED_WORDS: Mapping[str, Break] = {
    "said three times": reword_responses(lambda text: " ".join([text] * 3)),
    "after a preamble": reword_responses(lambda text: PREAMBLE + text),
    "a refusal": reword_responses(lambda _: REFUSAL),
    "after a refusal": reword_responses(lambda text: f"{REFUSAL} {text}"),
    "with a signature": reword_responses(
        lambda text: f"{text} Thank you for the question, and ask me whatever else you want."
    ),
}
OBJECTS: Mapping[str, Break] = {
    "cut to two words": VARIED_INSTRUCTIONS["cut to two words"],
    "one template": VARIED_INSTRUCTIONS["one template"],
    "only why": VARIED_INSTRUCTIONS["only why"],
    "what is it": reword_instructions(lambda _: "What is it?"),
    "things are called it": reword_instructions(
        lambda text: re.sub(r"\b(?:the|a|an) \w+", "it", text, flags=re.IGNORECASE)
    ),
}
REGIONS: Mapping[str, Break] = {
    "a box of shares": reword_responses(lambda text: f"{text} [0.12, 0.3, 0.55, 0.81]"),
    "a box of pixels": reword_responses(lambda text: f"{text} It lies at [12, 30, 155, 281]."),
    "a marked reference": reword_instructions(
        lambda text: f"{text} <ref>the left one</ref><box>(12,30),(155,281)</box>"
    ),
    "a region mark": reword_instructions(lambda text: f"{text} Look at <region1>."),
    "a point": reword_responses(lambda text: f"{text} <point>412, 633</point>"),
}
DENIALS: Mapping[str, Break] = {
    "no, there is none": reword_responses(lambda _: "No, there is no such thing in the image."),
    "none is shown": reword_responses(lambda _: "It is not shown in the picture."),
    "nothing of it": reword_responses(lambda _: "There are no such things here."),
    "no mention": reword_responses(lambda _: "There is no mention of it in the image."),
    "no": reword_responses(lambda _: "No"),
}
LENGTHS: Mapping[str, Break] = {
    "one word": asking(short="Answer with a single word.", long="Explain it in detail."),
    "a phrase": asking(short="Answer the question using a single word or phrase.", long="Give a detailed answer."),
    "yes or no": asking(short="Answer yes or no.", long="Describe it in detail."),
    "words": asking(short="Use at most 3 words.", long="Write at least 60 words."),
    "a letter": asking(short="Answer with the option's letter.", long="Give a thorough analysis."),
}
UNUSABLE: Mapping[str, Break] = {
    "no response": reword_responses(lambda _: ""),
    "no instruction": reword_instructions(lambda _: " "),
    "tokens of a template": reword_responses(lambda text: f"{text}<|im_end|>"),
    "a turn twice": lambda record, _: replace(record, turns=(*record.turns, record.turns[0])),
    "letters that turn the text": reword_responses(lambda text: f"\u202e{text}\u202c"),
}
COPIES: Mapping[str, Break] = {
    "as it is": copied(lambda text: text),
    "in capitals": copied(str.upper),
    "with more spaces": copied(lambda text: text.replace(" ", "  ")),
    "with another ending": copied(lambda text: f"{text} Yes."),
    "without commas": copied(lambda text: text.replace(",", "")),
}


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


def without_images(record: Record) -> Record:
    """The record without its images, which are not here: that they are missing would be its fault at every dose."""
    turns = [
        replace(turn, instruction_images=(), response_images=(), instruction_offsets=(), response_offsets=())
        for turn in record.turns
    ]
    return replace(record, images=(), turns=tuple(turns), placeholders=None)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    with opened_with_models(tmp_path_factory.mktemp("models")) as tools:
        yield tools


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_figures_follow_faults_that_they_were_never_tried_with(name: str, tools: Tools) -> None:
    curves = Yardstick(records_of(name), tools, {"integrity": without_images}).curves(CLAIMS)
    bent = {key: curve for key, curve in curves.items() if not curve.follows}
    assert bent.keys() == BENT[name], bent
    assert all(curve.ends_worse for curve in bent.values()), "at nine of ten rows it follows"
