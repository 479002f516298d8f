"""Finished runs for pages: of real data, of hostile data, and of many rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from tests.given.run_cli import LIGHT, vlitqa
from tests.given.scorecards import scorecard
from vlitqa.cli.exit_codes import DONE, PARTIAL
from vlitqa.results import RunInfo, Scored, StoredReading
from vlitqa.runs.finished import FinishedRun

HOSTILE = (
    "<script>document.title='PWNED'</script>",
    "<img src=x onerror=\"document.title='PWNED'\">",
    "<svg onload=\"document.title='PWNED'\"><rect/></svg>",
    "</script><script>document.title='PWNED'</script>",
    "<!--<script>document.title='PWNED'//-->",
    "\"'><a href=\"javascript:document.title='PWNED'\">x</a>",
    "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7}",
    "\u202eabc\u202c \u2066x\u2069 \u0000 \u001b[31m",
    "\u2028\u2029]]>",
    "<style>body{display:none}</style><base href=https://example.org/>",
)


def scored(folder: Path, rows: Sequence[Mapping[str, object]], *more: object, **environment: str) -> Path:
    """The run folder of these rows."""
    path = folder / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = vlitqa("score", path, *(more or LIGHT), cwd=folder, **environment)
    assert done.returncode == (DONE if rows else PARTIAL), done.stderr
    (run,) = (folder / "runs").iterdir()
    return run


def bare_run(folder: Path, scored: Sequence[Scored], name: str = "data") -> FinishedRun:
    """A finished run of ten rows, of which no more is known than what its metrics say."""
    card = replace(scorecard(records=10), dataset=name, container="json", sample="all rows", scored=tuple(scored))
    info = RunInfo(
        command=[],
        dataset=name,
        reading=StoredReading(),
        version="",
        packages={},
        engine="",
        workers=1,
        started="",
        finished="",
        seconds=0.0,
        from_cache=0,
    )
    return FinishedRun(folder=folder, name=name, card=card, info=info)


def row(number: int, asked: str, said: str, image: str = "", name: str = "") -> dict[str, object]:
    turns = [{"from": "human", "value": ("<image>\n" if image else "") + asked}, {"from": "gpt", "value": said}]
    return {"id": name or f"r{number}", **({"image": image} if image else {}), "conversations": turns}


def hostile(folder: Path) -> Path:
    """A run in which every text, name and id is an attack."""
    (folder / "images").mkdir()
    rows = []
    for number, text in enumerate(HOSTILE):
        name = f"{number}'\"onload=alert(1) x.png" if number % 2 else f"{number}.png"
        Image.new("RGB", (80, 60), (40 * number % 255, 90, 160)).save(folder / "images" / name)
        rows.append(row(number, text, text + " again", name, name=f"id {text}"))
    rows.append(row(99, "What is it?", "It is missing.", "<b>gone</b>.png"))
    return scored(folder, rows, *LIGHT, "--image-root", folder / "images")
