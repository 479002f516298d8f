"""TextBind's own filters, as its released code applies them: eight rules in their order, and two repairs.

`repeated_reply` compares with all replies before that came so far, dropped later or not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from vlitqa.construction.interleaved_replies import MOST_DISTANCE

_HUMAN, _ASSISTANT = "Human:", "Assistant:"
_FEWEST_MESSAGES = 3
_CLOSED = re.compile(r"<img(\d+)>.*?</img\1>")
_OPENED = re.compile(r"<img\d+>")


@dataclass(slots=True)
class OriginalFilters:
    """Judges replies one after the other; it remembers them."""

    _replies: set[str] = field(default_factory=set)

    def fault_of(self, reply: str, captions: Sequence[str]) -> str:
        """The code of the first rule that a reply breaks; empty for one that is kept."""
        numbers = [int(tag[4:-1]) for tag in _OPENED.findall(reply)]
        if any(reply.count(f"<img{number}>") > 1 for number in range(len(captions))):
            return "repeated_image"
        if any(number >= len(captions) for number in numbers):
            return "unseen_image"
        if not _CLOSED.search(reply):
            return "no_image"
        if reply in self._replies:
            return "repeated_reply"
        self._replies.add(reply)
        if _HUMAN not in reply:
            return "wrong_roles"
        return _fault_of_messages(split_messages(reply), captions)


def split_messages(reply: str) -> list[str]:
    """The messages from the first of the human on; a line without a speaker goes on with the message before it."""
    messages: list[str] = []
    for line in map(str.strip, reply[reply.index(_HUMAN) :].split("\n")):
        if line.startswith((_HUMAN, _ASSISTANT)):
            messages.append(line)
        elif line:
            messages[-1] += f"\n{line}"
    return messages


def repair_message(message: str) -> str:
    """A message without opening tags whose closing tag is missing, and without double commas."""
    for tag in _OPENED.findall(message):
        if tag.replace("<", "</") not in message:
            message = re.sub(rf"\s*{re.escape(tag)}", "", message)
    return message.replace(",,", "")


def _fault_of_messages(messages: Sequence[str], captions: Sequence[str]) -> str:
    for number, message in enumerate(messages):
        holds_both = _HUMAN in message and _ASSISTANT in message
        if holds_both or not message.startswith((_HUMAN, _ASSISTANT)[number % 2]):
            return "wrong_roles"
    if len(messages) < _FEWEST_MESSAGES:
        return "too_few_turns"
    changed = any(_has_changed_caption(repair_message(message), captions) for message in messages)
    return "changed_caption" if changed else ""


def _has_changed_caption(message: str, captions: Sequence[str]) -> bool:
    """True if the first repetition of some description in a message is too far from it."""
    for number, caption in enumerate(captions):
        match = re.search(f"<img{number}>(.*?)</img{number}>", message)
        if match and Levenshtein.distance(match[1].strip(), caption) / max(len(caption), 1) > MOST_DISTANCE:
            return True
    return False
