"""What our rules cost on top of the parser they stand on."""

from __future__ import annotations

import pytest

from tests.speed.test_speed import best_of, show
from vlitqa.backends.parsers.chunks import Chunks
from vlitqa.backends.taggers.phrases import Phrases

pytest.importorskip("textblob")
pytestmark = pytest.mark.speed

ANIMALS = ("dogs", "cats", "horses", "birds", "goats", "cows", "bears", "sheep")
PLACES = ("street", "garden", "kitchen", "field", "river", "market", "forest", "station")
PATTERNS = (
    "What are the {0} near the {1} doing while the people walk to the old {1}?",
    "Describe the {0} that you can see behind the {1} in the picture.",
    "The image shows a group of {0} that stand quietly in front of a large {1}.",
    "How many {0} are there, and is one of them resting beside the {1}?",
)


def test_counting_elements_takes_less_than_twice_a_plain_parse_of_textblob() -> None:
    from textblob.en.parsers import PatternParser

    texts = [pattern.format(animal, place) for pattern in PATTERNS for animal in ANIMALS for place in PLACES] * 8
    parser, tagger, plain = Chunks.of("").open(), Phrases.of("").open(), PatternParser()

    def by_textblob() -> None:
        for text in texts:
            plain.parse(text)

    ours, tagged, theirs = best_of(4, lambda: parser.count(texts), lambda: tagger.candidates(texts), by_textblob)
    show(
        f"elements of {len(texts):,} sentences of 14 words",
        ("chunks, sentences a second", f"{len(texts) / ours:,.0f}"),
        ("phrases, sentences a second", f"{len(texts) / tagged:,.0f}"),
        ("TextBlob alone, sentences a second", f"{len(texts) / theirs:,.0f}"),
        ("chunks to TextBlob, at most 2", f"{ours / theirs:.2f}"),
        ("phrases to TextBlob, at most 2", f"{tagged / theirs:.2f}"),
    )
    assert ours < 2 * theirs
    assert tagged < 2 * theirs
