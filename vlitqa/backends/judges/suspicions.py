"""What in a sample speaks to a judge: words that ask for a score, tags that are not ours, text that hides.

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
"""Characters that nobody sees, more of them than an emoji or a joined letter needs; flags of countries use them too."""
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
_WIDEST = 300
"""Characters before and behind a phrase in which its sentence is looked for."""
_MASK = "[…]"


@dataclass(frozen=True, slots=True, order=True)
class Suspicion:
    """A place in a sample that may speak to a judge."""

    start: int
    end: int
    code: str


def suspicions_in(sample: str, answers: Sequence[str] = ()) -> tuple[Suspicion, ...]:
    """All places in a sample that may speak to a judge, in order."""
    found = {Suspicion(*each.span(), "invisible_run") for each in INVISIBLE.finditer(sample)}
    found.update(Suspicion(*span, "encoded_run") for span in _encoded(sample))
    seen, places = _as_read(sample)
    for code, phrase in PHRASES:
        found.update(_placed(each.span(), places, code) for each in phrase.finditer(seen))
    found.update(_placed(each.span(), places, "fake_tag") for each in _TAGS.finditer(seen))
    for each in _VERDICT.finditer(seen):
        if each[1].replace(".", "", 1).isdigit() or each[1] in {answer.lower() for answer in answers}:
            found.add(_placed(each.span(), places, "fake_verdict"))
    return tuple(sorted(found))


def codes_of(found: Sequence[Suspicion]) -> tuple[str, ...]:
    """The codes of suspicions, each once."""
    return tuple(sorted({each.code for each in found}))


def masked(sample: str, found: Sequence[Suspicion]) -> str:
    """The sample without the sentences that hold something suspicious."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted(_sentence(sample, each) for each in found):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    kept, after = [], 0
    for start, end in spans:
        kept.append(sample[after:start] + _MASK)
        after = end
    return "".join(kept) + sample[after:]


def _sentence(sample: str, suspicion: Suspicion) -> tuple[int, int]:
    low, high = max(0, suspicion.start - _WIDEST), min(len(sample), suspicion.end + _WIDEST)
    start = max(sample.rfind(end, low, suspicion.start) for end in _SENTENCE_ENDS) + 1
    ends = [at for end in _SENTENCE_ENDS if (at := sample.find(end, suspicion.end, high)) >= 0]
    return (start or low), min(ends, default=high)


def _encoded(sample: str) -> Iterator[tuple[int, int]]:
    """Where a run of letters or escapes stands for another text."""
    for found in _ENCODED.finditer(sample):
        if _is_text(_decoded(found[0], found.lastgroup or "")):
            yield found.span()


def _decoded(run: str, manner: str) -> bytes:
    try:
        if manner == "hex":
            return bytes.fromhex(run)
        if manner == "base64":
            whole = run.rstrip("=").translate(str.maketrans("-_", "+/"))
            return base64.b64decode(whole[: len(whole) // 4 * 4], validate=True)
        if run.startswith("%"):
            return unquote_to_bytes(run)
    except (ValueError, binascii.Error):
        return b""
    return b"escaped characters"  # nobody writes eight of them in a row for people to read


def _is_text(decoded: bytes) -> bool:
    """Whether bytes are words: chance makes letters of few of them, and almost never all."""
    try:
        text = decoded.decode()
    except UnicodeDecodeError as error:  # a run that was cut may end within a character
        text = decoded[: error.start].decode() if error.start > len(decoded) - 4 else ""
    letters = sum(each.isalpha() or each in " ,.:'\n" for each in text)
    return len(text) >= 8 and letters >= 0.8 * len(text) and text.isprintable()


def _placed(span: tuple[int, int], places: Sequence[int], code: str) -> Suspicion:
    return Suspicion(places[span[0]], places[span[1] - 1] + 1, code)


def _as_read(sample: str) -> tuple[str, Sequence[int]]:
    """The text as a reader sees it, in small letters without marks, and where each character of it stands."""
    if sample.isascii():
        return sample.lower(), range(len(sample))
    seen, places = [], []
    for at, character in enumerate(sample):
        for letter in _as_seen(character):
            seen.append(letter)
            places.append(at)
    return "".join(seen), places


@lru_cache(maxsize=4096)
def _as_seen(character: str) -> str:
    """One character as a reader sees it: no marks, no width, digits as 0 to 9, letters that look Latin as Latin."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    plain = unicodedata.normalize("NFKD", character)
    shown = "".join(each for each in plain if unicodedata.category(each) not in ("Mn", "Cf") and each != "ـ")
    return shown.lower().translate(LOOKS_LIKE)
