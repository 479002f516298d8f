"""What stands between the language model and the painter: words, or hidden states, as in the paper's three variants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Medium = Literal["words", "history", "prompts"]
RUNS: Mapping[Medium, tuple[str, ...]] = {
    "words": (),
    "history": (),
    "prompts": tuple(f"<IMG{number}>" for number in range(1, 9)),
}
"""The special tokens that stand before a picture that is drawn.

| medium | a picture is drawn by |
|---|---|
| words | its description, which is written where it begins |
| history | the states of all tokens before it |
| prompts | the states of a run of special tokens |
"""
