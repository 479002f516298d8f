"""The page of a conversation shows all that was said and shown, and none of it does anything."""

from __future__ import annotations

import numpy as np

from reports.conversation import conversation_page
from reports.page import render_page
from tests.given.runs import HOSTILE
from tests.reports.test_page import Elements
from vlitqa.contracts.conversations import ShownPicture, Speech
from vlitqa.contracts.tools import Picture


def picture(side: int) -> Picture:
    pixels = np.zeros((side, 2 * side, 3), np.uint8)
    return Picture(width=2 * side, height=side, format="PNG", frames=1, digest="x", pixels=pixels)


def page_of(*speeches: Speech) -> str:
    return render_page(conversation_page(speeches, "mim", ("seed 3",))).decode()


def test_words_and_pictures_stand_in_their_order() -> None:
    asked = Speech("you", (ShownPicture("scene.png", picture(2_000)), "Draw it."))
    page = page_of(asked, Speech("mim", ("Here it is.", ShownPicture("a red star", picture(8)), "Was it that?")))
    places = [page.index(text) for text in ('alt="scene.png"', "Draw it.", "Here it is.", 'alt="a red star"', "Was it")]
    assert places == sorted(places)
    assert page.count("data:image/webp;base64,") == 2
    assert len(page) < 200_000, "a large picture is scaled down"


def test_what_was_said_stays_text() -> None:
    elements = Elements(page_of(*(Speech(text, (text, ShownPicture(text, picture(4)))) for text in HOSTILE)))
    plain = Elements(page_of(*(Speech("you", ("A word", ShownPicture("a", picture(4)))) for _ in HOSTILE)))
    assert [name for name, _ in elements.found] == [name for name, _ in plain.found]


def test_a_conversation_without_a_word_says_so() -> None:
    assert "Nothing was said." in page_of()
