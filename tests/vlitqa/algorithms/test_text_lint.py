"""Faults that can be read off a response: planted ones are found, and sound answers like them are not."""

from __future__ import annotations

import pytest

from vlitqa.algorithms.text_lint import faults_of_response

CHOICE = "What is it?\nA. red\nB. blue\nAnswer with the option's letter from the given choices directly."


@pytest.mark.parametrize(
    ("instruction", "response", "code"),
    [
        ("Why?", "<think>It is red so the answer\nred", "reasoning_open"),
        ("Why?", "It is red.</think> red", "reasoning_open"),
        ("Why?", "<think>a</think><think>b</think> red", "reasoning_open"),
        ("Why?", "<think> \n</think>\nred", "reasoning_empty"),
        ("Why?", "<think>It is red.</think>\n", "reasoning_alone"),
        ("Describe it.", "I'm sorry, but I cannot see the image you are referring to.", "unseen_image"),
        ("Describe it.", "As an AI language model, I can’t view images.", "unseen_image"),
        ("Describe it.", "As a text-based model I cannot look at pictures.", "unseen_image"),
        ("Describe it.", "No image was provided with your question.", "unseen_image"),
        ("Describe it.", "Please upload the image, and I will look at it.", "unseen_image"),
        ("Describe it.", "I am unable to access that.", "unseen_image"),
        ("Describe it.", "Based on the caption provided, the image shows a square.", "prompt_residue"),
        ("Describe it.", "The bounding boxes given indicate an object.", "prompt_residue"),
        ("Is there a dog?", "The captions mention a cat and no dog.", "prompt_residue"),
        ("Is there a dog?", "No dog is mentioned in the given annotations.", "prompt_residue"),
        ("What is it?", "<p>A <b>dog</b></p>", "markup_left"),
        ("What is it?", "A dog &amp; a cat.", "markup_left"),
        ("What is it?", "a dog " * 40, "endless_loop"),
        ("What is it?", "It is a dog. " + "The dog is on the grass. " * 20, "endless_loop"),
        ("What is it?", "nein" * 50, "endless_loop"),
        ("What is it here?", "这是一个红色的正方形。", "answer_script"),
        ("这是一个什么颜色的正方形?", "It is a red square.", "answer_script"),
        (CHOICE, "E", "option_missing"),
        (CHOICE, "red", "option_missing"),
    ],
)
def test_a_fault_is_found(instruction: str, response: str, code: str) -> None:
    assert faults_of_response(instruction, response) == [code]


@pytest.mark.parametrize(
    ("instruction", "response"),
    [
        ("Why?", "<think>It is red.</think>\nred"),
        ("What can be seen?", "I cannot see a dog in the image; there is a cat."),
        ("What can be seen?", "I can see the image of a saint on the wall."),
        ("What does the sign say?", "It says that no entry is provided on Sundays."),
        ("What did you base it on?", "As an artist, she paints the images that she sees."),
        ("What does the caption say?", "The caption says that the harbour is closed."),
        ("Read the page.", "The figure has a caption below it."),
        ("Give me the bounding box of the dog.", "Based on the bounding box, it is on the left."),
        ("Write HTML for this page.", "<p>A <b>dog</b></p>"),
        ("Which is smaller?", "3 < 5, and x <= y & z."),
        ("Draw a line.", "-" * 200),
        ("Fill it with zeros.", "0 " * 200),
        ("Count.", "one two three four five six seven eight nine ten"),
        ("Ha?", "ha ha ha"),
        ("Translate it into Chinese.", "这是一个红色的正方形。"),
        ("这是什么器官的扫描图像?", "MRI"),
        ("哪个器官?", "肺"),
        (CHOICE, "A"),
        (CHOICE, "(B)"),
        (CHOICE, "B. blue"),
        ("What is it?\nA. red\nB. blue", "red"),
        ("A. Smith and B. Jones wrote a letter of thanks. Who?", "Both."),
        ("", ""),
        ("What is it?", "a"),
    ],
)
def test_a_sound_answer_has_no_fault(instruction: str, response: str) -> None:
    assert faults_of_response(instruction, response) == []
