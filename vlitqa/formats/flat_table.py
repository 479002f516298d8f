"""The formats whose rows are one question and one answer, as a table; a row of it is all that such a format needs."""

from __future__ import annotations

from vlitqa.formats.data_juicer import begins_with_speaker
from vlitqa.formats.flat import FlatFormat
from vlitqa.formats.recording_fields import KIND_OF_FIELD
from vlitqa.records import AUDIO, ROW_KEY, ROW_TEXT, VIDEO, Row

_DIALOGUES = frozenset(("conversations", "conversation", "messages", "QA"))
_ASKED_OR_ANSWERED = frozenset(
    (
        *("instruction", "question", "query", "prompt", "problem", "text_input", "label"),
        *("output", "answer", "answers", "response", "completion", "solution", "gpt4_answer", "chosen", "image_id"),
    )
)
"""Fields beside which a text or a caption is no caption alone."""
_CAPTIONED = frozenset(("file_name", "image", "image_url", *KIND_OF_FIELD))
"""Fields that name what a caption is about."""
_NAMED_OTHERWISE = frozenset(("image_id", "img_name", "image_ids", "unique_id", "problem"))
"""Fields by which the images of other formats are named, or which tell them otherwise."""
_ASKED = frozenset(("instruction", "question", "text", "query", "prompt", "problem", "chosen", "texts", "contents"))
"""Fields of rows that ask something beside the text member of a tar."""


def _has(row: Row, *fields: str) -> bool:
    return all(field in row for field in fields) and not _DIALOGUES & row.keys()


MINIGPT4 = FlatFormat(
    name="minigpt4",
    needs=lambda row: _has(row, "image_id", "caption"),
    instruction=(),  # drawn from a pool of templates when a model is tuned
    response=("caption",),
    one_sided=True,
    image=("image_id",),
    id=("image_id",),
)
CAPTION_ROWS = FlatFormat(
    name="caption-rows",
    needs=lambda row: _has(row, "question", "answer") and ("image" in row or _NAMED_OTHERWISE.isdisjoint(row)),
    instruction=("question",),
    response=("answer",),
    image=("image", "images", "image_url"),
    annotation="prompt",
)
CAPTIONED_IMAGES = FlatFormat(
    name="captions",
    needs=lambda row: (
        _has(row)
        and ROW_TEXT not in row
        and _ASKED_OR_ANSWERED.isdisjoint(row)
        and not _CAPTIONED.isdisjoint(row)
        and ("caption" in row or isinstance(row.get("text"), str))
        and not begins_with_speaker(row.get("text"))
    ),
    instruction=(),  # drawn from a pool of templates when a model is tuned
    response=("caption", "text"),
    one_sided=True,
    image=("file_name", "image", "image_url"),
)
VOTED_ANSWERS = FlatFormat(
    name="voted-answers",
    needs=lambda row: _has(row, "question", "answers") and "answer" not in row,
    instruction=("question",),
    response=("answers",),
    image=("image", "images", "image_path", "image_url"),
    id=("question_id", "id"),
    task="question_type",
    is_voted=True,
)
PROBLEMS = FlatFormat(
    name="problems",
    needs=lambda row: _has(row, "problem") and ("solution" in row or "answer" in row) and "question" not in row,
    instruction=("problem",),
    response=("solution", "answer"),
    image=("image", "images"),
    reasoning="thinking",
)
QUESTION_PREFERENCES = FlatFormat(
    name="question-preferences",
    needs=lambda row: _has(row, "question", "chosen", "rejected") and not {"answer", "answers"} & row.keys(),
    instruction=("question",),
    response=("chosen",),
    image=("image", "images"),
    system="system",
    rejected=("rejected",),
)
QUERIES = FlatFormat(
    name="queries",
    needs=lambda row: _has(row, "query", "response"),
    instruction=("query",),
    response=("response",),
    image=("images", "image"),
    history="history",
    system="system",
    rejected=("rejected_response",),
)
LRV = FlatFormat(
    name="lrv",
    needs=lambda row: (
        _has(row, "image_id")
        and "image" not in row
        and ("instruction" in row or "question" in row)
        and ("answer_gt" in row or "answer" in row)
    ),
    instruction=("instruction", "question"),
    response=("answer_gt", "answer"),
    image=("image_id",),
    id=("id", "question_id"),
    task="task",
)
LLAVA_MED = FlatFormat(
    name="llava-med",
    needs=lambda row: _has(row, "text", "gpt4_answer"),
    instruction=("text",),
    response=("gpt4_answer",),
    id=("question_id", "pair_id"),
    task="type",
    annotation="fig_caption",
)
VQA_ROWS = FlatFormat(
    name="vqa-rows",
    needs=lambda row: _has(row, "img_name", "question", "answer"),
    instruction=("question",),
    response=("answer",),
    image=("img_name",),
    id=("qid",),
    task="content_type",
)
MULTIINSTRUCT = FlatFormat(
    name="multiinstruct",
    needs=lambda row: _has(row, "unique_id", "task_name") and ("target" in row or "target_txt" in row),
    instruction=("prompt", "question"),
    response=("target", "target_txt"),
    image=("image_path",),
    id=("unique_id",),
    task="task_name",
    region="region",
)
POPE = FlatFormat(
    name="pope",
    needs=lambda row: _has(row, "question_id", "text", "label"),
    instruction=("text",),
    response=("label",),
    id=("question_id",),
)
ALPACA = FlatFormat(
    name="alpaca",
    needs=lambda row: (
        _has(row, "instruction") and ("output" in row or {"chosen", "rejected"} <= row.keys()) and "outputs" not in row
    ),
    instruction=("instruction",),
    response=("output", "chosen"),
    image=("image", "images"),
    extra=("input",),
    task="type",
    history="history",
    system="system",
    rejected=("rejected",),
)
M3IT = FlatFormat(
    name="m3it",
    needs=lambda row: _has(row, "instruction", "outputs", "image_base64_str"),
    instruction=("instruction",),
    response=("outputs",),
    image=("image_base64_str",),
    extra=("inputs",),
    embedded=True,
)
M3IT_IMAGES = FlatFormat(
    name="m3it-images",
    needs=lambda row: _has(row, "instruction", "outputs") and "image_base64_str" not in row,
    instruction=("instruction",),
    response=("outputs",),
    extra=("inputs",),
)
MIMIC_IT = FlatFormat(
    name="mimic-it",
    needs=lambda row: _has(row, "instruction", "answer", "image_ids"),
    instruction=("instruction",),
    response=("answer",),
    image=("image_ids",),
    id=(ROW_KEY,),
    examples="rel_ins_ids",
)
WEBDATASET = FlatFormat(
    name="webdataset",
    needs=lambda row: _has(row, ROW_TEXT) and _ASKED.isdisjoint(row),
    instruction=(),
    response=(ROW_TEXT,),
    one_sided=True,
    id=(ROW_KEY,),
)


def mapped_format(mapping: dict[str, str]) -> FlatFormat:
    """The format of a user's own mapping from parts of a record to fields of a row."""
    return FlatFormat(
        name="mapped",
        needs=lambda row: all(mapping[part] in row for part in ("instruction", "response") if part in mapping),
        instruction=(mapping["instruction"],) if "instruction" in mapping else (),
        response=(mapping["response"],) if "response" in mapping else (),
        image=(mapping.get("image", "image"),),
        id=(mapping.get("id", "id"),),
        task=mapping.get("task", ""),
        annotation=mapping.get("annotation", ""),
        region=mapping.get("region", ""),
    )


MAPPABLE = ("instruction", "response", "image", VIDEO, AUDIO, "id", "task", "annotation", "region")
