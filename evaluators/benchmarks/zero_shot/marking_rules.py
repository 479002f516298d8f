"""Rules that mark single answers: each takes a question and an answer, and gives a mark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from evaluators.benchmarks.zero_shot.evidence import CaptionTokens, FieldOverlap, OptionRank
from evaluators.marking.captions import Tokens
from evaluators.marking.containing import ascii_letters, contains_words, letters_of_any_script, names_several
from evaluators.marking.edit_distance import anls
from evaluators.marking.options import named_options, plain
from evaluators.marking.ptb import tokenize
from evaluators.marking.vqa_text import is_blank, normalise, one_line, soft_score, without_punctuation
from evaluators.marking.word_overlap import field_overlap, word_overlap
from vlitqa.results.exams import ExamAnswer, ExamQuestion, Mark

MarkingRule = Callable[[ExamQuestion, ExamAnswer], Mark]
STANDARD, EHUB = "standard", "ehub"
"""Names of the rule sets that every set has: that of its makers, and LVLM-eHub's."""

EMPTY_RIGHT = "empty reference: any answer with a word in it is right"
EMPTY_LEFT_OUT = "empty reference: left out"
EMPTY_IGNORED = "empty reference beside others: no answer agrees with it"
FIRST_WORD_ONLY = "label of several words: only the first is compared"
LETTERS_DROPPED = "letters beyond ASCII vanish from the label"
REFERENCE_INSIDE = "right because the answer contains a reference, without being equal to it"
REFERENCE_INSIDE_WRONG = "wrong although the answer contains a reference"
SEVERAL_RIGHT = "right although several options are named"
SEVERAL_WRONG = "several options are named: wrong"
NO_OPTION = "no option is named: wrong"
UNKNOWN_OPTIONS = "the options are not known: left out"
ANOTHER_OPTION_FIRST = "scored by an option that is not the right one"
UNRANKED = "no ranks of all options: left out"
TIED_RANKS = "other options are as likely as the right one: the middle of their ranks"
RAW_WORDS = "case and punctuation are kept"
WORDS_OF_FIELD = "some words of the field match, but not the whole field"
"""Quirks of questions and answers, as the rules treat them."""

_NOBODY = "\0"
"""The text that stands for an annotator who wrote nothing: no answer says it."""


def keep_first_word(question: ExamQuestion) -> ExamQuestion:
    """A label as LVLM-eHub reads it from its file: the text before the first space."""
    label = question.references[0]
    return replace(question, references=(label.split()[0], label)) if len(label.split()) > 1 else question


def mark_ascii_label(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """LVLM-eHub on text in images: ASCII letters and digits alone."""
    label = _first_reference(question)
    letters = ascii_letters(label)
    quirks = []
    if not letters.strip():
        quirks.append(EMPTY_RIGHT)
    elif any(letter.isalnum() and not letter.isascii() for letter in label):
        quirks.append(LETTERS_DROPPED)
    if len(question.references) > 1:
        quirks.append(FIRST_WORD_ONLY)
    is_right = contains_words(ascii_letters(answer.text), letters)
    return Mark(question, answer.text, float(is_right), quirks=tuple(quirks))


def mark_whole_label(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """Text in images as people read it: the whole label, letters of all scripts, without case and punctuation."""
    label = letters_of_any_script(_first_reference(question))
    if not label:
        return _without_value(question, answer, EMPTY_LEFT_OUT)
    return Mark(question, answer.text, float(f" {label} " in f" {letters_of_any_script(answer.text)} "))


def mark_any_reference(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """LVLM-eHub on questions: any reference anywhere in the answer, so that an answer with all options is right."""
    text, references = normalise(answer.text), [normalise(reference) for reference in question.references]
    is_right = any(contains_words(text, reference) for reference in references)
    quirks = [EMPTY_RIGHT] if "" in references else []
    if is_right and names_several(text, [normalise(option) for option in question.options]):
        quirks.append(SEVERAL_RIGHT)
    if is_right and text not in references:
        quirks.append(REFERENCE_INSIDE)
    return Mark(question, answer.text, float(is_right), quirks=tuple(quirks))


def soft_accuracy_rule(reading: str) -> MarkingRule:
    """VQA's soft accuracy, in one of its readings."""

    def value(question: ExamQuestion, answer: ExamAnswer) -> float:
        references = [_NOBODY if is_blank(reference) else reference for reference in question.references]
        text = answer.text.replace(_NOBODY, "")
        return 0.0 if is_blank(text) else soft_score(text, references, reading)

    return _reference_rule(value, is_blank)


def _reference_rule(
    value_of: Callable[[ExamQuestion, ExamAnswer], float], is_empty: Callable[[str], bool]
) -> MarkingRule:
    """A rule that compares with references: no value where all are empty, a quirk where a wrong answer says one."""

    def rule(question: ExamQuestion, answer: ExamAnswer) -> Mark:
        empty = [is_empty(reference) for reference in question.references]
        if all(empty):
            return _without_value(question, answer, EMPTY_LEFT_OUT)
        value = value_of(question, answer)
        quirks = [EMPTY_IGNORED] if any(empty) else []
        references = filter(None, map(normalise, question.references))
        if not value and any(contains_words(normalise(answer.text), reference) for reference in references):
            quirks.append(REFERENCE_INSIDE_WRONG)
        return Mark(question, answer.text, value, quirks=tuple(quirks))

    return rule


def _anls_of_nearest(question: ExamQuestion, answer: ExamAnswer) -> float:
    return anls(answer.text, [reference for reference in question.references if reference.strip()])


def _equality(question: ExamQuestion, answer: ExamAnswer) -> float:
    references = {_comparable(reference) for reference in question.references if not is_blank(reference)}
    return float(_comparable(answer.text) in references)


def _comparable(text: str) -> str:
    """A text normalised, unless it is nothing but an article."""
    return normalise(text) or without_punctuation(one_line(text)).strip().lower()


mark_nearest = _reference_rule(_anls_of_nearest, lambda reference: not reference.strip())
"""ANLS of the nearest reference."""
mark_equal = _reference_rule(_equality, is_blank)
"""Exactly one of the references, once both are normalised."""


def mark_option(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """The one option that an answer is or names, by its letter or its words; an answer that names several is wrong."""
    right, options = question.right_option, question.options
    if not options or right is None:
        return _without_value(question, answer, UNKNOWN_OPTIONS)
    named = named_options(answer.text, options)
    if len(named) != 1:
        return Mark(question, answer.text, 0.0, quirks=(SEVERAL_WRONG if named else NO_OPTION,))
    return Mark(question, answer.text, float(right in range(len(options)) and named == {plain(options[right])}))


def mark_first_option_said(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """LVLM-eHub's MRR: by the place of the first option that stands in the answer, whichever option is right."""
    text = normalise(answer.text)
    options = [normalise(option) for option in question.options or question.references]
    place = next((place for place, option in enumerate(options) if contains_words(text, option)), None)
    quirks = [EMPTY_RIGHT] if "" in options else []
    if place is not None and question.right_option not in (None, place):
        quirks.append(ANOTHER_OPTION_FIRST)
    return Mark(question, answer.text, 0.0 if place is None else 1 / (place + 1), quirks=tuple(quirks))


def mark_reciprocal_rank(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """By the rank of the right option among those that a model ranked; of equals the middle."""
    scores = answer.scores
    is_ranked = len(scores) == len(question.options) and not any(score != score for score in scores)
    if question.right_option is None or not is_ranked:
        return _without_value(question, answer, UNRANKED)
    of_right = scores[question.right_option]
    better, equal = sum(score > of_right for score in scores), sum(score == of_right for score in scores)
    rank = better + (equal + 1) / 2
    return Mark(question, answer.text, 1 / rank, evidence=OptionRank(rank), quirks=(TIED_RANKS,) if equal > 1 else ())


def mark_word_f1(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """LVLM-eHub on documents: words between spaces as they stand."""
    reference = _first_reference(question)
    words = word_overlap(answer.text, reference)
    is_partial = words.matched and not field_overlap(answer.text, reference).matched
    quirks = (WORDS_OF_FIELD,) if is_partial else ()
    return Mark(question, answer.text, words.f1, evidence=FieldOverlap(words), quirks=quirks)


def mark_field_f1(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """Whole fields, and beside them their words; both without case."""
    reference = _first_reference(question)
    if not letters_of_any_script(reference):
        return _without_value(question, answer, EMPTY_LEFT_OUT)
    overlap = field_overlap(answer.text, reference)
    words = word_overlap(answer.text.lower(), reference.lower())
    return Mark(question, answer.text, overlap.f1, evidence=FieldOverlap(overlap, words))


def mark_raw_caption(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """LVLM-eHub on captions: words between spaces as they stand."""
    if not question.references:
        return _without_value(question, answer, EMPTY_LEFT_OUT)
    mark = _tokenized(question, answer, str.split)
    return replace(mark, quirks=(RAW_WORDS,)) if answer.text.split() != tokenize(answer.text) else mark


def mark_caption(question: ExamQuestion, answer: ExamAnswer) -> Mark:
    """Tokens as COCO's evaluation makes them."""
    if not any(tokenize(reference) for reference in question.references):
        return _without_value(question, answer, EMPTY_LEFT_OUT)
    return _tokenized(question, answer, tokenize)


def _tokenized(question: ExamQuestion, answer: ExamAnswer, cut: Callable[[str], Tokens]) -> Mark:
    """Captions have no value alone: how rare their words are hangs on all images that are scored together."""
    tokens = CaptionTokens(cut(answer.text), [cut(reference) for reference in question.references])
    return Mark(question, answer.text, None, evidence=tokens)


def _without_value(question: ExamQuestion, answer: ExamAnswer, quirk: str) -> Mark:
    return Mark(question, answer.text, None, quirks=(quirk,))


def _first_reference(question: ExamQuestion) -> str:
    return question.references[0] if question.references else ""
