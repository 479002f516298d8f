"""The size, brightness and sharpness of the images, and those that cannot be opened."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from reports.blocks import Block, Fold, Prose
from reports.chart_blocks import Bars, Histogram
from reports.scored import scored_with
from reports.sections.metrics import bins_of
from vlitqa.results.evidence import IntegrityEvidence, evidence_of
from vlitqa.runs.finished import FinishedRun

title = "Images"
_MEASURES = {
    "width": ("width of an image", "pixels"),
    "height": ("height of an image", "pixels"),
    "aspect": ("width / height of an image", "width / height"),
    "brightness": ("mean grey value of an image", "grey levels, of 255"),
    "sharpness": ("sharpness of an image: standard deviation of its Laplacian, under 3.9 blurry", "grey levels"),
}


def build(run: FinishedRun) -> Sequence[Block]:
    """The images that open and those that do not, and their measures."""
    scored = scored_with(run, IntegrityEvidence)
    if scored is None:
        return []
    opened: Counter[str] = Counter()
    formats: Counter[str] = Counter()
    values: defaultdict[str, list[float]] = defaultdict(list)
    with_evidence = (measurement for measurement in run.measurements(scored.metric) if measurement.evidence)
    for evidence in (evidence_of(measurement, IntegrityEvidence) for measurement in with_evidence):
        opened.update(evidence.images)
        for picture in evidence.pictures:
            formats[picture.format] += 1
            aspect = picture.width / picture.height
            measures = (picture.width, picture.height, aspect, picture.brightness, picture.sharpness**0.5)
            for name, value in zip(_MEASURES, measures, strict=True):
                values[name].append(float(value))
    if not opened:
        return [Prose("No record has an image.")]
    meanings = {finding.code: finding.meaning for finding in scored.summary.findings}
    names = {code: "opened" if code == "ok" else meanings.get(code, code) for code in opened}
    outcomes = tuple((names[code], float(count)) for code, count in opened.most_common())
    bars = Bars("images of rows by the outcome of opening them: one in several rows counts in each", outcomes, "images")
    kinds = Bars(
        "formats of the images that open",
        tuple((kind, float(count)) for kind, count in formats.most_common()),
        "images",
    )
    charts = [
        Histogram(_MEASURES[name][0], bins, _MEASURES[name][1], "images")
        for name, measures in values.items()
        if (bins := bins_of(np.array(measures)))
    ]
    if not formats:
        return [bars]
    return [bars, Fold("formats, sizes, brightness and sharpness", (kinds, *charts))]
