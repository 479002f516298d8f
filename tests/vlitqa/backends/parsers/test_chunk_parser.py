"""Elements and objects of sentences whose phrases were counted by hand."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.given.run_cli import TIMEOUT
from tests.given.shared_data import shared
from vlitqa.algorithms.sentences import LONGEST_SENTENCE, split_sentences
from vlitqa.backends.english.chunking import LONGEST_CHUNKED_TEXT, Chunker, words_of
from vlitqa.backends.english.instruction_verbs import INSTRUCTION_VERBS
from vlitqa.backends.parsers.chunks import ChunkParser, Chunks
from vlitqa.errors import UsageError

pytest.importorskip("textblob")

ROOT = Path(__file__).resolve().parents[4]
SECONDS = 3.0
"""Of processor time, which no other work takes away: about ten times what the worst of these texts takes."""
WORKED = {
    # predicates + noun phrases + prepositional phrases + question words + adjectives and adverbs, tokens
    "Describe the image.": (1 + 1, 4),
    "Count the dogs in the picture.": (1 + 2 + 1, 7),
    "List all the objects.": (1 + 1, 5),
    "Name three animals.": (1 + 1, 4),
    "Point to the cat.": (1 + 1 + 1, 5),
    "Estimate the height of the tall building.": (1 + 2 + 1 + 0 + 1, 8),
    "Read the sign.": (1 + 1, 4),
    "Please narrate the scene.": (1 + 1, 5),
    "Could you count the dogs?": (1 + 2, 6),
    "Look at the image and count the dogs.": (2 + 2 + 1, 9),
    "Based on the image, point to the dog.": (2 + 2 + 2, 10),
    "What is the man doing?": (1 + 1 + 0 + 1, 6),
    "Is the man holding a red umbrella?": (1 + 2 + 0 + 0 + 1, 8),
    "Has the man opened the door?": (1 + 2, 7),
    "Where is the liver?": (1 + 1, 5),
    "What does it show?": (1 + 1 + 0 + 1, 5),
    "Why would she want to leave?": (2 + 1, 7),
    "Does it show the left lung?": (1 + 2 + 0 + 0 + 1, 7),
    "The man has left the room.": (1 + 2, 7),
    "Answer: yes": (1, 3),
    "Point of view?": (2 + 1, 4),
    "": (0, 0),
    " \n\t\u3000": (0, 0),
    "<image>": (0, 0),
    "🐈 👩‍👩‍👧": (0, 6),
    "图片里有什么？": (0, 7),
    "Опишите картинку.": (0, 3),
}
OBJECTS = {
    "Describe the image.": [],
    "Describe the image in a detailed manner.": [],
    "Clarify the contents of the displayed image with great detail.": [],
    "Who is he?": [],
    "What is it?": [],
    "How would you answer this question?": [],
    "Count the dogs in the picture.": ["dog"],
    "How many people are there?": ["person"],
    "What kind of bird is this?": ["bird"],
    "What is the color of the woman's dress?": ["woman", "dress"],
    "Is the man holding a red umbrella?": ["man", "umbrella"],
    "What is the relationship between the dog and the cat in the photo?": ["dog", "cat"],
    "Why might the fire hydrant in this image be painted with different colors?": ["hydrant"],
    "Is a group of children near the bus?": ["child", "bus"],
    "Is the red car behind the blue car?": ["car", "car"],
    "Is the dog near [0.1, 0.2, 0.3, 0.4] or at <region1>?": ["dog"],
    "图片里有什么？": [],
    "": [],
}


@pytest.fixture(scope="module")
def parser() -> ChunkParser:
    return Chunks.of("").open()


@pytest.mark.parametrize("text", WORKED)
def test_a_sentence_has_the_elements_that_a_reader_finds(parser: ChunkParser, text: str) -> None:
    (count,) = parser.count([text])
    assert (count.elements, count.tokens) == WORKED[text]


@pytest.mark.parametrize("text", OBJECTS)
def test_the_objects_of_a_sentence_are_the_things_that_its_noun_phrases_name(parser: ChunkParser, text: str) -> None:
    (count,) = parser.count([text])
    assert list(count.objects) == OBJECTS[text]


@pytest.mark.parametrize("verb", sorted(INSTRUCTION_VERBS))
def test_every_instruction_verb_is_a_verb_where_a_sentence_begins_with_it(verb: str) -> None:
    (words,) = Chunker().sentences(f"{verb.capitalize()} the dogs.")
    assert (words[0].text, words[0].tag, words[0].chunk) == (verb, "VB", "B-VP")


@pytest.mark.parametrize("text", ["Answer: two", "Point of view", "Names of dogs", "The name is long."])
def test_a_noun_that_could_be_a_command_stays_a_noun(text: str) -> None:
    (words,) = Chunker().sentences(text)
    assert not [word for word in words if word.is_verb and word.text.lower() in INSTRUCTION_VERBS]


def test_sentences_add_up(parser: ChunkParser) -> None:
    parts = ["Describe the image.", "Is the man holding a red umbrella?"]
    (whole,) = parser.count([" ".join(parts)])
    counts = parser.count(parts)
    assert whole.elements == sum(count.elements for count in counts)
    assert whole.tokens == sum(count.tokens for count in counts)
    assert whole.objects == counts[0].objects + counts[1].objects == ("man", "umbrella")


def test_a_placeholder_is_no_word(parser: ChunkParser) -> None:
    assert parser.count(["<image>\nDescribe the image.\n<ImageHere>"]) == parser.count(["Describe the image."])


def test_capitals_do_not_matter_in_a_shouted_sentence(parser: ChunkParser) -> None:
    assert parser.count(["COUNT THE DOGS IN THE PICTURE."]) == parser.count(["Count the dogs in the picture."])


def test_the_order_of_texts_does_not_matter(parser: ChunkParser) -> None:
    texts = list(WORKED)
    assert parser.count(texts[::-1]) == parser.count(texts)[::-1]


@given(st.text(max_size=200))
def test_any_text_is_counted(text: str) -> None:
    (count,) = Chunks.of("").open().count([text])
    assert 0 <= count.elements <= 3 * count.tokens
    assert len(count.objects) <= count.tokens


@given(st.text(alphabet="aA.?! \n\"')。Mr", max_size=200))
def test_no_letter_is_lost_between_sentences(text: str) -> None:
    sentences = list(split_sentences(text))
    assert "".join("".join(sentences).split()) == "".join(text.split())
    assert all(sentence.strip() == sentence and 0 < len(sentence) <= LONGEST_SENTENCE for sentence in sentences)


def test_sentences_end_where_a_reader_ends_them() -> None:
    text = 'Mr. J. Smith asks: "Why?" It is 3.5 m, e.g. long... Yes!\n1. One\n图里。有猫'
    assert list(split_sentences(text)) == [
        'Mr. J. Smith asks: "Why?"',
        "It is 3.5 m, e.g. long...",
        "Yes!",
        "1.",
        "One",
        "图里。",
        "有猫",
    ]


def test_words_are_parted_from_marks_and_contractions() -> None:
    assert words_of("What’s the man's hat, isn't it?") == [
        *("What", "'s", "the", "man", "'s", "hat", ",", "is", "n't", "it", "?"),
    ]
    assert words_of("A 3,000-year-old U.S. coin at https://a.b/c?d costs 5%…") == [
        *("A", "3,000", "-", "year-old", "U.S.", "coin", "at", "https://a.b/c?d", "costs", "5%", "…"),
    ]


def test_a_text_of_millions_of_letters_is_cut(parser: ChunkParser) -> None:
    text = "Count the dogs. " * 250_000
    start = time.process_time()
    assert parser.count([text]) == parser.count([text[:LONGEST_CHUNKED_TEXT]])
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    "part",
    [
        ".",
        '."',
        "a",
        "the ",
        "'",
        "a.",
        "a/",
        "<",
        "is ",
        "very ",
        "big and ",
        "\n",
        "🐈",
        "图",
        "1,",
        "!?",
        "of ",
        "-",
        "n't",
        "and describe the ",
        "Mr. ",
        "http://",
        "́",
        "a'b",
        '"',
        "(",
        "NN ",
        "could you ",
    ],
)
def test_no_text_takes_long(parser: ChunkParser, part: str) -> None:
    start = time.process_time()
    parser.count([part * 200_000])
    assert time.process_time() - start < SECONDS


def test_real_answers_have_more_than_one_element_in_two_words(parser: ChunkParser) -> None:
    rows = json.loads(shared("vlit/text/llava_complex_reasoning_2k.json").read_text())[:200]
    counts = parser.count([pair[half] for row in rows for pair in row["QA"] for half in "qa"])
    share = sum(count.elements for count in counts) / sum(count.tokens for count in counts)
    assert 0.5 < share < 0.7


def test_the_proxy_says_that_it_is_one(parser: ChunkParser) -> None:
    assert parser.unit.startswith("elements_proxy: ")
    assert parser.object_unit.startswith("objects_proxy: ")
    assert "hanlp" not in parser.unit.lower() + parser.object_unit.lower()


def test_a_text_in_another_script_is_not_read(parser: ChunkParser) -> None:
    foreign, readable = (
        ["图片里有什么？", "Опишите картинку."],
        ["", "🐈 1 + 1", "Où est le café?", "What does 猫 mean?"],
    )
    assert [count.is_read for count in parser.count([*foreign, *readable])] == [False] * 2 + [True] * 4


def test_complex_questions_of_llavas_test_name_more_objects_than_short_ones(parser: ChunkParser) -> None:
    questions = [json.loads(line) for line in shared("vlit/text/llava_qa90.jsonl").read_text().splitlines()]
    means = {}
    for kind in ("conv", "detail", "complex"):
        counts = parser.count([question["instruction"] for question in questions if question["type"] == kind])
        means[kind] = sum(len(count.objects) for count in counts) / len(counts)
    assert means["detail"] == 0, "all of them only ask to describe the picture"
    assert 1 < means["conv"] < 2 < means["complex"] < 3


def test_the_description_travels_and_takes_no_source() -> None:
    assert pickle.loads(pickle.dumps(Chunks.of(""))) == Chunks()
    assert Chunks().missing() is None
    assert "textblob" in Chunks().fingerprint()
    with pytest.raises(UsageError, match="has no 'en'"):
        Chunks.of("en")


def test_nothing_heavy_is_imported_before_a_tool_is_opened() -> None:
    script = (
        "import sys\n"
        "from vlitqa.catalogue import load_backend\n"
        "for kind, name in (('parser', 'chunks'), ('parser', 'hanlp'), ('tagger', 'phrases')):\n"
        "    load_backend(kind, name).missing()\n"
        "print(sorted({'torch', 'hanlp', 'textblob', 'nltk', 'transformers'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT, check=True)
    assert done.stdout == "[]\n"
