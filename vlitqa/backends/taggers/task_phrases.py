"""Names the tasks of one sentence from its chunked words, the general task before the special one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vlitqa.backends.english.chunking import AUXILIARIES, MODALS, Word
from vlitqa.backends.english.instruction_verbs import INSTRUCTION_VERBS
from vlitqa.backends.english.nouns import ASKED_ATTRIBUTES
from vlitqa.backends.taggers import task_words as tables
from vlitqa.backends.taggers.question_phrases import question_phrases, truth_phrases
from vlitqa.backends.taggers.task_objects import object_behind, object_of_task

_QUESTION_TAGS = frozenset({"WP", "WDT", "WRB", "WP$"})
_ASKING = (AUXILIARIES | MODALS) - {"be", "been", "being", "'s", "'re", "'ve", "'m", "'ll", "'d"}


def task_phrases(words: Sequence[Word]) -> Iterator[str]:
    """The tasks of a sentence; none of one that neither asks nor commands."""
    for start in _starts(words):
        rest = words[start:]
        if rest[0].tag in _QUESTION_TAGS:
            yield from _question(rest)
        elif _is_asking(rest[0]):
            yield from truth_phrases(rest)
        else:
            yield from _command(rest)


def _starts(words: Sequence[Word]) -> list[int]:
    """The places where questions and commands begin: at the start, behind a comma or `and`, and behind `to`."""
    places: list[int] = []
    may_begin = True
    for place, word in enumerate(words):
        text = word.text.lower()
        if may_begin and _begins(word, place):
            places.append(place)
            may_begin = False
        elif not places and text in INSTRUCTION_VERBS and place and words[place - 1].tag == "TO":
            places.append(place)
        if places == [place - 1] and _invites(words, place):
            places.clear()
            may_begin = True
        elif text in {",", ":", ";", "and", "then"}:
            may_begin = not places or word.tag == "CC" or words[places[-1]].tag == "VB"
        elif word.tag not in {"UH", "RB", "CC", "IN"} and text[0].isalnum():
            may_begin = False
    return places


def _begins(word: Word, place: int) -> bool:
    if word.tag in _QUESTION_TAGS or _is_asking(word):
        return True
    return word.tag == "VB" and (place == 0 or word.text.lower() in INSTRUCTION_VERBS)


def _is_asking(word: Word) -> bool:
    return word.text.lower().split("/")[0] in _ASKING


def _invites(words: Sequence[Word], place: int) -> bool:
    """True at the `you` of `could you describe`; `can you see` is a question, no invitation."""
    if not 0 < place < 6 or words[place].text.lower() != "you" or words[place - 1].text.lower() not in MODALS:
        return False
    verb = next((word for word in words[place + 1 : place + 4] if word.is_verb), None)
    text = verb.text.lower() if verb else ""
    return text in INSTRUCTION_VERBS and text not in tables.PRESENCE | tables.SETTING_VERBS


def _question(words: Sequence[Word]) -> Iterator[str]:
    """The tasks of a question; `how would you describe it` counts as a command."""
    invited = next((place for place in range(min(len(words), 5)) if _invites(words, place)), None)
    if invited is not None and words[0].text.lower() == "how":
        yield from _command(words[invited + 1 :])
    else:
        yield from question_phrases(words)


def _command(words: Sequence[Word]) -> Iterator[str]:
    """The tasks of a command; one that holds a question, such as `tell me what it is`, has those of the question."""
    verb = words[0].text.lower()
    verb = tables.VERBS.get(verb, verb)
    for place, word in enumerate(words[1:5], 1):
        if word.tag in _QUESTION_TAGS:
            yield from _question(words[place:])
            return
        if word.text.lower() in {"if", "whether"}:
            yield from truth_phrases(words[place:])
            return
    noun, end = object_behind(words[1:])
    if verb in tables.LIGHT_VERBS and noun in tables.TASK_NOUNS:
        verb, noun = tables.TASK_NOUNS[noun], object_of_task(words[1 + end :]) or "image"
    elif verb in tables.SETTING_VERBS or (verb in tables.LIGHT_VERBS and noun in tables.EMPTY_NOUNS):
        yield from _search(words) if verb == "look" else _purpose(words)
        return
    elif verb in tables.LIGHT_VERBS:
        verb = "create"
    yield from _verb_phrases(verb, noun, words)


def _search(words: Sequence[Word]) -> Iterator[str]:
    """The task of `look for the child`, which asks where it is; `look at the image` has none."""
    if len(words) > 2 and words[1].text == "for":
        yield from _verb_phrases("locate", object_behind(words[2:])[0], words)


def _purpose(words: Sequence[Word]) -> Iterator[str]:
    """The tasks behind `to`, of a verb without a task of its own: `write a sentence to describe the object`."""
    for place, word in enumerate(words[1:-1], 1):
        if word.tag == "TO" and words[place + 1].text.lower() in INSTRUCTION_VERBS:
            yield from _command(words[place + 1 :])
            return


def _verb_phrases(verb: str, noun: str, words: Sequence[Word]) -> Iterator[str]:
    if verb in tables.RETELLINGS and noun in {"image", ""}:
        texts = {word.text.lower() for word in words}
        yield "describe image"
        if texts & tables.DETAIL_WORDS:
            yield "describe in detail"
        elif texts & tables.BRIEF_WORDS:
            yield "describe briefly"
        return
    if verb in tables.ASKING_VERBS and noun in ASKED_ATTRIBUTES:
        yield f"name {noun}"
        return
    verb = "list" if verb == "name" else verb
    general = tables.GENERAL_OBJECTS.get(verb)
    if general:
        yield f"{verb} {general}"
    if noun and noun not in tables.EMPTY_NOUNS - {"image"} and not (general and noun in tables.OBJECTS):
        yield f"{verb} {noun}"
