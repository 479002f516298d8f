"""The answer on which people who were asked the same question agree."""

from __future__ import annotations

from collections import Counter

from vlitqa.annotated_images.image import ImageQuestion

_UNDECIDED = ("yes or no", "unsure", "unknown", "not sure", "can't tell", "i don't know")


def agreed_answer(question: ImageQuestion) -> str:
    """The answer of more than half of the people; empty where none is, or where it decides nothing."""
    votes = Counter(" ".join(answer.split()).rstrip(".").lower() for answer in question.answers)
    folded, count = votes.most_common(1)[0] if votes else ("", 0)
    if 2 * count <= len(question.answers) or folded in _UNDECIDED or not folded:
        return ""
    spelled = Counter(
        " ".join(answer.split()).rstrip(".")
        for answer in question.answers
        if " ".join(answer.split()).rstrip(".").lower() == folded
    )
    return spelled.most_common(1)[0][0]
