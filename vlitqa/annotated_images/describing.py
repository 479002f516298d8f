"""All annotations of one image as one text, which is what a writer without eyes gets to see of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping

from vlitqa.annotated_images.answers import agreed_answer
from vlitqa.annotated_images.image import AnnotatedImage, ImageObject

DESCRIBED_KINDS = ("captions", "counts", "objects", "questions", "words")
"""What a description in plain words can hold, in its order."""


def describe_as_printed(image: AnnotatedImage) -> str:
    """The description by the review's templates (its section A.2.2), with what is odd in them.

    Objects are counts by class with COCO's class above it glued on, and an answer stands as the first person gave it.
    """
    parts = []
    if image.captions:
        captions = " ".join(_sentence(caption.text) for caption in image.captions)
        parts.append(f"This is a picture which can be described as {captions}")
    if image.objects:
        classes = Counter(f"{thing.group}_{thing.name}" if thing.group else thing.name for thing in image.objects)
        parts.append(f"The image contains {', '.join(f'{count} {name}' for name, count in classes.items())}.")
    if image.questions:
        pairs = ", ".join(f"'Q: {question.text} A: {_sentence(question.answers[0])}'" for question in image.questions)
        parts.append(f"The image also contains a number of question and answer pairs: {pairs}.")
    if image.words:
        words = " ".join(word.text for word in image.words)
        parts.append(f"The following characters can be recognized in the image: {words}.")
    return "\n".join(parts)


def describe_plainly(image: AnnotatedImage, kinds: Collection[str] = DESCRIBED_KINDS) -> str:
    """The description in plain words: counts that can be trusted, attributes, and only answers that people share."""
    lines = (line for kind in DESCRIBED_KINDS if kind in kinds for line in _LINES[kind](image))
    return "\n".join(" ".join(line.split()) for line in lines)  # one line each, whatever an annotation holds


def describe_object(thing: ImageObject) -> str:
    """One object with its attributes and its box."""
    attributes = f" ({', '.join(thing.attributes)})" if thing.attributes else ""
    return f"{thing.name}{attributes}{f' at {write_box(thing.box)}' if thing.box else ''}"


def write_box(box: tuple[float, float, float, float]) -> str:
    """A box as text: left, top, right and bottom between 0 and 1."""
    return f"[{', '.join(f'{edge:.2f}' for edge in box)}]"


def _caption_lines(image: AnnotatedImage) -> Iterator[str]:
    yield from (f"Caption: {_sentence(caption.text)}" for caption in image.captions)


def _count_lines(image: AnnotatedImage) -> Iterator[str]:
    """The number of objects by name; a name of which there is a crowd has none."""
    crowds = dict.fromkeys(thing.name for thing in image.objects if thing.is_crowd)
    counts = Counter(thing.name for thing in image.objects if thing.name not in crowds)
    listed = [f"{count} {name}" for name, count in counts.items()] + [f"many: {name}" for name in crowds]
    if listed:
        yield f"Objects: {'; '.join(listed)}."


def _object_lines(image: AnnotatedImage) -> Iterator[str]:
    """The objects that have attributes or a box, a line each."""
    for thing in image.objects:
        if not thing.is_crowd and (thing.attributes or thing.box):
            yield f"Object: {describe_object(thing)}."


def _question_lines(image: AnnotatedImage) -> Iterator[str]:
    for question in image.questions:
        if answer := agreed_answer(question):
            yield f"Question: {question.text} Answer: {_sentence(answer)}"


def _word_lines(image: AnnotatedImage) -> Iterator[str]:
    if image.words:
        yield f"Words in the picture: {' | '.join(word.text for word in image.words)}"


_LINES: Mapping[str, Callable[[AnnotatedImage], Iterator[str]]] = {
    "captions": _caption_lines,
    "counts": _count_lines,
    "objects": _object_lines,
    "questions": _question_lines,
    "words": _word_lines,
}


def _sentence(text: str) -> str:
    """A text that ends as a sentence does."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
