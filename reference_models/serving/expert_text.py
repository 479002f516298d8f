"""What other tools have to say of a question, put in front of it."""

from __future__ import annotations

from collections.abc import Sequence


def add_context(question: str, texts: Sequence[str]) -> str:
    """The question behind what experts say, such as the words of a sound or the classes that a detector found.

    Each text has a line of its own, `Context: TEXT`, its white space joined; one that is empty is left out.
    """
    lines = [" ".join(text.split()) for text in texts]
    return "\n".join([*(f"Context: {line}" for line in lines if line), question])
