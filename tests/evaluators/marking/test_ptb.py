"""Captions in tokens: what the Penn Treebank's tokenizer of CoreNLP 3.4.1 makes of them, without COCO's marks."""

from __future__ import annotations

import pytest

from evaluators.marking.ptb import tokenize


@pytest.mark.parametrize(
    ("caption", "cut"),
    [
        ("A dog's bone, isn't it?", "a dog 's bone is n't it"),
        ("They can't; we cannot!", "they ca n't we can not"),
        ("I'm gonna go, they're wanna-bes.", "i 'm gon na go they 're wanna-bes"),
        ("A black-and-white t-shirt", "a black-and-white t-shirt"),
        ("Mr. Smith of St. Louis, U.S.A.", "mr. smith of st. louis u.s.a."),
        ("J. K. Rowling", "j. k. rowling"),
        ("Two men (and a boat).", "two men -lrb- and a boat -rrb-"),
        ("at 10:30 for $1,000.50", "at 10:30 for $ 1,000.50"),
        ("the 2nd street 3/4 mile", "the 2nd street 3/4 mile"),
        ('a sign that says "STOP"', "a sign that says stop"),
        ("“curly” ‘marks’…", "curly marks"),
        ("fish &amp; chips", "fish & chips"),
        ("wait.. what?! -- yes", "wait what ?! yes"),
        ("5 o'clock with O'Brien", "5 o'clock with o'brien"),
        ("", ""),
    ],
)
def test_tokens(caption: str, cut: str) -> None:
    assert " ".join(tokenize(caption)) == cut
