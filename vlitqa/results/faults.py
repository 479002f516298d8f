"""Faults that are looked for in rows and records, by their codes: how grave each is, what it means, and its repair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ERROR, WARNING, NOTE = "error", "warning", "note"
TRUNCATED, LOOSE_COMMAS = "truncated", "loose_commas"
"""Codes of places that are no rows: where a file ends before its content does, and between two rows."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can be wrong, and how it is repaired."""

    severity: str
    """`error`, `warning` or `note`."""
    meaning: str
    repair: str


READING_FAULTS: Mapping[str, Fault] = {
    "no_rows": Fault(ERROR, "the file holds no rows", "Check that it is the right file."),
    TRUNCATED: Fault(
        ERROR,
        "the file ends before its content does, or is damaged there",
        "Fetch or write it again: rows are missing.",
    ),
    "malformed_json": Fault(ERROR, "the row is not valid JSON", "Repair the line."),
    "malformed_csv": Fault(ERROR, "the row is not valid CSV", "Repair its quotes."),
    "not_object": Fault(ERROR, "the row is not an object", "Write one object a row."),
    "bad_encoding": Fault(ERROR, "the text is not UTF-8", "Repair the row, or convert the file."),
    "unreadable_value": Fault(
        ERROR, "a value is outside of what its type can say, such as a date after the year 9999", "Repair the value."
    ),
    "too_many_images": Fault(ERROR, "the row names more than 10,000 images", "Split it into several rows."),
    "non_finite": Fault(ERROR, "a number is NaN or infinite", "Write null."),
    "big_integer": Fault(ERROR, "an integer does not fit 64 bits", "Write it as a text."),
    "lone_surrogate": Fault(ERROR, "the text holds an unpaired UTF-16 surrogate", "Repair the text."),
    "too_deep": Fault(ERROR, "the row is nested too deep", "Flatten it."),
    "line_too_long": Fault(ERROR, "the row is over 8 MiB", "Keep images in files of their own."),
    "missing_field": Fault(
        ERROR, "a field that the format needs is missing", "Add it, or choose another format: --format."
    ),
    "wrong_type": Fault(ERROR, "a field has the wrong type", "Repair it; the reason says what was expected."),
    "unknown_role": Fault(ERROR, "a message has an unknown role", "Use human and gpt, or user and assistant."),
    "unknown_part": Fault(
        ERROR, "a message has a part that is neither a text nor an image, a video or a sound", "Drop the part."
    ),
    "bad_base64": Fault(ERROR, "an embedded image is not base64", "Embed it again."),
    "column_count": Fault(
        ERROR, "the row has more or fewer cells than the header", "Quote cells that hold the delimiter."
    ),
    "tar_member": Fault(ERROR, "a member of the tar is not a regular file", "Pack files, not links."),
    LOOSE_COMMAS: Fault(
        WARNING,
        "the array lacks commas between its rows or has too many: strict readers refuse the whole file",
        "Write one between two rows and none behind the last.",
    ),
}
"""Faults of a row, so that it is no record, and of a file."""
RECORD_FAULTS: Mapping[str, Fault] = {
    "image_missing": Fault(
        ERROR, "an image that the row names is not there", "Fetch it, or name its folder: --image-root."
    ),
    "image_truncated": Fault(ERROR, "an image file ends before its content does", "Download it again."),
    "image_corrupt": Fault(ERROR, "an image file cannot be decoded", "Download it again."),
    "image_wrong_type": Fault(
        ERROR,
        "a file that should be an image is not one",
        "Replace it by a JPEG, PNG, WEBP, GIF or BMP.",
    ),
    "image_bomb": Fault(
        ERROR, "decoding an image would take more time or memory than any photograph", "Scale it down or drop the row."
    ),
    "image_too_large": Fault(ERROR, "an image file is over 64 MiB", "Scale it down."),
    "image_outside_root": Fault(
        ERROR,
        "an image name leads out of the image root",
        "Give a name relative to --image-root, or name the folder that it leads to with a further --image-root.",
    ),
    "image_not_regular": Fault(ERROR, "an image name leads to a folder, a pipe or a device", "Name a file."),
    "image_unreadable": Fault(ERROR, "an image file may not be opened", "Check its permissions."),
    "image_remote": Fault(ERROR, "an image is an address on the network", "Download it and name the file."),
    "image_count": Fault(ERROR, "the text has more or fewer <image> placeholders than images", "Add or remove some."),
    "mark_missing": Fault(ERROR, "the row has images and no <image> placeholder", "Put <image> where each belongs."),
    "media_missing": Fault(
        ERROR, "a video or a sound that the row names is not there", "Fetch it, or name its folder: --image-root."
    ),
    "media_empty": Fault(ERROR, "the file of a video or a sound has no bytes", "Download it again."),
    "media_no_stream": Fault(
        ERROR, "a video holds no pictures, or a sound no sound", "Replace the file, or drop the row."
    ),
    "media_truncated": Fault(ERROR, "a video or a sound ends before its length says", "Download it again."),
    "media_corrupt": Fault(ERROR, "a video or a sound cannot be decoded", "Download it again, or convert it to MP4."),
    "media_bomb": Fault(ERROR, "the frames of a video have more pixels than any camera gives", "Scale it down."),
    "media_outside_root": Fault(
        ERROR,
        "the name of a video or a sound leads out of the image root",
        "Give a name relative to --image-root, or name the folder that it leads to with a further --image-root.",
    ),
    "media_not_regular": Fault(
        ERROR, "the name of a video or a sound leads to a folder, a pipe or a device", "Name a file."
    ),
    "media_unreadable": Fault(ERROR, "the file of a video or a sound may not be opened", "Check its permissions."),
    "media_remote": Fault(ERROR, "a video or a sound is an address on the network", "Download it and name the file."),
    "media_count": Fault(
        ERROR,
        "the text has more or fewer marks such as <video> and <audio> than the row has videos and sounds",
        "Add or remove some.",
    ),
    "no_turns": Fault(ERROR, "the row has no turn at all", "Drop the row."),
    "one_sided": Fault(NOTE, "the format has no instructions of its own", "Draw them from templates when you tune."),
    "no_instruction": Fault(WARNING, "a turn has a response without an instruction", "Check the order of the roles."),
    "no_response": Fault(WARNING, "a turn has an instruction without a response", "Answer it or drop the turn."),
    "empty_instruction": Fault(WARNING, "an instruction is empty", "Write it or drop the turn."),
    "empty_response": Fault(WARNING, "a response is empty", "Write it or drop the turn."),
    "repeated_turn": Fault(WARNING, "the row contains the same turn twice", "Drop the repetition."),
    "template_text": Fault(WARNING, "a chat template was left inside the text", "Remove its special tokens."),
    "unread_media": Fault(
        WARNING,
        "the row has a video, a sound, a point cloud, an image or a placeholder of one, that is not read",
        "Write images as <image>, with their names in the format's field, or name the field: --map. Videos and sounds "
        "are opened with pip install 'vlitqa[media]'; other media are not measured.",
    ),
    "string_for_list": Fault(NOTE, "one string stands where a list belongs", "Write it as a list of one."),
    "hidden_characters": Fault(WARNING, "the text holds characters that change its direction", "Remove them."),
    "other_script": Fault(
        NOTE,
        "most letters of the text are not Latin: tools for English leave it out, or their numbers say nothing of it",
        "Choose tools that read it, such as --tool sentences=st:NAME with a multilingual model.",
    ),
    "reasoning_open": Fault(
        WARNING,
        "a response opens <think> and does not close it, or holds several: reasoning was cut off",
        "Generate it again, or drop the row: a model would learn not to end.",
    ),
    "reasoning_empty": Fault(NOTE, "the reasoning between <think> and </think> is empty", "Drop the two marks."),
    "reasoning_alone": Fault(WARNING, "nothing follows the reasoning of a response", "Answer it or drop the row."),
    "unseen_image": Fault(
        WARNING,
        "a response says that it cannot see an image, or that none was given",
        "Drop the row: its writer had no image.",
    ),
    "prompt_residue": Fault(
        WARNING,
        "a response speaks of captions, boxes or annotations that its question does not name",
        "Write it anew: its writer was given them in place of the image, and says so.",
    ),
    "markup_left": Fault(NOTE, "tags or entities of HTML were left in a response", "Remove them."),
    "endless_loop": Fault(WARNING, "a response ends in a loop of the same words", "Generate it again or drop the row."),
    "option_missing": Fault(
        WARNING,
        "the letter of an option was asked for, and the response gives none that was offered",
        "Check the answer against its options.",
    ),
    "box_outside": Fault(
        WARNING,
        "a box in a response is upside down, outside of its image, or in other numbers than most boxes of the dataset",
        "Bring all boxes to one convention: pixels, 0 to 1, or 0 to 1000.",
    ),
    "replaced_characters": Fault(
        WARNING, "the text holds the sign for characters that could not be decoded (U+FFFD)", "Decode the source again."
    ),
    "answer_script": Fault(
        NOTE,
        "a response is in other letters than its question, which does not ask for that",
        "Check that the two belong together.",
    ),
    "duplicate_id": Fault(WARNING, "several rows have the same id", "Give each row an id of its own."),
    "tiny_image": Fault(WARNING, "an image has an edge under 32 pixels", "Check that it shows anything."),
    "long_image": Fault(NOTE, "an image is more than 8 times as long as wide", "Check that models see it whole."),
    "blank_image": Fault(WARNING, "an image is one colour all over", "Replace it or drop the row."),
    "dark_image": Fault(NOTE, "an image is almost black", "Look at it."),
    "blurry_image": Fault(NOTE, "an image has hardly any sharp contrast", "Look at it."),
    "animated_image": Fault(
        NOTE, "an image is animated; only its first frame is read", "Save the frame that is meant."
    ),
}
"""Faults of a record."""
COPY_FAULTS: Mapping[str, Fault] = {
    "duplicate_row": Fault(WARNING, "the same text and images as an earlier row", "Keep one of them."),
    "same_text": Fault(
        NOTE,
        "the same text as an earlier row, with other images",
        "Check that the images really differ: of one that does not open only the name was compared.",
    ),
    "near_duplicate_text": Fault(
        NOTE,
        "almost the same text as another row, whatever their images are",
        "Look at a few: rows of one image say the same twice, those of different images may both be right.",
    ),
    "near_duplicate_image": Fault(
        NOTE,
        "an image that a coarse hash takes for a copy of another, as it does drawings on one background",
        "Look at a few.",
    ),
}
"""The ways in which a record can repeat another."""
ANSWER_FAULTS: Mapping[str, Fault] = {
    "judged_incorrect": Fault(
        WARNING,
        "the judge calls most responses of the row incorrect",
        "Look at some rows, and at the judge's error rate, before you drop them.",
    ),
}
"""Faults of what a record says."""
REFUSAL = "refusal"
REFUSAL_FAULTS: Mapping[str, Fault] = {
    REFUSAL: Fault(
        NOTE,
        "a response refuses, or says that it cannot tell",
        "Look at some: a failed generation goes, a rightly unanswerable question stays.",
    ),
}
"""Responses that are no answers."""
FAULTS: Mapping[str, Fault] = {**READING_FAULTS, **RECORD_FAULTS, **COPY_FAULTS, **ANSWER_FAULTS, **REFUSAL_FAULTS}
"""By code: every fault that the reader and our own metrics look for."""
