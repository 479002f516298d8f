"""How single answers are marked: a rule takes a question and what was said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from evaluators.marking.captions import Tokens
from evaluators.marking.containing import echoed, letters, read, says
from evaluators.marking.edit_distance import anls
from evaluators.marking.options import named_options, plain
from evaluators.marking.ptb import tokens
from evaluators.marking.vqa_text import is_blank, normalised, one_line, soft_score, without_marks
from evaluators.marking.word_overlap import fields, words
from vlitqa.results.exams import ExamAnswer, ExamQuestion, Mark

MarkingRule = Callable[[ExamQuestion, ExamAnswer], Mark]

EMPTY_RIGHT = "empty reference: any answer with a word in it is right"
EMPTY_LEFT = "empty reference: left out"
EMPTY_IGNORED = "empty reference beside others: no answer agrees with it"
CUT = "label of several words: only its first is wanted"
VANISHED = "letters beyond ASCII vanish from the label"
INSIDE = "right because a reference stands in the answer, not because it is the answer"
ONLY_SAYS = "wrong although a reference stands in the answer"
ECHO_RIGHT = "right although several options are named"
ECHO_WRONG = "several options are named: wrong"
NO_CHOICE = "no option is named: wrong"
UNKNOWN_OPTIONS = "the options are not known: left out"
FIRST_SAID = "scored by an option that is not the right one"
UNRANKED = "no ranks of all options: left out"
TIED = "other options are as likely as the right one: the middle of their ranks"
RAW = "case and marks stay on the words"
PARTLY = "words of the field are found, not the field"

FOUND, WORDS = "found", "words"
"""Parts of a mark: what was found of fields, or of words."""
_NOBODY = "\0"
"""What stands for an annotator who wrote nothing: no answer says it."""


def first_word(question: ExamQuestion) -> ExamQuestion:
    """A label as LVLM-eHub reads it from its file: what stands before the first space."""
    label = question.references[0]
    return replace(question, references=(label.split()[0], label)) if len(label.split()) > 1 else question


def says_letters(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """LVLM-eHub on text in images: ASCII letters and digits alone."""
    label = _first(question)
    wanted = letters(label)
    quirks = []
    if not wanted.strip():
        quirks.append(EMPTY_RIGHT)
    elif any(letter.isalnum() and not letter.isascii() for letter in label):
        quirks.append(VANISHED)
    if len(question.references) > 1:
        quirks.append(CUT)
    return Mark(question, answer.text, float(says(letters(answer.text), wanted)), quirks=tuple(quirks))


def says_text(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """Text in images as people read it: the whole label, letters of all scripts, without case and marks."""
    wanted = read(_first(question))
    if not wanted:
        return Mark(question, answer.text, None, quirks=(EMPTY_LEFT,))
    return Mark(question, answer.text, float(f" {wanted} " in f" {read(answer.text)} "))


def says_any(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """LVLM-eHub on questions: any reference anywhere in the answer, so that an answer with all options is right."""
    said, known = normalised(answer.text), [normalised(each) for each in question.references]
    right = any(says(said, each) for each in known)
    quirks = [EMPTY_RIGHT] if "" in known else []
    if right and echoed(said, [normalised(each) for each in question.options]):
        quirks.append(ECHO_RIGHT)
    if right and said not in known:
        quirks.append(INSIDE)
    return Mark(question, answer.text, float(right), quirks=tuple(quirks))


def soft(lineage: str) -> MarkingRule:
    """VQA's soft accuracy, in one of its readings."""

    def value(question: ExamQuestion, answer: ExamAnswer) -> float:
        known = [_NOBODY if is_blank(each) else each for each in question.references]
        said = answer.text.replace(_NOBODY, "")
        return 0.0 if is_blank(said) else soft_score(said, known, lineage)

    return _against_references(value, is_blank)


def _against_references(
    value: Callable[[ExamQuestion, ExamAnswer], float], empty: Callable[[str], bool]
) -> MarkingRule:
    """A rule that compares with references: without any there is no mark, and who only says one has none of it."""

    def rule(question: ExamQuestion, answer: ExamAnswer) -> Mark:
        blank = [empty(each) for each in question.references]
        if all(blank):
            return Mark(question, answer.text, None, quirks=(EMPTY_LEFT,))
        found = value(question, answer)
        quirks = [EMPTY_IGNORED] if any(blank) else []
        if not found and any(
            says(normalised(answer.text), each) for each in map(normalised, question.references) if each
        ):
            quirks.append(ONLY_SAYS)
        return Mark(question, answer.text, found, quirks=tuple(quirks))

    return rule


def _nearest(question: ExamQuestion, answer: ExamAnswer) -> float:
    return anls(answer.text, [each for each in question.references if each.strip()])


def _equal(question: ExamQuestion, answer: ExamAnswer) -> float:
    known = {_comparable(each) for each in question.references if not is_blank(each)}
    return float(_comparable(answer.text) in known)


def _comparable(text: str) -> str:
    """Normalised, unless nothing but an article stood there."""
    return normalised(text) or without_marks(one_line(text)).strip().lower()


near = _against_references(_nearest, lambda reference: not reference.strip())
"""ANLS of the nearest reference."""
equal = _against_references(_equal, is_blank)
"""Exactly one of the references, once both are normalised."""


def one_option(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """The option that an answer is or names alone, by its letter or its words; who names several chose none."""
    if not question.options or question.right_option is None:
        return Mark(question, answer.text, None, quirks=(UNKNOWN_OPTIONS,))
    named = named_options(answer.text, question.options)
    right = (
        plain(question.options[question.right_option])
        if question.right_option in range(len(question.options))
        else None
    )
    if len(named) != 1:
        return Mark(question, answer.text, 0.0, quirks=(ECHO_WRONG if named else NO_CHOICE,))
    return Mark(question, answer.text, float(named == {right}))


def first_option_said(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """LVLM-eHub's MRR: by the place of the first option that stands in the answer, whichever option is right."""
    said = normalised(answer.text)
    known = [normalised(each) for each in question.options or question.references]
    place = next((place for place, each in enumerate(known) if says(said, each)), None)
    quirks = [EMPTY_RIGHT] if "" in known else []
    if place is not None and question.right_option not in (None, place):
        quirks.append(FIRST_SAID)
    return Mark(question, answer.text, 0.0 if place is None else 1 / (place + 1), quirks=tuple(quirks))


def reciprocal_rank(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """By the rank of the right option among those that a model ranked; of equals the middle."""
    known = len(answer.scores) == len(question.options) and not any(each != each for each in answer.scores)
    if question.right_option is None or not known:
        return Mark(question, answer.text, None, quirks=(UNRANKED,))
    own = answer.scores[question.right_option]
    better, same = sum(each > own for each in answer.scores), sum(each == own for each in answer.scores)
    rank = better + (same + 1) / 2
    return Mark(question, answer.text, 1 / rank, parts={"rank": rank}, quirks=(TIED,) if same > 1 else ())


def word_f1(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """LVLM-eHub on documents: words between spaces as they stand."""
    found = words(answer.text, _first(question))
    partly = found.found and not fields(answer.text, _first(question)).found
    return Mark(question, answer.text, found.f1, parts={FOUND: found}, quirks=(PARTLY,) if partly else ())


def field_f1(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """Whole fields, and beside them their words; both without case."""
    right = _first(question)
    if not read(right):
        return Mark(question, answer.text, None, quirks=(EMPTY_LEFT,))
    found = fields(answer.text, right)
    parts = {FOUND: found, WORDS: words(answer.text.lower(), right.lower())}
    return Mark(question, answer.text, found.f1, parts=parts)


def raw_caption(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """LVLM-eHub on captions: words between spaces as they stand."""
    if not question.references:
        return Mark(question, answer.text, None, quirks=(EMPTY_LEFT,))
    quirks = (RAW,) if answer.text.split() != tokens(answer.text) else ()
    return _caption(question, answer, str.split, quirks)


def caption(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """Tokens as COCO's evaluation makes them."""
    if not any(tokens(each) for each in question.references):
        return Mark(question, answer.text, None, quirks=(EMPTY_LEFT,))
    return _caption(question, answer, tokens)


def _caption(
    question: ExamQuestion, answer: ExamAnswer, cut: Callable[[str], Tokens], quirks: tuple[str, ...] = ()
) -> Mark:
    """Captions have no value alone: how rare their words are hangs on all images that are scored together."""
    parts = {"caption": cut(answer.text), "references": [cut(each) for each in question.references]}
    return Mark(question, answer.text, None, parts=parts, quirks=quirks)


def _first(question: ExamQuestion) -> str:
    return question.references[0] if question.references else ""
