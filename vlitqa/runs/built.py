"""The drafts that a build dropped, read from its folder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from vlitqa.containers.built import DROPPED, ORIGINS
from vlitqa.results.building import DroppedDraft
from vlitqa.runs.damage import damage_errors


def read_dropped_drafts(folder: Path, most_of_a_code: int) -> list[DroppedDraft]:
    """The first drafts of each fault, so many at most."""
    path = folder / ORIGINS
    if not path.is_file():
        return []
    columns = ["id", "code", "detail", "content"]
    with damage_errors(path, "Build it again."):
        lines = pq.read_table(path, columns=columns, filters=[("verdict", "=", DROPPED)]).to_pylist()
    drafts, counts = [], Counter[str]()
    for line in lines:
        counts[line["code"]] += 1
        if counts[line["code"]] <= most_of_a_code:
            drafts.append(DroppedDraft(line["id"], line["code"], line["detail"], line["content"]))
    return drafts
