"""What all labels of a run come to: its qualities and causes, and how far people agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from statistics import median

import numpy as np

from vlitqa.algorithms.example_triples import strictest_triples
from vlitqa.algorithms.intervals import share_interval
from vlitqa.algorithms.krippendorff import Alpha, krippendorff_alpha
from vlitqa.annotation.assignment import AGAIN, AssignmentPlan
from vlitqa.annotation.events import ItemState, LabelEvent
from vlitqa.annotation.items import AnnotatedDataset
from vlitqa.annotation.outcomes import RANKS, ItemOutcome, outcomes_of, states_of
from vlitqa.results.annotation import (
    CAUSES,
    CHARACTERISTICS,
    POOR,
    QUALITIES,
    AgreementFigure,
    AnnotationReport,
    DialogueExample,
    ItemShare,
    PoolReport,
)


def report_annotation(
    events: Sequence[LabelEvent],
    dataset: AnnotatedDataset,
    plan: AssignmentPlan,
    gold: Mapping[str, str] | None = None,
) -> AnnotationReport:
    """What all labels of a run come to."""
    items = dataset.items
    by_item = states_of(events, items)
    outcomes = outcomes_of(by_item, items)
    states = [state for by_name in by_item.values() for state in by_name.values()]
    labels = [label for outcome in outcomes.values() for label in outcome.labels.values()]
    annotators = list(dict.fromkeys([*plan.annotators, *(name for one in outcomes.values() for name in one.labels)]))
    decided = [outcome for outcome in outcomes.values() if outcome.quality]
    good = [outcome for outcome in decided if outcome.quality != POOR]
    repeats, judged = _repeats(by_item), _judged(outcomes, gold or {})
    seconds = [state.seconds for state in states if state.label and state.seconds]
    return AnnotationReport(
        run=dataset.name,
        items=len(items),
        labelled=sum(len(outcomes[item.id].labels) >= len(plan.people_for(item.id)) for item in items),
        labels=len(labels),
        skipped=sum(state.skipped is not None for state in states),
        by_annotator={name: sum(name in outcome.labels for outcome in outcomes.values()) for name in annotators},
        qualities=_shares(QUALITIES, [[outcome.quality] for outcome in decided]),
        causes=_shares(CAUSES, [[outcome.cause] for outcome in decided]),
        characteristics=_shares(CHARACTERISTICS, [outcome.characteristics for outcome in good]),
        agreement=tuple(_agreement(outcomes, annotators)),
        confusions=_confusions(outcomes),
        disputed=sum(outcome.is_disputed for outcome in outcomes.values()),
        repeated=len(repeats),
        repeated_equal=sum(first == second for first, second in repeats),
        gold=len(judged),
        gold_right=sum(given == right for given, right in judged),
        median_seconds=median(seconds) if seconds else None,
    )


def report_pool(examples: Sequence[DialogueExample]) -> PoolReport:
    """The examples of a pool by their labels, and the condition that no three of them keep."""
    _, relaxed = strictest_triples(examples)
    return PoolReport(
        examples=len(examples),
        qualities=dict(Counter(example.quality for example in examples)),
        characteristics={name: sum(name in one.characteristics for one in examples) for name in CHARACTERISTICS},
        relaxed=relaxed,
    )


def _shares(names: Iterable[str], items: Sequence[Sequence[str | None]]) -> Mapping[str, ItemShare]:
    """By name: the items that it is said of, with its interval."""
    return {name: _share(sum(name in names_of_item for names_of_item in items), len(items)) for name in names}


def _share(items: int, of: int) -> ItemShare:
    low, high = share_interval(items, of) or (None, None)
    return ItemShare(items=items, share=items / of if of else None, low=low, high=high)


def _judged(outcomes: Mapping[str, ItemOutcome], gold: Mapping[str, str]) -> list[tuple[str, str]]:
    """The given and the right quality of every label of an item whose quality is known."""
    gold_outcomes = [(outcome, gold[item]) for item, outcome in outcomes.items() if item in gold]
    return [(label.quality, right) for outcome, right in gold_outcomes for label in outcome.labels.values()]


def _repeats(states: Mapping[str, Mapping[str, ItemState]]) -> list[tuple[str, str]]:
    """Both qualities of items that one person labelled twice."""
    pairs: list[tuple[str, str]] = []
    for item, by_name in states.items():
        for name, state in by_name.items() if item.endswith(AGAIN) else ():
            first = states.get(item.removesuffix(AGAIN), {}).get(name)
            if state.label and first and first.label:
                pairs.append((first.label.quality, state.label.quality))
    return pairs


def _agreement(outcomes: Mapping[str, ItemOutcome], annotators: Sequence[str]) -> list[AgreementFigure]:
    """Alphas of the quality, as names and as ranks, and of every characteristic for itself."""
    ranks = np.full((len(annotators), len(outcomes)), np.nan)
    marks = {name: ranks.copy() for name in CHARACTERISTICS}
    for column, outcome in enumerate(outcomes.values()):
        for row, name in enumerate(annotators):
            if label := outcome.labels.get(name):
                ranks[row, column] = RANKS[label.quality]
                for characteristic, table in marks.items():
                    table[row, column] = float(characteristic in label.characteristics)
    figures = [
        _figure("quality, nominal", krippendorff_alpha(ranks, "nominal")),
        _figure("quality, ordinal", krippendorff_alpha(ranks, "ordinal")),
    ]
    return [*figures, *(_figure(name, krippendorff_alpha(table, "nominal")) for name, table in marks.items())]


def _figure(name: str, alpha: Alpha) -> AgreementFigure:
    return AgreementFigure(
        name=name,
        alpha=alpha.value,
        low=alpha.low,
        high=alpha.high,
        percent=alpha.percent,
        items=alpha.items,
        reason=alpha.reason,
    )


def _confusions(outcomes: Mapping[str, ItemOutcome]) -> Mapping[str, int]:
    pairs = Counter[str]()
    for outcome in outcomes.values():
        for first, second in combinations(sorted(outcome.labels.values(), key=lambda one: -RANKS[one.quality]), 2):
            if first.quality != second.quality:
                pairs[f"{first.quality} and {second.quality}"] += 1
    return dict(pairs.most_common())
