"""Rounds of labelling: the good dialogues of each build are the examples of the next one (TextBind, section 3.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vlitqa.annotation.checked_rows import is_held_out
from vlitqa.annotation.desk import AnnotationDesk
from vlitqa.annotation.exports import LabelExport, pool_examples
from vlitqa.annotation.label_report import report_annotation, report_pool
from vlitqa.annotation.outcomes import outcomes_of, states_of
from vlitqa.errors import UsageError
from vlitqa.results.annotation import AnnotationRounds


def report_rounds(desks: Sequence[AnnotationDesk], hold_out: float, gold: Mapping[str, str]) -> AnnotationRounds:
    """What the labels of each round come to, and those of all as a pool of examples."""
    examples = [example for export in exports_of(desks, hold_out) for example in pool_examples(export)]
    rounds = (report_annotation(desk.store.all_events(), desk.dataset, desk.plan, gold) for desk in desks)
    return AnnotationRounds(rounds=tuple(rounds), pool=report_pool(examples))


def exports_of(desks: Sequence[AnnotationDesk], hold_out: float) -> list[LabelExport]:
    """All that is known of the items of each run; raises UsageError where two runs have an item of one id."""
    exports, ids = list[LabelExport](), set[str]()
    for desk in desks:
        events, items = desk.store.all_events(), desk.dataset.items
        if twice := ids.intersection(item.id for item in items):
            raise UsageError(
                f"{desk.dataset.name} and a run before it have an item {min(twice)!r}.",
                repair="Build each round with a `seed` of its own.",
            )
        ids.update(item.id for item in items)
        held_out = frozenset(item.id for item in items if is_held_out(item.id, hold_out, desk.plan.seed))
        outcomes = outcomes_of(states_of(events, items), items)
        exports.append(LabelExport(dataset=desk.dataset, outcomes=outcomes, events=events, held_out=held_out))
    return exports
