"""Questions and responses as people and models word them, each with the signs that a reader sees in it."""

from __future__ import annotations

import time

import pytest

from vlitqa.algorithms.denials import AskedAndAnswered, recognise


@pytest.mark.parametrize(
    "instruction",
    [
        *("Is there a dog?", "Are the crumbs on a cookie?", "Isn't this a CT scan?", "Has the man a hat?"),
        *("Here is a photo.\nDoes it show a cat?", "In the image, is there a dog?", "Can you see a dog in the image?"),
        *("Is the lung healthy", "A dog. Answer yes or no.", "Do you think it is warm, or not?"),
    ],
)
def test_a_question_that_asks_for_yes_or_no(instruction: str) -> None:
    assert recognise(instruction, "So it seems").is_yes_no


@pytest.mark.parametrize(
    "instruction",
    [
        *("What is this?", "Can you describe the image?", "Could you please tell me the colour?", "Describe it."),
        *("Is the cup red or blue?", "Would you name the dog?", "Do not answer.", "What is it that is there?"),
        *("What is the woman doing and are there others?", "Have a look."),
    ],
)
def test_a_question_that_asks_for_more(instruction: str) -> None:
    assert not recognise(instruction, "A red cup").is_yes_no


@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        *(
            ("Yes", "yes"),
            ("yes, it is.", "yes"),
            ("Yeah!", "yes"),
            ("No", "no"),
            ("no.", "no"),
            ("No, it is red.", "no"),
        ),
        *(("No there is none", "no"), ("<think>a dog?</think><answer>No</answer>", "no"), ("Answer: Yes", "yes")),
        *(("No dog", ""), ("Nobody", ""), ("Yesterday", ""), ("North", ""), ("It is red.", "")),
    ],
)
def test_a_verdict_is_a_response_that_begins_with_yes_or_no(response: str, verdict: str) -> None:
    signs = recognise("What about it?", response)
    assert (signs.verdict, signs.is_yes_no) == (verdict, bool(verdict))


@pytest.mark.parametrize(
    ("instruction", "response"),
    [
        ("Is there a dog?", "no"),
        ("Is there a red ring?", "No, there is no red ring, but there is a blue disc."),
        ("Where is the bicycle?", "There is no bicycle in the image."),
        ("Describe the unicorn.", "There isn\u2019t a unicorn here."),
        ("Describe the people.", "No people are visible."),
        ("Find the cat.", "I cannot see any cat."),
        ("What colour is the hat?", "The man is not shown with a hat. He is bald."),
        ("Read the sign.", "The image does not contain a sign."),
        ("Which animal is it?", "None"),
        ("How many cats are there?", "0"),
        ("How many cats are there?", "There are zero cats."),
        ("How many circles are there?", "I count 0 circles."),
        ("Is the soup green?", "The soup is actually yellow."),
        ("Is the table blue?", "The table is brown, not blue."),
        ("Look at the purple dog.", "This instruction is misleading, as the dog is brown."),
    ],
)
def test_a_response_that_denies_what_it_was_asked_about(instruction: str, response: str) -> None:
    signs = recognise(instruction, response)
    assert (signs.denies, signs.refuses) == (True, False)


@pytest.mark.parametrize(
    ("instruction", "response"),
    [
        ("Is there a dog?", "Yes, there is a dog, but no cat."),
        ("Describe the image.", "A street on a sunny day. There are no cars."),
        ("What does the sign say?", "No parking"),
        ("Rate the image from 0 to 5.", "0"),
        ("How many litres?", "0.5"),
        ("What should he do?", "There is no doubt that he should rest."),
        ("Is the cup red or blue?", "The cup is red."),
        ("Is the dog black?", "The dog is black."),
    ],
)
def test_a_response_that_denies_nothing(instruction: str, response: str) -> None:
    signs = recognise(instruction, response)
    assert (signs.denies, signs.refuses) == (False, False)


@pytest.mark.parametrize(
    "response",
    [
        *("I'm sorry, but I cannot see the image you are referring to.", "Sorry, I can't help with that."),
        *("As an AI language model, I cannot view images.", "As a large language model I have no eyes."),
        *(
            "I cannot see the image.",
            "I am unable to determine his age.",
            "I can\u2019t identify people.",
            "Unanswerable",
        ),
        *("Unable to determine", "Cannot be determined", "It is not possible to tell.", "Not sure.", "N/A"),
        *("No image was provided.", "I do not see any image here.", "The age cannot be determined from this angle."),
    ],
)
def test_a_refusal_is_no_denial(response: str) -> None:
    signs = recognise("How old is he?", response)
    assert signs == AskedAndAnswered(is_yes_no=False, verdict="", denies=False, refuses=True)


@pytest.mark.parametrize(
    "response",
    [
        *("I cannot see any dog.", "She apologizes to the man.", "It is difficult to tell, but he may be 40."),
        *("The door cannot be opened.", "A sign that says sorry.", "No, I cannot see the image's border."),
    ],
)
def test_an_answer_is_no_refusal(response: str) -> None:
    assert not recognise("What is there?", response).refuses


def test_long_texts_take_a_moment() -> None:
    begin = time.process_time()
    for piece in ("is a ", "Is it, ", "no ", "there is ", "<think>", "sorry cannot ", "I cannot see the ", "a\n"):
        recognise(piece * 20_000, piece * 20_000)
    assert time.process_time() - begin < 10
