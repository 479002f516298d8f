"""Figures of published datasets, measured by us: what a number of one's own can be held against."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import orjson

from reports.numbers import number
from vlitqa.results import Figure, Scored


@cache
def known() -> Mapping[str, Any]:
    """By metric, variant and figure: what was measured, on what, and by which tools."""
    found: Mapping[str, Any] = orjson.loads((resources.files("reports") / "references.json").read_bytes())
    return found


def reference(scored: Scored, figure: Figure) -> str:
    """What published datasets have, where the same version of the metric and the same tools measured them."""
    entry = known().get(scored.metric)
    if not entry or entry["version"] != scored.provenance.get("version"):
        return ""
    if entry["tools"] != scored.provenance.get("tools", {}) or figure.value is None:
        return ""
    found = entry["figures"].get(f"{figure.variant} {figure.name}", {})
    return "; ".join(f"{name} {number(value)}" for name, value in found.items())
