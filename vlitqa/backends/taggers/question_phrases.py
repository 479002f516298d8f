"""Names the tasks of a question: `what colour` asks for a colour, `is there` whether something is present."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vlitqa.backends.english.chunking import AUXILIARIES, Word
from vlitqa.backends.english.nouns import REASONS
from vlitqa.backends.taggers import task_words as tables
from vlitqa.backends.taggers.task_objects import object_behind

_ASKS_FOR_ADVICE = frozenset({"should", "shall", "must"})


def question_phrases(words: Sequence[Word]) -> Iterator[str]:
    """The tasks of a question that begins with a question word, the general one first."""
    question_word = words[0].text.lower()
    if question_word == "how":
        yield from _how(words)
    elif question_word in tables.QUESTION_WORDS:
        yield tables.QUESTION_WORDS[question_word]
        if question_word == "where" and (noun := _subject(words)) and noun not in tables.EMPTY_NOUNS:
            yield f"locate {noun}"
    else:
        yield from _what(words)
    if any(word.text.lower() == "or" for word in words) and question_word == "which":
        yield "choose option"
    yield from _mood(words)


def truth_phrases(words: Sequence[Word]) -> Iterator[str]:
    """The tasks of a question that is answered by yes or no."""
    texts = [word.text.lower() for word in words]
    if "or" in texts and "not" not in texts[texts.index("or") :]:
        yield "choose option"
    noun = _subject(words)
    if tables.PRESENCE.intersection(texts[:8]) or (texts[0] in {"do", "does"} and "have" in texts):
        yield "verify presence"
        noun = _present(words) or noun
    elif any(word.tag == "VBG" for word in words):
        yield "verify action"
    elif any(word.tag.startswith("JJ") and word.chunk.endswith("ADJP") for word in words):
        yield "verify state"
    else:
        yield "verify statement"
    if noun and noun != "image" and noun not in tables.EMPTY_NOUNS:
        yield f"verify {noun}"
    yield from _mood(words[:3])


def _how(words: Sequence[Word]) -> Iterator[str]:
    manner = words[1].text.lower() if len(words) > 1 else ""
    texts = {word.text.lower() for word in words}
    if manner in tables.HOW:
        noun, _ = object_behind(words[2:])
        yield tables.HOW[manner]
        if noun and manner in {"many", "much"} and noun not in tables.EMPTY_NOUNS:
            yield f"{'count' if manner == 'many' else 'estimate'} {noun}"
    elif texts & {"differ", "different", "compare", "similar", "difference"}:
        yield "compare object"
    elif texts & {"look", "appear", "looks", "appears"}:
        yield "describe appearance"
    else:
        yield "explain process"


def _what(words: Sequence[Word]) -> Iterator[str]:
    """The tasks of a question with `what`, `which` or another question word, by its noun or by its verb."""
    noun, end = object_behind(words[1:])
    verb = next((place for place, word in enumerate(words) if place and _is_verb(word)), len(words))
    if noun and end < verb + 1:
        yield from _asked_noun(noun)
        return
    behind = words[verb + 1 :]
    texts = {word.text.lower() for word in words}
    if task := _task_of_verb(words, texts):
        yield task
        return
    while behind and behind[0].text.lower() in {"to", "be", "have", "been"}:
        behind = behind[1:]
    noun, end = object_behind(behind)
    has_subject = verb < len(words) and words[verb + 1 :] == behind  # `which one with a hat?` has no verb
    deed = _deed(words[verb], behind[end:]) if has_subject else ""
    if deed in tables.WEARING:
        yield tables.WEARING[deed]
    elif deed in tables.MEANING_VERBS:
        yield "explain meaning"
    elif noun == "image":
        yield "describe image"
    elif noun and not deed:
        yield from _asked_noun(noun)
    else:
        yield "identify object"


def _deed(first: Word, behind: Sequence[Word]) -> str:
    """The verb of the subject in `what does the sign mean`; behind `of the` a participle only says which one."""
    if first.tag == "MD" or first.text.lower() in {"do", "does", "did"}:
        forms = {"VB", "VBP", "VBG"} if any(word.text.lower() == "be" for word in behind) else {"VB", "VBP"}
    elif behind and behind[0].text.lower() in {"of", "for", "that", "which"}:
        return ""
    else:
        forms = {"VBG"}
    deeds = [word.text.lower() for word in behind if word.tag in forms or word.text.lower() in tables.WEARING]
    return next((deed for deed in deeds if deed != "be"), "")


def _asked_noun(noun: str) -> Iterator[str]:
    if noun in REASONS:
        yield "explain reason"
    elif noun == "number":
        yield "count objects"
    elif noun == "difference":
        yield "compare object"
    elif noun == "way":
        yield "explain process"
    elif noun == "person":
        yield "identify person"
    elif noun == "location":
        yield "locate object"
    elif noun in tables.OBJECTS | tables.EMPTY_NOUNS:
        yield "identify object"
    else:
        yield f"name {noun}"


def _task_of_verb(words: Sequence[Word], texts: set[str]) -> str:
    """The task of a question whose verb says more than its nouns."""
    if len(words) > 2 and {words[1].text.lower(), words[2].text.lower()} & tables.CAUSING:
        return "explain reason"
    if texts & tables.INFERENCES:
        return "infer information"
    if texts & tables.HAPPENINGS and not texts & {"take"}:
        return "describe event"
    if {"look", "like"} <= texts:
        return "describe appearance"
    if texts & tables.READINGS and "you" not in texts:
        return "read text"
    if "you" in texts and texts & {"see", "observe", "notice"}:
        return "describe image"
    if len(words) > 2 and words[2].text.lower() in {"this", "that", "it", "these", "those"} and len(words) < 5:
        return "identify object"
    return ""


def _subject(words: Sequence[Word]) -> str:
    """The noun behind the first verb."""
    verb = next((place for place, word in enumerate(words) if _is_verb(word)), None)
    return object_behind(words[verb + 1 :])[0] if verb is not None else ""


def _present(words: Sequence[Word]) -> str:
    """The noun behind a word such as `there` or `contain`."""
    for place, word in enumerate(words[:8]):
        if word.text.lower() in tables.PRESENCE | {"have"}:
            return object_behind(words[place + 1 :])[0]
    return ""


def _is_verb(word: Word) -> bool:
    return word.is_verb or word.tag == "MD" or word.text.lower() in AUXILIARIES


def _mood(words: Sequence[Word]) -> Iterator[str]:
    """The task of a modal: a possibility has to be inferred, an obligation is advice."""
    modal = next((word.text.lower() for word in words if word.tag == "MD"), "")
    if modal in {"might", "could", "may", "would"}:
        yield "infer possibility"
    elif modal in _ASKS_FOR_ADVICE:
        yield "give advice"
