"""What the dataset says more than once, with the copies beside what they are copies of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from reports.blocks import Bars, Block, Cell, Grid, Prose
from reports.run import Run
from vlitqa.metrics.findings import MEANINGS

title = "Duplicates and leakage"
_GROUPS = 12
_OF = " of row "


def build(run: Run) -> Sequence[Block]:
    scored = run.scored("duplicates")
    if scored is None:
        return []
    found = {each.code: each.rows for each in scored.summary.findings}
    if not found:
        blocks: list[Block] = [Prose("No row repeats another, neither exactly nor nearly.")]
    else:
        bars = Bars("rows that repeat another", tuple((MEANINGS[code][1], float(rows)) for code, rows in found.items()))
        blocks = [
            bars,
            Grid(
                f"the largest groups of copies, up to {_GROUPS}", ("kind", "first row", "copies", "rows"), _groups(run)
            ),
        ]
    blocks += [Grid(table.title, table.columns, table.rows) for table in scored.summary.tables]
    leak = "Whether exams leak into a dataset is seen side by side: `vlitqa report RUN EXAM-RUN` counts what both hold."
    return [*blocks, Prose(leak)]


def _groups(run: Run) -> tuple[tuple[Cell, ...], ...]:
    groups: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for row, turns in run.labels.get("duplicates", {}).items():
        for label in (label for turn in turns for label in turn if _OF in label):
            code, _, first = label.partition(_OF)
            groups[code, int(first)].append(row + 1)
    sizes = Counter({group: len(rows) for group, rows in groups.items()})
    ranked = sorted(sizes, key=lambda group: (-sizes[group], group))[:_GROUPS]
    return tuple((code, first, sizes[code, first], _listed(groups[code, first])) for code, first in ranked)


def _listed(rows: list[int]) -> str:
    shown = ", ".join(map(str, sorted(rows)[:8]))
    return shown + (" …" if len(rows) > 8 else "")
