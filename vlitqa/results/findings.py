"""The codes that records can be found guilty of, with what each means and how it is repaired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vlitqa.records import Place
from vlitqa.results import Finding

ERROR, WARNING, NOTE = "error", "warning", "note"
_SHOWN = 20
_DETAIL_CAP = 200
"""Letters of a detail: a reason may quote the row."""

_BY_READER: Mapping[str, tuple[str, str, str]] = {
    "no_rows": (ERROR, "the file holds no rows", "Check that it is the right file."),
    "malformed_json": (ERROR, "the row is no JSON", "Mend the line."),
    "malformed_csv": (ERROR, "the row is no CSV", "Mend its quotes."),
    "not_object": (ERROR, "the row is no object", "Write one object a row."),
    "bad_encoding": (ERROR, "the text is not UTF-8", "Mend the row, or convert the file."),
    "non_finite": (ERROR, "a number is NaN or infinite", "Write null."),
    "big_integer": (ERROR, "an integer does not fit 64 bits", "Write it as a text."),
    "lone_surrogate": (ERROR, "half of a UTF-16 pair stands alone", "Mend the text."),
    "too_deep": (ERROR, "the row is nested too deep", "Flatten it."),
    "line_too_long": (ERROR, "the row is over 8 MiB", "Keep images in files of their own."),
    "missing_field": (ERROR, "a field that the format needs is missing", "Add it, or choose another format: --format."),
    "wrong_type": (ERROR, "a field has the wrong type", "Mend it; the reason says what was expected."),
    "unknown_role": (ERROR, "a message has a role that nobody knows", "Use human and gpt, or user and assistant."),
    "unknown_part": (ERROR, "a message has a part that is neither text nor image", "Drop the part."),
    "bad_base64": (ERROR, "an embedded image is no base64", "Embed it again."),
    "column_count": (ERROR, "the row has more or fewer cells than the header", "Quote cells that hold the delimiter."),
    "tar_member": (ERROR, "a member of the tar is no regular file", "Pack files, not links."),
    "loose_commas": (
        WARNING,
        "the array misses commas between its rows or has too many: strict readers refuse the whole file",
        "Write one between two rows and none behind the last.",
    ),
}
_BY_INTEGRITY: Mapping[str, tuple[str, str, str]] = {
    "image_missing": (ERROR, "an image that the row names is not there", "Fetch it, or name its folder: --image-root."),
    "image_truncated": (ERROR, "an image file ends before its content does", "Download it again."),
    "image_corrupt": (ERROR, "an image file cannot be decoded", "Download it again."),
    "image_wrong_type": (
        ERROR,
        "a file that should be an image is none",
        "Replace it by a JPEG, PNG, WEBP, GIF or BMP.",
    ),
    "image_bomb": (ERROR, "an image declares more pixels than any camera makes", "Scale it down or drop the row."),
    "image_too_large": (ERROR, "an image file is over 64 MiB", "Scale it down."),
    "image_outside_root": (
        ERROR,
        "an image name leads out of the image root",
        "Give a name relative to --image-root, or name the folder that it leads to with a further --image-root.",
    ),
    "image_not_regular": (ERROR, "an image name leads to a folder, a pipe or a device", "Name a file."),
    "image_unreadable": (ERROR, "an image file may not be opened", "Check its permissions."),
    "image_remote": (ERROR, "an image is an address on the network", "Download it and name the file."),
    "image_count": (ERROR, "the <image> marks in the text are not as many as the images", "Add or remove marks."),
    "mark_missing": (ERROR, "the row has images and no <image> mark", "Put <image> where each belongs."),
    "no_turns": (ERROR, "the row has no turn at all", "Drop the row."),
    "one_sided": (NOTE, "the format has no instructions of its own", "Draw them from templates when you tune."),
    "no_instruction": (WARNING, "a turn has a response without an instruction", "Check the order of the roles."),
    "no_response": (WARNING, "a turn has an instruction without a response", "Answer it or drop the turn."),
    "empty_instruction": (WARNING, "an instruction is empty", "Write it or drop the turn."),
    "empty_response": (WARNING, "a response is empty", "Write it or drop the turn."),
    "repeated_turn": (WARNING, "the row says the same turn twice", "Drop the repetition."),
    "template_text": (WARNING, "a chat template was left inside the text", "Remove its special tokens."),
    "unread_media": (
        WARNING,
        "the text has a mark of a video, a sound or an image that is not read",
        "Write images as <image>, with their names in the row; videos and sounds are not measured.",
    ),
    "string_for_list": (NOTE, "one string stands where a list belongs", "Write it as a list of one."),
    "hidden_characters": (WARNING, "the text holds characters that turn its direction", "Remove them."),
    "duplicate_id": (WARNING, "several rows have the same id", "Give each row an id of its own."),
    "tiny_image": (WARNING, "an image has an edge under 32 pixels", "Check that it shows anything."),
    "long_image": (NOTE, "an image is more than 8 times as long as wide", "Check that models see it whole."),
    "blank_image": (WARNING, "an image is one colour all over", "Replace it or drop the row."),
    "dark_image": (NOTE, "an image is almost black", "Look at it."),
    "blurry_image": (NOTE, "an image has no sharp edge", "Look at it."),
    "animated_image": (NOTE, "an image moves; only its first frame is read", "Save the frame that is meant."),
}
_BY_DUPLICATES: Mapping[str, tuple[str, str, str]] = {
    "duplicate_row": (WARNING, "the text and the images of an earlier row again", "Keep one of them."),
    "same_text": (
        NOTE,
        "the whole text of an earlier row, with other images",
        "Check that the images differ in truth.",
    ),
    "near_duplicate_text": (NOTE, "almost the text of another row", "Look at a few and keep the best."),
    "near_duplicate_image": (NOTE, "an image that is almost a copy of another", "Look at a few."),
}
_BY_ACCURACY: Mapping[str, tuple[str, str, str]] = {
    "judged_incorrect": (
        WARNING,
        "the judge calls most responses of the row incorrect",
        "Look at some, and at how often it errs, before you drop them.",
    ),
}
FOUND_BY: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    "": _BY_READER,
    "integrity": _BY_INTEGRITY,
    "duplicates": _BY_DUPLICATES,
    "accuracy": _BY_ACCURACY,
}
"""The codes that each metric can find, with severity, meaning and repair; those of no metric are the reader's."""
FINDERS = tuple(filter(None, FOUND_BY))
"""The metrics that find something in rows."""
MEANINGS = {code: meaning for found in FOUND_BY.values() for code, meaning in found.items()}

NEAR = frozenset(("near_duplicate_text", "near_duplicate_image"))
"""Codes that only a search for near duplicates can find."""


@dataclass(slots=True)
class Seen:
    """How many places have a fault, and the first of them."""

    rows: int = 0
    first: list[Place] = field(default_factory=list)
    detail: str = ""
    """What was said of the first place."""

    def add(self, place: Place, detail: str = "") -> None:
        if not self.rows:
            self.detail = detail
        self.rows += 1
        if len(self.first) < _SHOWN:
            self.first.append(place)


def finding(code: str, places: Iterable[Place]) -> Finding:
    """The finding of one code at the places that have it, in any order."""
    ordered = sorted(places, key=lambda place: place.row)
    return finding_of(code, Seen(len(ordered), ordered[:_SHOWN]))


def finding_of(code: str, seen: Seen) -> Finding:
    """The finding of one code from what was seen of it."""
    severity, meaning, repair = MEANINGS.get(code, (ERROR, code, ""))
    places = _named(seen.first)
    detail = f"{places[0]}: {seen.detail}"[:_DETAIL_CAP] if seen.detail else ""
    return Finding(code, severity, seen.rows, examples=places, meaning=meaning, repair=repair, detail=detail)


def _named(places: list[Place]) -> tuple[str, ...]:
    """Lines where each row has its own, and otherwise rows: a file may be one long line, or have none."""
    lines = [place.line for place in places]
    if 0 in lines or len(set(lines)) < len(lines) or (lines == [1] and places[0].row):
        return tuple(f"row {place.row + 1}" for place in places)
    return tuple(f"line {line}" for line in lines)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then warnings, then notes; the most frequent first."""
    rank = (ERROR, WARNING, NOTE)
    return tuple(sorted(findings, key=lambda each: (rank.index(each.severity), -each.rows, each.code)))
