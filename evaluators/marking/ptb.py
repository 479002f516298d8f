"""Captions cut into tokens as COCO's evaluation does with the Penn Treebank's tokenizer: in small, without marks."""

from __future__ import annotations

import html
import re
from functools import lru_cache

_DROPPED = frozenset(("''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";", '"'))
_NAMES = {"(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-"}
"""Of brackets. COCO's list means to drop them but has their names in capitals, so they stay."""
_WRITTEN = str.maketrans({
    "‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "—": "--", "–": "--", "€": "$", "​": " ",
})  # fmt: skip
_SHORT = (
    "Mr Mrs Ms Dr St Jr Sr Prof Rev Gen Sen Rep Gov Lt Col Sgt Capt Ave Blvd Rd Inc Ltd Co Corp vs etc Est "
    "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
)
"""Words that keep their full stop wherever they stand."""
_LETTER = r"[^\W\d_]"
_SMALL = r"(?:'(?:s|re|ve|ll|d|m)\b)"
_TOKEN = re.compile(
    rf"""
      (?i:https?://|www\.)\S+[\w/]                                       # addresses
    | </?\w+>                                                            # marks of a page
    | (?:[A-Za-z]\.){{2,}} | \b[A-Z]\.                                   # U.S., J. K.
    | \b(?i:{"|".join(_SHORT.split())})\.
    | \b(?i:no)\.(?=\s*\d)
    | {_LETTER}+\.(?=[,;:])
    | (?i:can(?=not\b) | (?:gon(?=na)|wan(?=na)|got(?=ta)|gim(?=me)|lem(?=me))(?=..(?![\w-])))
    | {_LETTER}+(?=(?i:n't)\b) | (?i:n't)\b                              # do n't
    | (?i:{_SMALL})                                                      # 's
    | (?i:o'clock)\b | \b[A-HJ-XZ]'{_LETTER}{{3,}}                       # O'Brien
    | [\#@][A-Za-z_]\w*
    | \d+(?i:st|nd|rd|th|s)\b | \d*(?:[.,:]\d+)+                         # 2nd, 1,000, 10:30
    | \w+(?:[-.&/]\w+)*                                      # t-shirt, word.word, black/white
    | -[LR][CRS]B- | -{{2,}} | [?!]+ | \S
    """,
    re.VERBOSE,
)


@lru_cache(1 << 16)
def tokens(caption: str) -> list[str]:
    """The tokens of a caption; the list is shared and must not be changed."""
    found = _TOKEN.findall(html.unescape(caption).translate(_WRITTEN))
    return [_NAMES.get(each, each).lower() for each in found if each not in _DROPPED]
