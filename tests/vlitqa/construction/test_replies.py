"""Replies of writers are read strictly: every fault has its own code, and what is right is read whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.given.shared_data import SHARED
from vlitqa.algorithms.leaks_and_hedges import find_hedge, find_refusal, find_source_leak
from vlitqa.annotated_images.image import AnnotatedImage, ImageObject
from vlitqa.construction.contradictions import find_contradiction
from vlitqa.construction.conversation_faults import faults_of_conversation, find_copies
from vlitqa.construction.conversation_replies import SpokenMessage, read_reply
from vlitqa.construction.draft_checks import DRAFT_FAULTS
from vlitqa.construction.prompt_texts import read_conversation_examples, read_prompt_texts
from vlitqa.contracts.writers import CUT_OFF, FILTERED, REFUSED, UNAVAILABLE, WriterReply

GOOD = json.dumps({"conversation": [{"role": "user", "content": "What?"}, {"role": "assistant", "content": "A dog."}]})
LINES = "User: What?\nAI: A dog."
PAIR = (SpokenMessage("user", "What?"), SpokenMessage("assistant", "A dog."))


def _codes(text: str, form: str = "json", end: str = "complete") -> list[str]:
    return [fault.code for fault in read_reply(WriterReply(text=text, end=end), form).faults]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (GOOD, "json"),
        (f"```json\n{GOOD}\n```", "json"),
        ('{"User": "What?", "AI": "A dog."}', "json"),
        (GOOD.replace("assistant", "AI").replace("user", "Human"), "json"),
        (LINES, "lines"),
        ("**Human**: What?\n**Assistant:** A dog.\n", "lines"),
        ("```\nUser: What?\nAI: A dog.\n```", "lines"),
    ],
)
def test_a_conversation_is_read_in_every_form_that_was_asked_for(text: str, form: str) -> None:
    read = read_reply(WriterReply(text=text), form)
    assert (read.messages, read.faults) == (PAIR, ())


def test_a_message_of_several_lines_stays_one_message() -> None:
    read = read_reply(WriterReply(text="User: What?\nAI: First.\n\nSecond: no role.\nUser: And?\nAI: No."), "lines")
    assert [message.text for message in read.messages] == ["What?", "First.\n\nSecond: no role.", "And?", "No."]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no_reply"),
        ("x" * 20_001, "too_long"),
        ("Sure, here it is!", "not_json"),
        (GOOD[:-3], "not_json"),
        (GOOD + GOOD, "not_json"),
        ('{"User": "1?", "AI": "1", "User": "2?", "AI": "2"}', "twin_keys"),
        (GOOD.replace("content", "caption"), "wrong_shape"),
        (GOOD.replace('"assistant"', '"system"'), "wrong_shape"),
        ('{"conversation": []}', "wrong_shape"),
        ('{"conversation": [{"role": "user", "content": 3}]}', "wrong_shape"),
        ('{"conversation": ["What?"]}', "wrong_shape"),
        ('{"conversation": [5]}', "wrong_shape"),
        ('{"conversation": [null]}', "wrong_shape"),
        ('{"dialogue": []}', "wrong_shape"),
        ("[1]", "wrong_shape"),
        ("null", "wrong_shape"),
        ("[" * 30_000, "too_long"),
        ("[" * 10_000, "not_json"),
    ],
)
def test_every_fault_of_form_has_its_code(text: str, code: str) -> None:
    assert _codes(text) == [code]


def test_the_way_a_reply_ends_has_its_code() -> None:
    ends = {CUT_OFF: "cut_off", FILTERED: "refused", REFUSED: "refused", UNAVAILABLE: "no_reply"}
    assert {end: _codes(GOOD, end=end) for end in ends} == {end: [code] for end, code in ends.items()}


def test_no_turn_of_a_reply_with_twin_keys_is_lost() -> None:
    text = '{"User": "1?", "AI": "1", "User": "2?", "AI": "2"}'
    read = read_reply(WriterReply(text=text), "json")
    assert [message.text for message in read.messages] == ["1?", "1", "2?", "2"]
    assert list(json.loads(text).values()) == ["2?", "2"]  # what most readers would have left of it


def _faults(*texts: str, image: AnnotatedImage | None = None, most_turns: int = 5) -> list[str]:
    messages = [SpokenMessage(("user", "assistant")[number % 2], text) for number, text in enumerate(texts)]
    faults = faults_of_conversation(
        messages, image or AnnotatedImage(file="x"), frozenset(["dog", "cat"]), most_turns, checks_content=True
    )
    return [fault.code for fault in faults]


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        (("What?", "A dog."), []),
        (("What?",), ["wrong_roles"]),
        (("1?", "1", "2?", "2", "3?", "3", "4?", "4", "5?", "5", "6?", "6"), ["too_many_turns"]),
        (("What?", "The caption says a dog."), ["source_leak"]),
        (("What?", "It is unclear what it is."), ["hedge"]),
        (("What?", "As an AI language model I see nothing."), ["refusal"]),
        (("What?", "I'm sorry, but I can't help with that."), ["refusal"]),
        (("Where?", "Left.", "When?", "Left."), ["repeated_answer"]),
    ],
)
def test_every_fault_of_content_has_its_code(texts: tuple[str, ...], codes: list[str]) -> None:
    assert _faults(*texts) == codes


def test_two_messages_of_one_speaker_in_a_row_are_wrong_roles() -> None:
    messages = [SpokenMessage("user", "What?"), SpokenMessage("assistant", "A."), SpokenMessage("assistant", "B.")]
    faults = list(faults_of_conversation(messages, AnnotatedImage(file="x"), (), 5, checks_content=True))
    assert [(fault.code, fault.detail) for fault in faults] == [
        ("wrong_roles", "message 3 is the assistant's, not the user's")
    ]


_DOGS = AnnotatedImage(
    file="x",
    objects=(
        ImageObject(name="dog", attributes=("brown",)),
        ImageObject(name="dog", attributes=("brown",)),
        ImageObject(name="red ball", box=(0.1, 0.2, 0.3, 0.4)),
        ImageObject(name="person", is_crowd=True),
    ),
)


@pytest.mark.parametrize(
    ("question", "answer", "fault"),
    [
        ("How many dogs are there?", "There are two dogs.", ""),
        ("How many dogs are there?", "There are 3.", "dogs: 3 instead of 2"),
        ("How many dogs are there?", "Several.", ""),
        ("How many people are there?", "Nine.", ""),  # a crowd is not counted
        ("How many trees are there?", "Nine.", ""),  # nobody looked for them
        ("Is there a cat in the picture?", "Yes, there is a cat.", "cat is not there"),
        ("Is there a cat in the picture?", "No, but two dogs.", ""),
        ("Is there a dog?", "No.", "dog is there"),
        ("Is there a tree in the picture?", "Yes.", ""),
        ("What colour is the dog?", "It is brown.", ""),
        ("What color is the dog?", "It is black.", "dog: black instead of brown"),
        ("What colour is the ball?", "The ball is blue.", "ball: blue instead of red"),
        ("What colour is the sky?", "Blue.", ""),
        ("Can you see a cat in the picture?", "Yes, I can see a cat.", "cat is not there"),
        ("Do you see any dogs in the picture?", "Yes, I see a red ball.", "red ball instead of dogs"),
        ("Do you see any dogs in the picture?", "Yes, they lie by the red ball.", ""),
        ("How many dogs are there?", "I count 2 cats.", "cat instead of dogs"),
        ("How many dogs are there?", "Two by the red ball.", ""),
        ("How many dogs are there?", "With one cat there are two dogs.", ""),  # two numbers settle nothing
        ("How many dogs are there?", "Twenty-two dogs.", ""),
        ("How many dogs are there?", "One can see several dogs.", ""),
        ("How many dogs are there on the sofa?", "None.", ""),  # a part of the picture
        ("How many dogs are running?", "None.", ""),
        ("Is there a dog on the sofa?", "No.", ""),
        ("Is there a dog in the picture?", "No.", "dog is there"),
        ("Is there a dog?", "Yes, there is a red ball with a dog.", ""),
        ("What does the sign say?", "It reads [1, 2, 3, 4].", ""),
        ("What is in [0.10, 0.20, 0.30, 0.40]?", "A ball.", ""),
        ("What is in [.1,.2,.31,.4]?", "A ball.", ""),
        ("Where is the ball?", "At [0.10, 0.20, 0.60, 0.40].", "no object has the box [0.10, 0.20, 0.60, 0.40]"),
        ("Which of [1, 2, 3] is it?", "Take [0.1, 0.2].", ""),
    ],
)
def test_an_answer_contradicts_annotations_only_where_they_settle_it(question: str, answer: str, fault: str) -> None:
    names = frozenset(["dog", "cat", "person", "red ball"])
    assert find_contradiction(question, answer, _DOGS, names) == fault


_STARS = AnnotatedImage(file="x", objects=(ImageObject(name="red star"), ImageObject(name="blue star")))
_SHAPES = frozenset(f"{colour} {shape}" for colour in ("red", "blue", "white") for shape in ("star", "square"))


@pytest.mark.parametrize(
    ("question", "answer", "fault"),
    [
        ("How many stars are there?", "I count 2 stars.", ""),
        ("How many stars are there?", "I count 3 stars.", "stars: 3 instead of 2"),
        ("How many stars are there?", "I count 2 squares.", "square instead of stars"),
        ("How many squares are there?", "There are no squares.", ""),
        ("How many red stars are there?", "There is one star.", ""),
        ("Is there a star in the picture?", "No.", "star is there"),
        ("Can you see a red star?", "Yes, I can see a white square.", "white square instead of red star"),
        ("Can you see a red star?", "Yes, I can see a red star.", ""),
        ("Can you see a white star?", "Yes, I can see a white star.", "white star is not there"),
    ],
)
def test_a_noun_with_which_several_names_end_means_them_all(question: str, answer: str, fault: str) -> None:
    assert find_contradiction(question, answer, _STARS, _SHAPES) == fault


def test_a_message_of_any_example_is_a_copy_and_one_of_its_own_is_not() -> None:
    examples = read_conversation_examples()
    copied = [SpokenMessage("assistant", examples[0].conversation[1].content.replace("five", "six"))]
    assert [fault.code for fault in find_copies(copied, examples)] == ["copied_example"]
    assert (
        list(find_copies([SpokenMessage("assistant", "The red circle lies below the large blue star.")], examples))
        == []
    )


def test_our_examples_keep_the_rules_that_they_show() -> None:
    examples = read_conversation_examples()
    assert len(examples) == 10
    assert {example.kind for example in examples} == {"global", "negative", "region"}
    for example in examples:
        texts = [message.content for message in example.conversation]
        assert _faults(*texts) == [], example.id
        for form in ("json", "lines"):
            read = read_reply(WriterReply(text=example.written(form)), form)
            assert [message.text for message in read.messages] == texts


def test_every_rule_of_the_prompt_has_a_condition_that_is_known() -> None:
    conditions = {rule.when for rule in read_prompt_texts("self_instruct").rule}
    principles = {"correctness", "task diversity", "instruction diversity", "response diversity"}
    assert conditions == {
        *principles,
        *("instruction complexity", "object complexity"),
        *("always", "global", "negative", "region", "region named", "region drawn"),
    }


def test_every_code_of_a_fault_has_a_meaning() -> None:
    assert all(kind.meaning for kind in DRAFT_FAULTS.values())


def _printed_answers() -> list[str]:
    """The answers of the conversations that the review prints, read off its text."""
    papers = sorted((SHARED.parent / "papers").glob("002_*.txt"))
    if not papers:
        pytest.skip("the review is not beside this checkout")
    lines = Path(papers[0]).read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.endswith("about the child in the picture?"))
    answers: list[list[str]] = []
    is_answer = False
    for line in lines[first:]:
        speaker, _, text = line.partition("\t")
        if line.startswith(("Table 14", "User AI")):  # the last answer has lost its question
            break
        if speaker in ("AI Assistant", "Al Assistant"):
            answers.append([text])
        elif is_answer and line.startswith("\t"):
            answers[-1].append(text)
        is_answer = speaker in ("AI Assistant", "Al Assistant") or (is_answer and line.startswith("\t"))
        if speaker.startswith(("111", "TT")):
            answers[-1].append(text)
            is_answer = True
    return [" ".join(" ".join(parts).split()) for parts in answers]


def test_8_leaks_and_18_hedges_are_found_in_the_41_answers_that_the_review_prints() -> None:
    answers = _printed_answers()
    assert len(answers) == 41
    assert sum(bool(find_source_leak(answer)) for answer in answers) == 8
    assert sum(bool(find_hedge(answer)) for answer in answers) == 18
    assert sum(bool(find_refusal(answer)) for answer in answers) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "The sign mentions a sale.",
        "She gives a description of the route to the driver.",
        "The clock on the wall shows noon.",
        "Yes, two of them may cross now, because the light is green.",
        "The context of the meeting is formal.",
        "The chart could be considered the centre of the page.",
    ],
)
def test_answers_that_speak_of_texts_in_the_picture_are_no_leaks_and_no_hedges(answer: str) -> None:
    assert (find_source_leak(answer), find_hedge(answer)) == ("", "")
