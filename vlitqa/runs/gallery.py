"""The rows of a run that a reader should see: the worst by each metric, borderline and disputed ones, and any drawn.

They are kept in the run folder with small pictures, so that a report is made from the folder alone.
"""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from vlitqa.backends.toolbox import Toolbox, image_roots_of
from vlitqa.catalogue import better, finding_metrics
from vlitqa.contracts.tools import Images
from vlitqa.errors import ImageFault
from vlitqa.metrics.copies import codes_of, groups_of
from vlitqa.reader import open_dataset
from vlitqa.records import ImageRef, Record
from vlitqa.results import Measurement
from vlitqa.runs.folder import read_scorecard, stored_column, stored_labels, stored_measurements
from vlitqa.runs.source import RunSource
from vlitqa.storage.atomic import disk_errors, replacing

GALLERY = "gallery.parquet"
WORST, BORDERLINE, RANDOM, DISPUTED, COPY = "worst", "borderline", "random", "judges disagree", "copies"
_WITH_VOTES = ("accuracy",)
DRAWN = 100
"""Rows that are shown whatever they are, to compare the remarkable ones with."""
_COUNTS = {WORST: 24, BORDERLINE: 8, DISPUTED: 24}
_FOUND = 8
"""Rows of each finding."""
GROUPS, BESIDE = 12, 4
"""Groups of copies, and rows of each, that are shown one beside the other."""
_EDGE = 0.25
"""The quantile that borderline rows lie around, as in the review's rules of selection."""
_BOX = (240, 160)
"""Pixels that a thumbnail fits into."""
_QUALITY = 50
_MOST_PICTURES, _MOST_TURNS, _MOST_LETTERS = 8, 30, 4_000
"""What is kept of one row, and of one text of it."""
_PICTURE = pa.struct(
    [
        ("name", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("fault", pa.string()),
        ("thumbnail", pa.binary()),
    ]
)
_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("record", pa.string()),
        ("why", pa.list_(pa.string())),
        ("turns", pa.string()),
        ("task", pa.string()),
        ("pictures", pa.list_(_PICTURE)),
        ("left_out", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture of a row, or what is wrong with it."""

    name: str
    width: int
    height: int
    fault: str
    thumbnail: bytes
    """WebP."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A row that is shown, and why."""

    row: int
    """Counted from 0."""
    record: str
    why: tuple[str, ...]
    """`worst: METRIC`, `borderline: METRIC`, `random`, `judges disagree`, or the code of a finding."""
    turns: tuple[tuple[str | None, str | None], ...]
    task: str
    pictures: tuple[Thumbnail, ...]
    left_out: str
    """What of the row is not shown, in words."""


def exhibits_of(run: Path, source: RunSource, drawn: int = DRAWN) -> list[Exhibit]:
    """The rows of a finished run that are to be shown, read from its dataset."""
    why = chosen(run, drawn)
    images = Toolbox(tuple(map(str, image_roots_of(source.path, source.image_roots))), ()).open().images
    with open_dataset(source.path, source.reading).entries() as entries:
        records = (each for each in entries if isinstance(each, Record) and each.place.row in why)
        return [_exhibit(record, tuple(why[record.place.row]), images) for record in records]


def keep_gallery(run: Path, exhibits: Sequence[Exhibit]) -> None:
    """Puts rows that are to be shown into the folder of their run."""
    plain = [_plain(each) for each in exhibits]
    columns = [[each[name] for each in plain] for name in _SCHEMA.names]
    with disk_errors(run), replacing(run / GALLERY) as file:
        pq.write_table(pa.table(columns, schema=_SCHEMA), file, compression="zstd")


def stored_gallery(run: Path) -> Iterator[Exhibit]:
    """The rows that a run shows, in their order; none where they were not kept."""
    if not (run / GALLERY).is_file():
        return
    for raw in pq.read_table(run / GALLERY).to_pylist():
        pictures = tuple(Thumbnail(**each) for each in raw.pop("pictures"))
        turns = tuple((asked, said) for asked, said in orjson.loads(raw.pop("turns")))
        yield Exhibit(**{**raw, "why": tuple(raw["why"])}, turns=turns, pictures=pictures)


def chosen(run: Path, drawn: int = DRAWN) -> dict[int, list[str]]:
    """The rows of a run that should be seen, each with why."""
    card = read_scorecard(run)
    choice = _Choice(card.seed)
    for each in card.scored:
        rows = [row - 1 for row in stored_column(run, each.metric, "row")]
        if each is card.scored[0]:
            choice.show(RANDOM, rows, drawn)
        values = zip(rows, stored_column(run, each.metric, "value"), strict=True)
        choice.rank(each.metric, [(row, value) for row, value in values if value is not None])
        if each.metric in _WITH_VOTES:
            disputed = [one.place.row for one in stored_measurements(run, each.metric) if _is_disputed(one)]
            choice.show(DISPUTED, disputed, _COUNTS[DISPUTED])
        if each.metric == "integrity":
            for one in stored_measurements(run, each.metric):
                choice.find(one.place.row, one.evidence.get("codes", ()))
    labels = stored_labels(run)
    copies = labels.get("duplicates", {})
    for labelled in (labels.get(metric, {}) for metric in finding_metrics(labels)):
        for row, codes in codes_of(labelled).items():
            choice.find(row, codes)
    for group in groups_of(copies)[:GROUPS]:
        for row in (group.first, *group.copies)[:BESIDE]:
            choice.why[row].append(COPY)
    return {row: list(dict.fromkeys(why)) for row, why in sorted(choice.why.items())}


class _Choice:
    """Rows, and why each is shown."""

    def __init__(self, seed: int) -> None:
        self.why: defaultdict[int, list[str]] = defaultdict(list)
        self._seed = seed
        self._found: defaultdict[str, int] = defaultdict(int)

    def rank(self, metric: str, values: Sequence[tuple[int, float]]) -> None:
        """The worst rows and those around a quarter, where rows differ and one direction is worse."""
        sign = {"up": 1.0, "down": -1.0, "none": 0.0}[better(metric)]
        known = sorted((sign * value, self._chance(row), row) for row, value in values)
        if not known or known[0][0] == known[-1][0]:
            return
        rows = [row for *_, row in known]
        half, middle = _COUNTS[BORDERLINE] // 2, int(_EDGE * len(rows))
        worst = min(_COUNTS[WORST], max(1, len(rows) // 5))
        for row in rows[:worst]:
            self.why[row].append(f"{WORST}: {metric}")
        for row in rows[max(worst, middle - half) : middle + half]:
            self.why[row].append(f"{BORDERLINE}: {metric}")

    def show(self, why: str, rows: Sequence[int], count: int) -> None:
        for row in sorted(rows, key=self._chance)[:count]:
            self.why[row].append(why)

    def find(self, row: int, codes: Sequence[str]) -> None:
        for code in codes:
            self._found[code] += 1
            if self._found[code] <= _FOUND:
                self.why[row].append(code)

    def _chance(self, row: int) -> bytes:
        """A fixed random number of a row, the same on every machine."""
        return hashlib.blake2b(b"gallery %d %d" % (self._seed, row), digest_size=8).digest()


def _is_disputed(measured: Measurement) -> bool:
    """Whether the votes on one of its turns differ."""
    return any(turn["agreed"] == 0 for turn in measured.evidence.get("turns", ()))


def _exhibit(record: Record, why: tuple[str, ...], images: Images) -> Exhibit:
    lost = []
    if len(record.turns) > _MOST_TURNS:
        lost.append(f"{len(record.turns) - _MOST_TURNS:,} more turns")
    if len(record.images) > _MOST_PICTURES:
        lost.append(f"{len(record.images) - _MOST_PICTURES:,} more images")
    turns = tuple((_short(turn.instruction), _short(turn.response)) for turn in record.turns[:_MOST_TURNS])
    if any(len(text or "") > _MOST_LETTERS for turn in record.turns for text in (turn.instruction, turn.response)):
        lost.append(f"what goes over {_MOST_LETTERS:,} letters of a text")
    pictures = tuple(_thumbnail(ref, images) for ref in record.images[:_MOST_PICTURES])
    return Exhibit(record.place.row, record.id, why, turns, record.task or "", pictures, ", ".join(lost))


def _short(text: str | None) -> str | None:
    return text if text is None else text[:_MOST_LETTERS]


def _thumbnail(ref: ImageRef, images: Images) -> Thumbnail:
    name = ref.name or "embedded"
    try:
        picture = images.look(ref, _BOX[1])
    except ImageFault as fault:
        return Thumbnail(name, 0, 0, fault.code, b"")
    small = Image.fromarray(picture.pixels)
    small.thumbnail(_BOX)
    target = io.BytesIO()
    small.save(target, "WEBP", quality=_QUALITY, method=4)
    return Thumbnail(name, picture.width, picture.height, "", target.getvalue())


def _plain(exhibit: Exhibit) -> dict[str, Any]:
    """As the columns of the file hold it; text that is no UTF-8 cannot be kept."""
    raw = asdict(exhibit)
    raw["turns"] = orjson.dumps([[_clean(asked), _clean(said)] for asked, said in exhibit.turns]).decode()
    raw["record"], raw["task"] = _clean(exhibit.record), _clean(exhibit.task)
    for each in raw["pictures"]:
        each["name"] = _clean(each["name"])
    return raw


def _clean(text: str | None) -> str | None:
    return text if text is None or text.isascii() else text.encode(errors="surrogateescape").decode(errors="replace")
