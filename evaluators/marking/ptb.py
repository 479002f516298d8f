"""Captions cut into tokens as COCO's evaluation does with the Penn Treebank's tokenizer, without punctuation."""

from __future__ import annotations

import html
import re
from functools import lru_cache

_DROPPED = frozenset(("''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";", '"'))
_NAMES = {"(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-"}
"""Of brackets. COCO's list means to drop them but has their names in capitals, so they stay."""
_ASCII = str.maketrans({
    "‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "—": "--", "–": "--", "€": "$", "​": " ",
})  # fmt: skip
_ABBREVIATIONS = (
    "Mr Mrs Ms Dr St Jr Sr Prof Rev Gen Sen Rep Gov Lt Col Sgt Capt Ave Blvd Rd Inc Ltd Co Corp vs etc Est "
    "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
)
"""Words that keep their full stop wherever they stand."""
_LETTER = r"[^\W\d_]"
_SUFFIX = r"(?:'(?:s|re|ve|ll|d|m)\b)"
_TOKEN = re.compile(
    rf"""
      (?i:https?://|www\.)\S+[\w/]                                       # addresses
    | </?\w+>                                                            # tags of a page
    | (?:[A-Za-z]\.){{2,}} | \b[A-Z]\.                                   # U.S., J. K.
    | \b(?i:{"|".join(_ABBREVIATIONS.split())})\.
    | \b(?i:no)\.(?=\s*\d)
    | {_LETTER}+\.(?=[,;:])
    | (?i:can(?=not\b) | (?:gon(?=na)|wan(?=na)|got(?=ta)|gim(?=me)|lem(?=me))(?=..(?![\w-])))
    | {_LETTER}+(?=(?i:n't)\b) | (?i:n't)\b                              # do n't
    | (?i:{_SUFFIX})                                                      # 's
    | (?i:o'clock)\b | \b[A-HJ-XZ]'{_LETTER}{{3,}}                       # O'Brien
    | [\#@][A-Za-z_]\w*
    | \d+(?i:st|nd|rd|th|s)\b | \d*(?:[.,:]\d+)+                         # 2nd, 1,000, 10:30
    | \w+(?:[-.&/]\w+)*                                      # t-shirt, word.word, black/white
    | -[LR][CRS]B- | -{{2,}} | [?!]+ | \S
    """,
    re.VERBOSE,
)


@lru_cache(1 << 16)
def tokenize(caption: str) -> list[str]:
    """The tokens of a caption, in lower case; the list is shared and must not be changed."""
    tokens = _TOKEN.findall(html.unescape(caption).translate(_ASCII))
    return [_NAMES.get(token, token).lower() for token in tokens if token not in _DROPPED]
