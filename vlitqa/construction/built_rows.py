"""The drafts of a build, the kept and the dropped ones, and what all of them come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from vlitqa import __version__
from vlitqa.construction.budget import price_of
from vlitqa.construction.build_folder import DraftLine
from vlitqa.construction.build_plan import BuildPlan
from vlitqa.construction.drafts import RowFault
from vlitqa.construction.quality_control import QUALITY_CONTROL, QualityControl
from vlitqa.construction.writing import WritingDesk
from vlitqa.contracts import Principle
from vlitqa.errors import DatasetError, UsageError
from vlitqa.records import Record
from vlitqa.results.building import BuildCost, BuildResult, BuildSource, BuildTopics


@dataclass(slots=True)
class BuiltRows:
    """The drafts of a build, the kept and the dropped ones."""

    lines: list[DraftLine] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    """The rows that were kept."""
    stopped: str = ""
    """Why the build ended before it had all rows."""

    def add(self, line: DraftLine) -> None:
        """Takes a draft, whose row number says that it was kept."""
        self.lines.append(line)
        if line.row is not None:
            self.records.append(line.record)

    def keep(self, control: QualityControl) -> None:
        """Drops the rows that quality control does not keep, and numbers the others anew."""
        lines, self.lines, self.records = self.lines, [], []
        for line in lines:
            if line.row is not None and line.row - 1 not in control.kept:
                fault = RowFault(QUALITY_CONTROL, control.reasons[line.row - 1])
                line = replace(line, row=None, faults=(fault,))
            self.add(line if line.row is None else replace(line, row=len(self.records) + 1))


def cost_of(desk: WritingDesk | None) -> BuildCost | None:
    """What all requests of a build cost so far, those of earlier runs included."""
    if desk is None:
        return None
    replies, usage = desk.store.usage()
    money = price_of(usage, desk.budget.limits)
    return BuildCost(
        writer=desk.writer.fingerprint(),
        replies=replies,
        prompt_tokens=usage.prompt,
        reply_tokens=usage.reply,
        is_estimate=usage.is_estimate,
        money=None if money is None else round(money, 6),
    )


def empty_build(rows: BuiltRows) -> DatasetError | UsageError:
    """The error that no row is left, with the reason."""
    if not rows.lines:
        return UsageError(
            "The annotations of no image allow any of the recipe's tasks.", repair="Name more tasks, or other files."
        )
    codes = Counter(line.faults[0].code for line in rows.lines)
    first = rows.lines[0].faults[0]
    listed = ", ".join(f"{code} {count:,}" for code, count in codes.most_common())
    return DatasetError(
        f"All {len(rows.lines):,} rows are faulty: {listed}; the first: {first.detail or first.code}.",
        repair="Check what the recipe names: its images, annotations and datasets.",
    )


@dataclass(frozen=True, slots=True)
class BuildAccount:
    """A plan, and what is known of its build beside the rows."""

    plan: BuildPlan
    cost: BuildCost | None
    topics: BuildTopics | None

    def result_of(self, rows: BuiltRows, data: str, dropped_by: Mapping[str, int]) -> BuildResult:
        """What a build came to, in counts."""
        recipe, plan = self.plan.file.recipe, self.plan
        unplaced = plan.sources.annotated.unplaced
        origins = [line.origin for line in rows.lines]
        kept = [line.origin for line in rows.lines if line.row is not None]
        return BuildResult(
            version=__version__,
            strategy=recipe.strategy,
            recipe=plan.file.sha256,
            data=data,
            format=recipe.format,
            principles={principle.value: recipe.principles.follows(principle) for principle in Principle},
            sources=tuple(
                BuildSource(
                    name=source.name,
                    licence=source.licence,
                    file=source.file,
                    sha256=source.sha256,
                    unplaced=unplaced.get(source.name, 0),
                )
                for source in plan.sources.annotated.sources
            ),
            images=len(plan.sources.annotated.images),
            drafted=len(rows.lines),
            faulty=dict(Counter(line.faults[0].code for line in rows.lines if line.faults).most_common()),
            controlled=dict(dropped_by),
            rows=len(rows.records),
            turns=sum(len(record.turns) for record in rows.records),
            tasks=dict(Counter(task for origin in kept for task in origin.tasks()).most_common()),
            licences=dict(Counter(licence for origin in kept for licence in origin.licences).most_common()),
            unlicensed=sum(not origin.is_licensed for origin in kept),
            cost=self.cost,
            topics=self.topics,
            relaxed=dict(Counter(origin.relaxed for origin in origins if origin.relaxed).most_common()),
            stopped=rows.stopped,
        )
