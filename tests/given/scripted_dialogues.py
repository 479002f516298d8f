"""A writer that makes right dialogues about the pictures of a prompt, in TextBind's notation."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

_DATA = re.compile(r"^<data-\w+>\n(.*)\n</data-\w+>$", re.MULTILINE | re.DOTALL)
_LISTED = re.compile(r"^<img(\d+)> (.*) </img\1>$", re.MULTILINE)


def compose_dialogue(messages: Sequence[Mapping[str, str]], seed: int) -> str:
    """A dialogue that shows every listed picture once, at the beginning, in the middle or at the end of a message."""
    pictures = _LISTED.findall(_DATA.findall(messages[-1]["content"])[-1])
    dice = random.Random(f"dialogue {seed} {pictures}")
    lines = []
    for number, caption in pictures:
        tag = f"<img{number}> {caption} </img{number}>"
        form = dice.randrange(3)
        if form == 0:
            lines.append(
                f"Human: {tag} What do I show you as number {number}?\nAssistant: It is the one called {number}."
            )
        elif form == 1:
            lines.append(f"Human: Show me number {number}.\nAssistant: Here it is: {tag} It is picture {number}.")
        else:
            lines.append(f"Human: And number {number}?\nAssistant: Look at picture {number}. {tag}")
    return "\n".join(lines)
