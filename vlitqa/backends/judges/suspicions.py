"""Places in a sample that seem to speak to a judge: words that ask for a score, foreign tags, hidden text.

Heuristics: a flag is a reason to look twice, never a verdict. English, Chinese and Arabic are known.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from vlitqa.backends.judges.suspicious_words import LOOKS_LIKE, PHRASES

_UNSEEN = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef"
INVISIBLE = re.compile(f"(?<![{_UNSEEN}])(?:[{_UNSEEN}]{{8,}}|(?<!\U0001f3f4)[{_UNSEEN}]{{4,7}})")
"""Runs of invisible characters longer than an emoji, a joined letter or the flag of a country needs."""
_TAGS = re.compile(
    r"""<[|｜][^<>\n]{1,60}[|｜]>|</s>|<<[ ]?/?[ ]?sys[ ]?>>|\[/?[ ]?inst[ ]?\]|<(?:start|end)_of_turn>
    |</?[ ]?(?:data|sample|system|untrusted|user_data|rubric|instructions?|judge|grader|prompt)
        (?:[-_:\ ][\w.:\ -]{0,60})?>
    |^\W{0,6}(?:system|developer)[ ](?:message|prompt|note|override|update|instructions?)\b[^\n:\]]{0,20}[:\]]
    |^[ \t]{0,6}(?:\[[ ]?(?:system|developer)[ ]?\]|\#{1,4}[ ]?(?:system|developer)\b|(?:system|developer)[ ]?:
        (?=[^\n]{0,80}\b(?:you|must|ignore|new|judge|grader|scor(?:e|ing)|rating|rate)\b))""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_VERDICT = re.compile(
    r"""\{\s*["'“]?(?:answer|score|rating|verdict|grade|label|result|judge?ment)["'”]?\s*[:=]\s*
    ["'“]?([^"'“”{}\n,]{1,40}?)["'”]?\s*[,}]""",
    re.IGNORECASE | re.VERBOSE,
)
_ENCODED = re.compile(
    r"(?P<hex>\b(?:[0-9a-f]{2}){16,600}\b)|(?P<base64>(?<![\w+/=])[A-Za-z0-9+/_-]{20,4000}={0,2})"
    r"|(?P<escapes>(?:%[0-9a-f]{2}|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|&\#x?[0-9a-f]{2,6};){8,600})",
    re.IGNORECASE,
)
_SENTENCE_ENDS = ".!?。！？؟\n"
_LONGEST_SEARCH = 300
"""Characters before and behind a phrase in which the ends of its sentence are looked for."""
_MASK = "[…]"


@dataclass(frozen=True, slots=True, order=True)
class Suspicion:
    """A place in a sample that may speak to a judge."""

    start: int
    end: int
    code: str


def find_suspicions(sample: str, answers: Sequence[str] = ()) -> tuple[Suspicion, ...]:
    """Finds all places in a sample that may speak to a judge, in order."""
    suspicions = {Suspicion(*match.span(), "invisible_run") for match in INVISIBLE.finditer(sample)}
    suspicions.update(Suspicion(*span, "encoded_run") for span in _encoded_runs(sample))
    text, places = _as_read(sample)
    for code, phrase in PHRASES:
        suspicions.update(_locate(match.span(), places, code) for match in phrase.finditer(text))
    suspicions.update(_locate(match.span(), places, "fake_tag") for match in _TAGS.finditer(text))
    lowered = {answer.lower() for answer in answers}
    for match in _VERDICT.finditer(text):
        if match[1].replace(".", "", 1).isdigit() or match[1] in lowered:
            suspicions.add(_locate(match.span(), places, "fake_verdict"))
    return tuple(sorted(suspicions))


def suspicion_codes(suspicions: Sequence[Suspicion]) -> tuple[str, ...]:
    """The codes of suspicions, sorted and without repetition."""
    return tuple(sorted({suspicion.code for suspicion in suspicions}))


def mask_sentences(sample: str, suspicions: Sequence[Suspicion]) -> str:
    """Returns the sample with a mask in place of every sentence that holds a suspicion."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted(_sentence_around(sample, suspicion) for suspicion in suspicions):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    parts, after = [], 0
    for start, end in spans:
        parts.append(sample[after:start] + _MASK)
        after = end
    return "".join(parts) + sample[after:]


def _sentence_around(sample: str, suspicion: Suspicion) -> tuple[int, int]:
    low, high = max(0, suspicion.start - _LONGEST_SEARCH), min(len(sample), suspicion.end + _LONGEST_SEARCH)
    start = max(sample.rfind(end, low, suspicion.start) for end in _SENTENCE_ENDS) + 1
    ends = [place for end in _SENTENCE_ENDS if (place := sample.find(end, suspicion.end, high)) >= 0]
    return (start or low), min(ends, default=high)


def _encoded_runs(sample: str) -> Iterator[tuple[int, int]]:
    """Finds runs of letters or escapes that encode another text."""
    for match in _ENCODED.finditer(sample):
        if _is_text(_decode(match[0], match.lastgroup or "")):
            yield match.span()


def _decode(run: str, encoding: str) -> bytes:
    try:
        if encoding == "hex":
            return bytes.fromhex(run)
        if encoding == "base64":
            whole = run.rstrip("=").translate(str.maketrans("-_", "+/"))
            return base64.b64decode(whole[: len(whole) // 4 * 4], validate=True)
        if run.startswith("%"):
            return unquote_to_bytes(run)
    except (ValueError, binascii.Error):
        return b""
    return b"escaped characters"  # nobody writes eight of them in a row for people to read


def _is_text(decoded: bytes) -> bool:
    """True if bytes are words: random bytes are letters here and there, and almost never throughout."""
    try:
        text = decoded.decode()
    except UnicodeDecodeError as error:  # a run that was cut may end within a character
        text = decoded[: error.start].decode() if error.start > len(decoded) - 4 else ""
    letters = sum(character.isalpha() or character in " ,.:'\n" for character in text)
    return len(text) >= 8 and letters >= 0.8 * len(text) and text.isprintable()


def _locate(span: tuple[int, int], places: Sequence[int], code: str) -> Suspicion:
    """Translates a span of the text as it is read into a place in the sample."""
    return Suspicion(places[span[0]], places[span[1] - 1] + 1, code)


def _as_read(sample: str) -> tuple[str, Sequence[int]]:
    """The text as a reader sees it, in small letters without accents, and the place of each character in the sample."""
    if sample.isascii():
        return sample.lower(), range(len(sample))
    letters, places = [], []
    for place, character in enumerate(sample):
        for letter in _as_seen(character):
            letters.append(letter)
            places.append(place)
    return "".join(letters), places


@lru_cache(maxsize=4096)
def _as_seen(character: str) -> str:
    """One character as a reader sees it: no accent, no width, digits as 0 to 9, letters that look Latin as Latin."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    parts = unicodedata.normalize("NFKD", character)
    visible = "".join(part for part in parts if unicodedata.category(part) not in ("Mn", "Cf") and part != "ـ")
    return visible.lower().translate(LOOKS_LIKE)
