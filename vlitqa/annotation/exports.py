"""Labels as other programs read them, the examples for the next build, and the rows that people let pass."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import msgspec
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from vlitqa.annotation.checked_rows import checked_rows
from vlitqa.annotation.events import LabelEvent
from vlitqa.annotation.items import AnnotatedDataset, AnnotatedItem
from vlitqa.annotation.outcomes import ItemOutcome
from vlitqa.errors import UsageError
from vlitqa.results.annotation import POOR, DialogueExample, EditedMessage

_CROWDED = re.compile(r"(?<=\S)(?=<img\d+>)|(?<=</img\d>)(?=\w)|(?<=</img\d\d>)(?=\w)")
"""Where a picture and a word beside it have no space between them."""
_TITLES = {"user": "Human", "assistant": "Assistant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelExport:
    """All that an export is made of."""

    dataset: AnnotatedDataset
    outcomes: Mapping[str, ItemOutcome]
    events: Sequence[LabelEvent]
    held_out: AbstractSet[str] = frozenset()
    """The items that are kept apart for a test: they are no examples, and rows of a file of their own."""

    @property
    def items(self) -> Sequence[AnnotatedItem]:
        """The conversations."""
        return self.dataset.items


def export_parquet(export: LabelExport) -> bytes:
    """Every event, the undone ones too, in their order."""
    columns: dict[str, list[object]] = {
        "item": [event.item for event in export.events],
        "digest": [event.digest for event in export.events],
        "annotator": [event.annotator for event in export.events],
        "revision": [event.revision for event in export.events],
        "kind": [event.kind for event in export.events],
        "quality": [event.label.quality if event.label else None for event in export.events],
        "characteristics": [list(event.label.characteristics) if event.label else [] for event in export.events],
        "cause": [event.label.cause if event.label else None for event in export.events],
        "turn": [event.label.turn if event.label else None for event in export.events],
        "note": [event.label.note if event.label else event.reason for event in export.events],
        "edited": [
            msgspec.json.encode(event.label.edited).decode() if event.label else "[]" for event in export.events
        ],
        "seconds": [event.seconds for event in export.events],
        "time": [event.time for event in export.events],
    }
    table = pa.table(columns, schema=_SCHEMA)
    parquet = io.BytesIO()
    pq.write_table(table, parquet, compression="zstd")
    return parquet.getvalue()


def export_textbind(export: LabelExport) -> bytes:
    """TextBind's five columns, which its released analysis reads: quality in the third, then characteristics, error."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("id", "conversation", "quality", "character", "error"))
    for item in export.items:
        for label in export.outcomes[item.id].labels.values():
            kinds = ", ".join(name.title() for name in label.characteristics)
            is_poor = label.quality == POOR
            cells = (label.quality.title(), "" if is_poor else kinds, (label.cause or "").title() if is_poor else "")
            writer.writerow((_safe(item.id), _safe(dialogue_text(item.messages, item)), *cells))
    return text.getvalue().encode()


def export_label_studio(export: LabelExport) -> bytes:
    """Tasks with annotations in the JSON that Label Studio imports."""
    tasks = []
    for item in export.items:
        annotations = [
            {
                "completed_by": {"email": f"{name}@localhost"},
                "result": [
                    _choices("quality", [label.quality]),
                    _choices("characteristics", list(label.characteristics)),
                    *([_choices("cause", [label.cause])] if label.cause else []),
                ],
            }
            for name, label in export.outcomes[item.id].labels.items()
        ]
        data = {"id": item.id, "dialogue": dialogue_text(item.messages, item)}
        tasks.append({"data": data, "annotations": annotations})
    return orjson.dumps(tasks, option=orjson.OPT_INDENT_2)


def export_pool(export: LabelExport) -> bytes:
    """The dialogues that may be shown as examples, a line each; raises UsageError without descriptions."""
    if not any(ref.caption for item in export.items for ref in item.images):
        raise UsageError(
            f"No picture of {export.dataset.name} has a description, so its dialogues are no examples for a writer.",
            repair='A build with strategy = "textbind" and format = "textbind" keeps them.',
        )
    return b"".join(msgspec.json.encode(example) + b"\n" for example in pool_examples(export))


def pool_examples(export: LabelExport) -> Iterator[DialogueExample]:
    """The dialogues that may be shown, as somebody mended them: the lowest label of each counts."""
    for item in export.items:
        outcome = export.outcomes[item.id]
        if outcome.safe_quality in (None, POOR) or item.id in export.held_out:
            continue
        yield DialogueExample(
            item.id,
            outcome.safe_quality,  # type: ignore[arg-type]
            tuple(outcome.characteristics),  # type: ignore[arg-type]
            tuple(ref.caption or ref.name for ref in item.images),
            dialogue_text(outcome.edited or item.messages, item),
        )


def export_rows(export: LabelExport) -> bytes:
    """The rows that people let pass, in the format of their dataset."""
    rows = checked_rows(export.dataset, export.outcomes)
    return b"".join(line for item, line in rows if item not in export.held_out)


def export_held_out_rows(export: LabelExport) -> bytes:
    """Those of these rows that are kept apart."""
    rows = checked_rows(export.dataset, export.outcomes)
    return b"".join(line for item, line in rows if item in export.held_out)


EXPORTS: Mapping[str, Callable[[LabelExport], bytes]] = {
    "parquet": export_parquet,
    "textbind": export_textbind,
    "label-studio": export_label_studio,
    "pool": export_pool,
    "rows": export_rows,
}
"""By the name that a user types."""


def dialogue_text(messages: Sequence[EditedMessage], item: AnnotatedItem) -> str:
    """A conversation in TextBind's notation, with each picture's description between its tags."""
    texts = (_CROWDED.sub(" ", "".join(_pieces(message, item))).strip() for message in messages)
    return "\n".join(f"{_TITLES[message.role]}: {text}" for message, text in zip(messages, texts, strict=True))


def _pieces(message: EditedMessage, item: AnnotatedItem) -> Iterator[str]:
    for part in message.parts:
        if part.picture is None:
            yield part.text
        else:
            ref = item.images[part.picture]
            yield f"<img{part.picture}> {ref.caption or ref.name} </img{part.picture}>"


def _safe(cell: str) -> str:
    """A cell that no program of tables takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _choices(name: str, values: Sequence[str]) -> Mapping[str, object]:
    return {"from_name": name, "to_name": "dialogue", "type": "choices", "value": {"choices": list(values)}}


_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("item", "digest", "annotator")),
        ("revision", pa.int64()),
        *((name, pa.string()) for name in ("kind", "quality")),
        ("characteristics", pa.list_(pa.string())),
        ("cause", pa.string()),
        ("turn", pa.int64()),
        *((name, pa.string()) for name in ("note", "edited")),
        ("seconds", pa.float64()),
        ("time", pa.string()),
    ]
)
