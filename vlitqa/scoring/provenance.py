"""Provenance of measurements, and digests that tell whether two things are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib import metadata
from typing import Any

import orjson
from msgspec import msgpack

from vlitqa.backends.toolbox import Toolbox
from vlitqa.catalogue import FORMATS, METRICS
from vlitqa.contracts import Format, Metric
from vlitqa.contracts.tools import Tools
from vlitqa.plugins.offers import code_digest
from vlitqa.records import Record

MISSING = "missing"
"""Stands for the version of a package that is not installed."""
PACKAGES = ("av", "msgspec", "numpy", "orjson", "pillow", "pyarrow", "sacremoses", "zstandard")
"""The packages whose versions a run keeps."""


def metric_provenance(metric: Metric, toolbox: Toolbox) -> dict[str, Any]:
    """Returns everything but the record that a measurement of a metric depends on."""
    provenance: dict[str, Any] = {
        "metric": metric.card.name,
        "version": metric.card.version,
        "parameters": asdict(metric),  # type: ignore[call-overload]
    }
    if metric.card.tools:
        provenance["tools"] = dict(toolbox.fingerprints(metric.card.tools))
    if origin := METRICS.origin(metric.card.name):
        provenance["plug-in"] = {"from": str(origin), "code": code_digest(metric)}
    if metric.card.packages:
        provenance["packages"] = package_versions(metric.card.packages)
    return provenance


def digest_of(value: object) -> bytes:
    """Returns 16 bytes that change whenever a JSON value does."""
    return hashlib.blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def record_digest(record: Record, tools: Tools) -> bytes:
    """Returns 16 bytes that change whenever the content of a record, of its images or of its videos and sounds does."""
    images = tools.images
    parts: tuple[object, ...] = (
        record.turns,
        [(ref.name, images.fingerprint(ref), *filter(None, [ref.caption])) for ref in record.images],
        record.placeholders,
        record.system,
        record.task,
        record.annotation,
        record.regions,
        record.examples,
        record.notes,
    )
    if record.recordings:
        parts = (
            *parts,
            [
                (recording.kind, recording.name, tools.recordings.fingerprint(recording))
                for recording in record.recordings
            ],
        )
    return hashlib.blake2b(msgpack.encode(parts), digest_size=16).digest()


def plugin_versions(metrics: Sequence[Metric], row_format: Format | None) -> Mapping[str, str]:
    """The versions of the packages and files from which metrics and the format of the rows come, if not from us."""
    origins = [METRICS.origin(metric.card.name) for metric in metrics]
    origins.append(FORMATS.origin(row_format.name) if row_format else None)
    return {origin.name: origin.version for origin in origins if origin}


@cache
def package_versions(names: tuple[str, ...] = PACKAGES) -> Mapping[str, str]:
    """Returns the installed versions of packages; `missing` for one that is not installed."""
    versions = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = MISSING
    return versions
