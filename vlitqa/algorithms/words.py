"""Words of a text, counted; and its content words, in lower case and without stop words."""

from __future__ import annotations

import re

_EAST_ASIAN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(f"[{_EAST_ASIAN}]|[^\\W_{_EAST_ASIAN}]+(?:['’][^\\W_{_EAST_ASIAN}]+)?")
"""A word with its apostrophe, or one letter of a script that has no spaces."""
_CHARACTER_CAP = 200_000
_STOP_WORDS = frozenset(
    """
    a about above after again against ain all also am an and any are aren't as at be because been before being below
    between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each few for
    from further had hadn't has hasn't have haven't having he he'd he'll he's her here here's hers herself him himself
    his how how's i i'd i'll i'm i've if in into is isn't it it's its itself just let's me might more most mustn't my
    myself no nor not now of off on once only or other ought our ours ourselves out over own please s same shall shan't
    she she'd she'll she's should shouldn't so some such t than that that's the their theirs them themselves then there
    there's these they they'd they'll they're they've this those through to too under until up us very was wasn't we
    we'd we'll we're we've were weren't what what's when when's where where's which while who who's whom why why's will
    with won't would wouldn't you you'd you'll you're you've your yours yourself yourselves
    """.split()  # noqa: SIM905 - a table to read, not a list to format
)
"""English words that say nothing of a task; the review removes stop words and names no list."""
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u309f"
_KATAKANA = "\u30a0-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_UNSPACED = re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}]")
"""Letters of languages that put no spaces between words; Hangul is none of them."""
_PART = re.compile(f"[{_HAN}]|[{_HIRAGANA}]+|[{_KATAKANA}]+|[^\\W{_HAN}{_HIRAGANA}{_KATAKANA}]+")


def content_words(text: str) -> list[str]:
    """The different words of a text that are no stop words, in the order in which they first come."""
    words = _WORD.findall(text[:_CHARACTER_CAP].lower().replace("’", "'"))
    return [word for word in dict.fromkeys(words) if word not in _STOP_WORDS]


def first_words(text: str, count: int) -> str:
    """The first words of a text in lower case; a word of letters without spaces between words counts by its parts."""
    beginning: list[str] = []
    for word in text.lower().split(maxsplit=count)[:count]:
        parts = [word] if word.isascii() or not _UNSPACED.search(word) else _PART.findall(word)
        beginning.append("".join(parts[:count]))
        count -= len(parts)
        if count <= 0:
            break
    return " ".join(beginning)


def count_words(text: str) -> int:
    """The words between white space; where Han characters or kana stand in one, its parts instead."""
    words = text.split()
    if text.isascii() or not _UNSPACED.search(text):
        return len(words)
    return sum(len(_PART.findall(word)) if _UNSPACED.search(word) else 1 for word in words)
