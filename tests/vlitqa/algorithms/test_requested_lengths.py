"""Demands of a length as data sets word them, and responses that keep to them or do not."""

from __future__ import annotations

import time

import pytest

from vlitqa.algorithms.requested_lengths import requested_length


@pytest.mark.parametrize(
    ("instruction", "kind"),
    [
        ("What is it?\nAnswer the question using a single word or phrase.", "a word or a phrase"),
        ("Answer with the option's letter from the given choices directly.", "a word or a phrase"),
        ("Is it red? Answer yes or no.", "a word or a phrase"),
        ("Describe the image in one sentence.", "one sentence"),
        ("Give a one-sentence caption.", "one sentence"),
        ("Describe it in at most 20 words.", "a number of words"),
        ("Write about 50 words.", "a number of words"),
        ("Describe the image concisely.", "a short response"),
        ("Write a terse but informative summary of the picture.", "a short response"),
        ("Give a short and clear explanation of the subsequent image.", "a short response"),
        ("Describe this image in detail.", "a detailed response"),
        ("Characterize the image using a well-detailed description.", "a detailed response"),
        ("Offer a thorough analysis of the image.", "a detailed response"),
    ],
)
def test_a_demand_of_a_length(instruction: str, kind: str) -> None:
    request = requested_length(instruction)
    assert request is not None
    assert request.kind == kind


@pytest.mark.parametrize(
    "instruction",
    [
        *(
            "What is this?",
            "What does the short man wear?",
            "Describe the detailed carving.",
            "How many words are there?",
        ),
        *(
            "Give a short but detailed description, in detail.",
            "Read the 12 words on the sign.",
            "Is the sentence long?",
        ),
    ],
)
def test_other_instructions_ask_for_no_length(instruction: str) -> None:
    assert requested_length(instruction) is None


@pytest.mark.parametrize(
    ("instruction", "least", "most"),
    [
        ("Use a single word or phrase.", 1, 5),
        ("Describe it in at most 20 words.", 1, 20),
        ("Use at least 20 words.", 20, 10_000),
        ("Describe it in 20 words.", 15, 25),
        ("Describe it briefly.", 1, 35),
        ("Describe it in detail.", 35, 10_000),
    ],
)
def test_a_response_keeps_to_a_length_within_its_bounds(instruction: str, least: int, most: int) -> None:
    request = requested_length(instruction)
    assert request is not None
    assert all(request.is_kept(" ".join(["word"] * count)) for count in (least, most))
    assert not any(request.is_kept(" ".join(["word"] * count)) for count in (least - 1, most + 1) if 0 < count < 10_000)


def test_one_sentence_is_one_however_long() -> None:
    request = requested_length("In one sentence: what happens?")
    assert request is not None
    assert request.is_kept("A dog, which belongs to Mr. Brown, runs.")
    assert not request.is_kept("A dog runs. It barks.")


def test_long_instructions_take_a_moment() -> None:
    begin = time.process_time()
    for piece in ("short and ", "in at most ", "a word ", "detailed ", "12 words "):
        requested_length(piece * 20_000)
    assert time.process_time() - begin < 10
