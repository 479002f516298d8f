"""The codes that records can be found guilty of, with what each means and how it is repaired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vlitqa.records import Place
from vlitqa.results import Finding

ERROR, WARNING, NOTE = "error", "warning", "note"
_SHOWN = 20

MEANINGS: Mapping[str, tuple[str, str, str]] = {
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
    "image_outside_root": (ERROR, "an image name leads out of the image root", "Give a name relative to --image-root."),
    "image_not_regular": (ERROR, "an image name leads to a folder, a pipe or a device", "Name a file."),
    "image_unreadable": (ERROR, "an image file may not be opened", "Check its permissions."),
    "image_remote": (ERROR, "an image is an address on the network", "Download it and name the file."),
    "image_count": (ERROR, "the <image> marks in the text are not as many as the images", "Add or remove marks."),
    "mark_missing": (ERROR, "the row has images and no <image> mark", "Put <image> where each belongs."),
    "no_turns": (ERROR, "the row has no turn at all", "Drop the row."),
    "no_instruction": (WARNING, "a turn has a response without an instruction", "Check the order of the roles."),
    "no_response": (WARNING, "a turn has an instruction without a response", "Answer it or drop the turn."),
    "empty_instruction": (WARNING, "an instruction is empty", "Write it or drop the turn."),
    "empty_response": (WARNING, "a response is empty", "Write it or drop the turn."),
    "repeated_turn": (WARNING, "the row says the same turn twice", "Drop the repetition."),
    "template_text": (WARNING, "a chat template was left inside the text", "Remove its special tokens."),
    "string_for_list": (NOTE, "one string stands where a list belongs", "Write it as a list of one."),
    "hidden_characters": (WARNING, "the text holds characters that turn its direction", "Remove them."),
    "duplicate_id": (WARNING, "several rows have the same id", "Give each row an id of its own."),
    "tiny_image": (WARNING, "an image has an edge under 32 pixels", "Check that it shows anything."),
    "long_image": (NOTE, "an image is more than 8 times as long as wide", "Check that models see it whole."),
    "blank_image": (WARNING, "an image is one colour all over", "Replace it or drop the row."),
    "dark_image": (NOTE, "an image is almost black", "Look at it."),
    "blurry_image": (NOTE, "an image has no sharp edge", "Look at it."),
    "animated_image": (NOTE, "an image moves; only its first frame is read", "Save the frame that is meant."),
    "duplicate_row": (WARNING, "the text and the images of an earlier row again", "Keep one of them."),
    "same_text": (
        NOTE,
        "the whole text of an earlier row, with other images",
        "Check that the images differ in truth.",
    ),
    "near_duplicate_text": (NOTE, "almost the text of another row", "Look at a few and keep the best."),
    "near_duplicate_image": (NOTE, "an image that is almost a copy of another", "Look at a few."),
}

REJECT_CODES: Mapping[str, str] = {
    "malformed_json": "the line is no JSON",
    "malformed_csv": "the row is no CSV",
    "not_object": "the row is no object",
    "bad_encoding": "the text is not UTF-8",
    "non_finite": "a number is NaN or infinite",
    "big_integer": "an integer does not fit 64 bits",
    "lone_surrogate": "half of a UTF-16 pair stands alone",
    "too_deep": "the row is nested too deep",
    "line_too_long": "the row is over 8 MiB",
    "missing_field": "a field that the format needs is missing",
    "wrong_type": "a field has the wrong type",
    "unknown_role": "a message has a role that nobody knows",
    "unknown_part": "a message has a part that is neither text nor image",
    "bad_base64": "an embedded image is no base64",
    "column_count": "the row has more or fewer cells than the header",
    "tar_member": "a member of the tar is no regular file",
}


def finding(code: str, places: Iterable[Place]) -> Finding:
    """The finding of one code at the places that have it."""
    severity, meaning, repair = MEANINGS[code]
    shown = sorted(places, key=lambda place: place.row)
    examples = tuple(place.line or place.row + 1 for place in shown[:_SHOWN])
    return Finding(code, severity, len(shown), examples, meaning, repair)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then warnings, then notes; the most frequent first."""
    rank = (ERROR, WARNING, NOTE)
    return tuple(sorted(findings, key=lambda each: (rank.index(each.severity), -each.rows, each.code)))
