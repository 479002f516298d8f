"""A writer of dialogues of which a known share is wrong, and annotators who mostly see it.

A wrong dialogue speaks of a picture 9, which is none. The share falls with the good examples that the prompt shows, or
stays what it is: the figure of the rounds must tell the two writers apart. It proves nothing about language models.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from typing import Any
from urllib.request import Request, urlopen

from tests.given.scripted_writer import WriterServer, compose

ROUND = """\
strategy = "textbind"
name = "round-{seed}"
rows = {rows}
seed = {seed}
format = "textbind"
[images]
scenes = {scenes}
side = 64
[textbind]
{textbind}
[checks]
off = ["unused_image", "repeated_answer"]
[control]
metrics = "integrity"
"""
"""The recipe of one round."""
_FAULT = re.compile(r"\b(called|picture) \d")
_WRONG = "9"
UNTAUGHT, TAUGHT = 0.3, 0.05
"""The share of wrong dialogues without examples, and with three good ones."""


def taught_writer(*, learns: bool) -> WriterServer:
    """The writer behind a server on loopback."""

    def answer(payload: Mapping[str, Any], _call: int) -> tuple[int, Mapping[str, str], bytes]:
        messages = payload["messages"]
        examples = [message["content"] for message in messages if message["role"] == "assistant"]
        good = sum(not is_wrong(example) for example in examples) / 3 if learns else 0.0
        seed = int(payload.get("seed") or 0)
        text = compose(messages, seed)
        if random.Random(f"fault {seed}").random() < UNTAUGHT + good * (TAUGHT - UNTAUGHT):
            text = _FAULT.sub(rf"\1 {_WRONG}", text)
        return 200, {"Content-Type": "application/json"}, server.completion(payload, text)

    server = WriterServer(answer)
    return server


def is_wrong(dialogue: str) -> bool:
    """True for a dialogue that speaks of a picture that is none."""
    return re.search(rf"\b(called|picture) {_WRONG}", dialogue) is not None


def keys_for(dialogue: str, annotator: str, item: str) -> list[str]:
    """What an annotator presses for a dialogue; he is mistaken about one of twenty."""
    dice = random.Random(f"{annotator} {item}")
    is_poor = is_wrong(dialogue) != (dice.random() < 0.05)
    kinds = random.Random(f"characteristics {item}").sample("qwer", 2)
    quality = "3" if is_poor else "1" if random.Random(f"excellent {item}").random() < 0.4 else "2"
    return [quality, *(["6"] if is_poor else kinds), "Enter"]


_QUALITY = {"1": "excellent", "2": "satisfactory", "3": "poor"}
_KINDS = {
    "q": "image creation",
    "w": "image comparison",
    "e": "intrinsic understanding",
    "r": "extrinsic understanding",
}


def label_over_http(link: str, annotator: str) -> int:
    """Labels all open items of a link as its page does; gives their number."""
    host = link.split("/a/")[0]
    labelled = 0
    while item := json.loads(urlopen(f"{link}item", timeout=30).read()):
        text = "\n".join(part.get("text", "") for message in item["messages"] for part in message["parts"])
        keys = keys_for(text, annotator, item["item"])
        label = {
            "quality": _QUALITY[keys[0]],
            "characteristics": [_KINDS[key] for key in keys if key in _KINDS],
            "cause": "hallucination" if "6" in keys else None,
        }
        save = {"item": item["item"], "digest": item["digest"], "revision": item["state"]["revision"], "kind": "label"}
        body = json.dumps({**save, "label": label, "seconds": 1.0}).encode()
        headers = {"Content-Type": "application/json", "Origin": host}
        urlopen(Request(f"{link}save", body, headers), timeout=30).read()
        labelled += 1
    return labelled
