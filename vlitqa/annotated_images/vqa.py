"""Questions about images with the answers of several people: VQA (Antol and others), a file for each of the two."""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from vlitqa.annotated_images.image import AnnotatedImage, ImageQuestion
from vlitqa.annotated_images.parts import AnnotationFile, AnnotationPart, NumberedImage, decode_file
from vlitqa.errors import UsageError


class _VisualQuestion(Struct):
    question_id: int
    image_id: int
    question: str


class _VisualQuestions(Struct):
    questions: list[_VisualQuestion]


class _PersonsAnswer(Struct):
    answer: str


class _AnsweredQuestion(Struct):
    question_id: int
    answers: list[_PersonsAnswer] = []
    multiple_choice_answer: str = ""


class _AnsweredQuestions(Struct):
    annotations: list[_AnsweredQuestion]


def voted_questions(file: AnnotationFile) -> AnnotationPart:
    """The questions and answers of two files such as `OpenEnded_mscoco_train2014_questions.json`.

    They know an image by its number alone, so another source gives its file.
    """
    if file.questions is None:
        raise UsageError(
            f"The answers of {file.source!r} have no file of questions.",
            repair='Name it in the recipe: questions = "OpenEnded_mscoco_train2014_questions.json".',
        )
    answers = {
        answered.question_id: tuple(given.answer.strip() for given in answered.answers if given.answer.strip())
        or (answered.multiple_choice_answer,)
        for answered in decode_file(file.path, _AnsweredQuestions).annotations
    }
    questions: defaultdict[str, list[ImageQuestion]] = defaultdict(list)
    for question in decode_file(file.questions, _VisualQuestions).questions:
        if answers.get(question.question_id, ("",)) != ("",) and (text := question.question.strip()):
            questions[str(question.image_id)].append(ImageQuestion(text, answers[question.question_id], file.source))
    return AnnotationPart(
        images=[
            NumberedImage(number, AnnotatedImage(file="", questions=tuple(about)))
            for number, about in questions.items()
        ]
    )
