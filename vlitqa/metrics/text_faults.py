"""Faults of the turns and the texts of a record."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vlitqa.algorithms.scripts import is_in_latin_letters
from vlitqa.algorithms.text_lint import faults_of_response
from vlitqa.records import Record, Turn

_TEMPLATES = re.compile(
    r"<\|(?:im_|user|assistant|system|end)|\[/?INST\]|<<SYS>>|</s>|### (?:Human|Assistant):|ASSISTANT:"
)
_UNREAD = re.compile(
    r"<(?:video|audio|speech|sound|point_?cloud|pcl|3d)>|<__dj__(?:video|audio)>|<\|(?:video|audio)_pad\|>|<\|AUDIO\|>"
)
"""Marks of LLaVA's kin, of Data-Juicer, and of Qwen's chat templates; `<point>` is left to those of regions."""
_UNREAD_IMAGE = re.compile(r"<img>[^<]+</img>")
"""Qwen-VL names its images so; a record that has none has lost them."""
_TURNS_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


def text_codes(record: Record) -> list[str]:
    """The codes of the faults of a record that can be seen without opening its images."""
    codes = list(record.notes)
    if record.placeholders is not None and record.placeholders != len(record.images):
        codes.append("image_count" if record.placeholders else "mark_missing")
    turns = record.turns
    if not turns:
        codes.append("no_turns")
    elif len(turns) > 1 and _has_repetition(turns):
        codes.append("repeated_turn")
    texts = []
    for turn in turns:
        instruction, response = turn.instruction, turn.response
        if not instruction or instruction.isspace():
            _note_absent_half("instruction", instruction, turn.instruction_images, codes)
        else:
            texts.append(instruction)
        if not response or response.isspace():
            _note_absent_half("response", response, turn.response_images, codes)
        else:
            texts.append(response)
            codes.extend(faults_of_response(instruction or "", response))
    if "one_sided" in record.notes:
        codes = [code for code in codes if code != "no_instruction"]
    wording = _wording_codes("\n".join(texts), images=bool(record.images))
    return codes + [code for code in wording if code not in record.notes]


def shows_unread_media(record: Record) -> bool:
    """True if a row names a video, a sound or another medium that is not read, in a field or in its text."""
    return "unread_media" in record.notes or _marks_unread_media(record.text(), images=bool(record.images))


def _marks_unread_media(text: str, *, images: bool) -> bool:
    """True if a mark of a medium that is not read stands in a text."""
    return "<" in text and bool(_UNREAD.search(text) or (not images and _UNREAD_IMAGE.search(text)))


def _wording_codes(text: str, *, images: bool) -> list[str]:
    """The codes of what stands in a text and belongs into none."""
    codes = []
    may_match = "<" in text or "[" in text or "#" in text or "ASSISTANT:" in text  # many times faster than to match
    if may_match and _TEMPLATES.search(text):
        codes.append("template_text")
    if _marks_unread_media(text, images=images):
        codes.append("unread_media")
    if text.isascii():
        return codes
    if "\ufffd" in text:
        codes.append("replaced_characters")
    if _TURNS_DIRECTION.search(text):
        codes.append("hidden_characters")
    return codes if is_in_latin_letters(text) else [*codes, "other_script"]


def _has_repetition(turns: Sequence[Turn]) -> bool:
    """Tells whether two turns are equal; only those of equal responses can be."""
    count = len(turns)
    if len({turn.response for turn in turns}) == count:
        return False
    return len({(turn.instruction, turn.response) for turn in turns}) < count


def _note_absent_half(side: str, text: str | None, images: tuple[int, ...], codes: list[str]) -> None:
    """Adds the code of a half without words; one that shows an image may have none."""
    if text is None:
        codes.append(f"no_{side}")
    elif not images:
        codes.append(f"empty_{side}")
