"""Options that an answer names: by letter, by words; several are none."""

from __future__ import annotations

import pytest

from evaluators.marking.options import named_options


@pytest.mark.parametrize(
    ("options", "answer", "named"),
    [
        (("iron", "wood", "glass"), "A. iron\nB. wood\nC. glass", {"iron", "wood", "glass"}),
        (("iron", "wood", "glass"), "(A) or (B)", {"iron", "wood"}),
        (("iron", "wood", "glass"), "A. or B.", {"iron", "wood"}),
        (("iron", "wood"), "A: wood", {"iron", "wood"}),
        (("iron", "vitamin C"), "B. vitamin C.", {"vitamin c"}),
        (("iron", "vitamin C", "wood"), "B. vitamin C.", {"vitamin c"}),
        (("iron", "wood"), "B. wood, because iron is heavy", {"wood"}),
        (("iron", "wood"), "The answer is B, because iron is heavy.", {"wood"}),
        (("cat", "dog"), "The answer is A dog", {"dog"}),
        (("cat", "dog"), "I think the answer is (B).", {"dog"}),
        (("$5", "$7"), "It costs $5.", {"$5"}),
        (("20%", "30%"), "About 20%.", {"20%"}),
        (("x-ray", "mri"), "It is an x-ray, of course - yes", {"x-ray"}),
        (("salt-water", "air"), "It is salt-water with 1,000 fish", {"salt-water"}),
        (("-5", "5"), "It is -5 degrees", {"-5"}),
        (("5", "7"), "5.5 kg", set()),
        (("iron", "cast iron"), "iron and cast iron", {"iron", "cast iron"}),
        (("iron", "cast iron"), "it is cast iron", {"cast iron"}),
        (("iron", "iron", "wood"), "iron", {"iron"}),
        (("a dog", "a cat"), "It is the dog.", {"a dog"}),
        (("yes", "no"), "E", set()),
        (("yes", "no"), "", set()),
        (("", ""), "", set()),
    ],
)
def test_an_answer_names_options(options: tuple[str, ...], answer: str, named: set[str]) -> None:
    assert named_options(answer, options) == named
