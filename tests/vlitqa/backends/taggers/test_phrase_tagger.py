"""Tags of instructions whose task a reader would name so."""

from __future__ import annotations

import json
import pickle
import re
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.given.shared_data import shared
from vlitqa.backends.english.nouns import singular
from vlitqa.backends.taggers.phrases import MOST_TAGS, Phrases, PhraseTagger
from vlitqa.errors import UsageError

pytest.importorskip("textblob")

TAGGER = Phrases.of("").open()

SAME_TASK = {
    "describe image": (
        "Describe the image.",
        "Describe the following picture in detail.",
        "Give a short and clear explanation of the subsequent image.",
        "Relay a brief, clear account of the picture shown.",
        "Present a compact description of the photo's key features.",
        "Summarize the visual content of the image.",
        "Write a terse but informative summary of the picture.",
        "Could you please describe this photo?",
        "Can you elaborate on the elements of the picture provided?",
        "What do you see in this image?",
        "Write a detailed description.",
    ),
    "describe briefly": ("Describe the image concisely.", "Provide a brief description of the given image."),
    "describe in detail": ("Describe the image in detail.", "Explain the image in a thorough manner."),
    "count objects": (
        "How many dogs are there?",
        "Count the dogs.",
        "What is the number of dogs?",
        "Tell me how many dogs you see.",
        "Look at the image and count the dogs.",
    ),
    "name colour": (
        "What color is the car?",
        "What is the colour of the car?",
        "Identify the color of the car.",
        "State the color of the car.",
        "What colors are the cars?",
    ),
    "locate object": ("Where is the cat?", "Find the cat.", "Point to the cat.", "Look for the cat under the table."),
    "explain reason": ("Why is she sad?", "What might be the reason for this gathering?", "Explain why she is sad."),
    "verify presence": (
        "Is there a dog?",
        "Are there any dogs in the image?",
        "Does the picture contain a dog?",
        "Can you see a dog?",
        "Identify if there is a dog.",
    ),
    "read text": ("Read the sign.", "What does the sign say?", "Transcribe the text in the image."),
    "name action": ("What is the man doing?", "What might the person be doing?", "What action is shown?"),
    "choose option": ("Is it a cat or a dog?", "Choose the correct answer.", "Select the best option."),
    "identify person": ("Who is in the picture?", "What person is this?"),
    "name time": ("When was the picture taken?", "What time is it?"),
    "compare object": ("Compare the two dogs.", "What is the difference between the dogs?", "How do the dogs differ?"),
    "estimate height": ("How tall is the building?", "Estimate the height of the building."),
    "describe appearance": ("What does the dog look like?",),
    "describe event": ("What is happening in the image?",),
    "give advice": ("What should the man do?",),
    "infer possibility": ("What might the man think?", "Why could this be dangerous?"),
    "identify object": ("What is this?", "Identify the objects in the image.", "What objects are on the table?"),
}
SPECIAL = {
    "How many kidneys are there in this image?": "count kidney",
    "Where is the liver?": "locate liver",
    "What modality is used to take this image?": "name modality",
    "Which part of the body does this image belong to?": "name body part",
    "What is the largest organ in the picture?": "name organ",
    "What type of bird is pictured?": "name bird",
    "What precautions should the pedestrians consider?": "name precaution",
    "Create a haiku inspired by the image.": "create haiku",
    "Rate the image quality on a scale of 1 to 10.": "rate quality",
    "What is the man wearing?": "name clothing",
    "Does the picture contain liver?": "verify liver",
}


@pytest.fixture(scope="module")
def tagger() -> PhraseTagger:
    return Phrases.of("").open()


@pytest.mark.parametrize(("tag", "text"), [(tag, text) for tag, texts in SAME_TASK.items() for text in texts])
def test_instructions_of_one_task_share_its_tag(tagger: PhraseTagger, tag: str, text: str) -> None:
    (tags_found,) = tagger.candidates([text])
    assert tag in tags_found, tags_found


@pytest.mark.parametrize("text", list(SPECIAL))
def test_the_special_task_is_named_too(tagger: PhraseTagger, text: str) -> None:
    assert SPECIAL[text] in tagger.candidates([text])[0]


@pytest.mark.parametrize("text", ["", "  ", "🐈", "图片里有什么？", "<image>", "The sky is blue.", "..."])
def test_what_names_no_task_has_no_tag(tagger: PhraseTagger, text: str) -> None:
    assert tagger.candidates([text]) == [()]


def test_a_tag_comes_once_and_there_are_at_most_five(tagger: PhraseTagger) -> None:
    text = " ".join(f"Count the {animal}s. Where is the {animal}?" for animal in ("dog", "cat", "bird", "goat"))
    (tags_found,) = tagger.candidates([text])
    assert tags_found == ("count objects", "count dog", "locate object", "locate dog", "count cat")
    assert len(tags_found) == MOST_TAGS


def test_the_order_of_texts_does_not_matter(tagger: PhraseTagger) -> None:
    texts = [text for texts in SAME_TASK.values() for text in texts]
    assert tagger.candidates(texts[::-1]) == tagger.candidates(texts)[::-1]


@given(st.text(max_size=200))
def test_any_text_has_lower_case_tags(text: str) -> None:
    (tags_found,) = Phrases.of("").open().candidates([text])
    assert all(tag == tag.lower() and tag.strip() == tag and " " in tag for tag in tags_found)


QUESTION_WORDS = re.findall(
    r"\S+",
    "what which who whose where when why how is are does do can could should many much one ones with without the a of "
    "on in and or not there this it you red ball dog dogs image picture left wearing look like have been to , ? .",
)


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(QUESTION_WORDS), max_size=9).map(" ".join))
def test_any_question_has_tags_even_without_a_verb(question: str) -> None:
    (tags_found,) = TAGGER.candidates([question])
    assert all(" " in tag for tag in tags_found)


@pytest.mark.parametrize("question", ["which one with", "Which one is red and which one on the left?", "What of?"])
def test_a_question_without_a_verb_is_no_crash(tagger: PhraseTagger, question: str) -> None:
    assert tagger.candidates([question]) != [()]


def test_a_text_of_millions_of_letters_takes_no_time(tagger: PhraseTagger) -> None:
    start = time.process_time()
    for part in ("count the dogs, ", "what is ", "how ", "of the ", "could you "):
        tagger.candidates([part * 250_000])
    assert time.process_time() - start < 5.0


@pytest.mark.parametrize(
    ("plural", "noun"),
    [
        ("dogs", "dog"),
        ("people", "person"),
        ("boxes", "box"),
        ("bodies", "body"),
        ("glasses", "glasses"),
        ("bus", "bus"),
        ("focus", "focus"),
        ("grass", "grass"),
        ("horses", "horse"),
        ("Colors", "colour"),
        ("is", "is"),
    ],
)
def test_nouns_are_named_in_the_singular(plural: str, noun: str) -> None:
    assert singular(plural) == noun


def test_the_tags_of_medical_questions_follow_their_labels(tagger: PhraseTagger) -> None:
    rows = [row for row in json.loads(shared("vlit/text/slake_validate.json").read_text()) if row["q_lang"] == "en"]
    tags: dict[str, Counter[str]] = {}
    for row, tags_found in zip(rows, tagger.candidates([row["question"] for row in rows]), strict=True):
        tags.setdefault(row["content_type"], Counter()).update(tags_found)
    counted = Counter(row["content_type"] for row in rows)
    assert tags["Quantity"]["count objects"] == counted["Quantity"] == 56
    assert tags["Shape"]["name shape"] == counted["Shape"] == 11
    assert tags["Color"]["name colour"] > 0.85 * counted["Color"]
    assert tags["Plane"]["name plane"] + tags["Plane"]["verify plane"] > 0.85 * counted["Plane"]
    assert tags["Organ"]["verify presence"] + tags["Organ"]["name organ"] > 0.7 * counted["Organ"]


def test_the_paraphrases_of_one_instruction_share_their_tags(tagger: PhraseTagger) -> None:
    rows = json.loads(shared("vlit/text/stablellava_color.json").read_text())
    tags_found = set(tagger.candidates([row["question"] for row in rows]))
    assert tags_found == {("describe image", "describe briefly")}


def test_the_description_travels_and_takes_no_source() -> None:
    assert pickle.loads(pickle.dumps(Phrases.of(""))) == Phrases()
    assert Phrases().missing() is None
    assert "phrases" in Phrases().fingerprint()
    with pytest.raises(UsageError, match="has no 'gpt'"):
        Phrases.of("gpt")
