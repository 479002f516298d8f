"""Moses tokens against sacremoses itself."""

from __future__ import annotations

import json
import string
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacremoses import MosesTokenizer

from tests.given.shared_data import shared
from vlitqa.algorithms.moses import MOSES_CHARACTER_CAP, moses_tokens

TRICKY = (
    "",
    " ",
    "\u3000\xa0\t\n",
    "Mr. Smith met Dr. Jones at 5 p.m. on No. 7 Main St. in the U.S.A.",
    "It's a dog's life, isn't it? They're 'quoted' and ``quoted'' too.",
    "Costs $1,234.56 (approx. 3.14%) - see pp. 12-14, fig. 3a...",
    "e.g. this, i.e. that... and so on.. end.",
    "A.b.C. x.y next. Next. next Ünder. über. Ω. α.",
    "<image>\nWhat is <b>this</b> & that | [it] {them}?",
    "https://example.org/a?b=c&d=e user@example.org @@ -- --- ... ....",
    "图片里有什么？一只猫。 这是 A. 和 B.",
    "ünïcödé naïve café’s “curly” ‘quotes’ – dash — dash …",
    "🐈‍⬛ emoji🎉text 👩‍👩‍👧‍👦.",
    "a\u200bb \u202e c\x00d\x1fe \ufeffstart",
    "1. First\n2. Second\n\n- bullet • dot",
    "No. No. 5 Nos. 6 Art. x Art. 9 vs. them.",
)


@cache
def plain() -> MosesTokenizer:
    return MosesTokenizer(lang="en")


def tokens_of(text: str) -> tuple[str, ...]:
    return tuple(plain().tokenize(text, escape=False))


@pytest.mark.parametrize("text", TRICKY)
def test_tricky_punctuation_gives_the_tokens_of_sacremoses(text: str) -> None:
    assert moses_tokens(text) == tokens_of(text)


@given(st.text(max_size=80))
def test_any_text_gives_the_tokens_of_sacremoses(text: str) -> None:
    assert moses_tokens(text) == tokens_of(text)


@given(st.text(alphabet="aBé.,'’ 1-\"&<|…ß" + string.punctuation, max_size=40))
def test_any_punctuation_gives_the_tokens_of_sacremoses(text: str) -> None:
    assert moses_tokens(text) == tokens_of(text)


def test_real_captions_give_the_tokens_of_sacremoses() -> None:
    rows = json.loads(shared("vlit/llava_pretrain_240/dataset.json").read_text())
    texts = [message["value"] for row in rows for message in row["conversations"]]
    assert len(texts) >= 240
    assert [moses_tokens(text) for text in texts] == [tokens_of(text) for text in texts]


def test_real_answers_give_the_tokens_of_sacremoses() -> None:
    rows = json.loads(shared("vlit/text/llava_complex_reasoning_2k.json").read_text())[:300]
    texts = [pair[half] for row in rows for pair in row["QA"] for half in "qa"]
    assert len(texts) >= 600
    assert [moses_tokens(text) for text in texts] == [tokens_of(text) for text in texts]


@given(st.text(max_size=80))
def test_no_token_is_empty_or_holds_a_space(text: str) -> None:
    assert all(token and " " not in token for token in moses_tokens(text))


def test_a_text_of_millions_of_letters_is_cut() -> None:
    assert len(moses_tokens("a " * MOSES_CHARACTER_CAP)) == MOSES_CHARACTER_CAP // 2
