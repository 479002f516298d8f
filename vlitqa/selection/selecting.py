"""Quality control: which rows of a scored dataset stay, and a ledger that says of every row why it stayed or went.

Works from what a run stored: local rules judge each row by its own scores and findings, then global rules look at
what is left together, by task labels and response clusters, and a budget takes the best of what they leave.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vlitqa.catalogue import better, finding_metrics, metric_that_finds
from vlitqa.errors import UsageError
from vlitqa.results import Labels
from vlitqa.runs.folder import stored_labels, stored_measurements
from vlitqa.selection.rules import AtMost, Budget, Cover, Finding, Rule, Threshold

KEPT, DROPPED, UNMEASURED = "kept", "dropped", "not measured"
_JUDGES = "accuracy"
"""The metric whose findings hang on a judge, who does not see every row."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one rule said of one row."""

    row: int
    rule: str
    value: float | None
    threshold: float | None
    verdict: str


@dataclass(slots=True)
class Selection:
    """The rows that are left, and everything that was said of any."""

    rows: list[int]
    """Counted from 0, in their order: those with a record."""
    kept: set[int]
    ledger: list[Entry] = field(default_factory=list)
    dropped_by: Counter[str] = field(default_factory=Counter)


class Scores:
    """What a run stored of its rows, loaded when a rule asks for it."""

    def __init__(self, run: Path, metrics: Sequence[str], seed: int = 0) -> None:
        self.seed = seed
        self._run, self._metrics = run, metrics
        self._values: dict[str, dict[int, float | None]] = {}
        self._labels: Mapping[str, Labels] | None = None

    def rows(self) -> list[int]:
        return sorted(self.values(self._metrics[0])) if self._metrics else []

    def values(self, metric: str) -> Mapping[int, float | None]:
        """By row, the value of a metric; None where it was not measured."""
        self._known(metric)
        if metric not in self._values:
            self._values[metric] = {each.place.row: each.value for each in stored_measurements(self._run, metric)}
        return self._values[metric]

    def measured(self, metric: str) -> bool:
        """Whether any row has a value of a metric, or any turn a label of it."""
        if metric not in self._metrics:
            return False
        return any(value is not None for value in self.values(metric).values())

    def with_code(self, code: str) -> set[int]:
        """The rows in which a metric found something; of equal rows all but the first."""
        labelled = [each for metric in finding_metrics(self._metrics) for each in self.labels(metric).items()]
        found = {row for row, turns in labelled if any(code in turn for turn in turns)}
        if "integrity" in self._metrics:
            measured = stored_measurements(self._run, "integrity")
            found |= {each.place.row for each in measured if code in each.evidence.get("codes", ())}
        return found

    def not_judged(self, code: str) -> set[int]:
        """The rows of which no judge said whether they have a finding of judges; raises UsageError where none did."""
        if metric_that_finds(code) != _JUDGES:
            return set()
        return {row for row, value in self.values(_JUDGES).items() if value is None}

    def labels(self, metric: str) -> Labels:
        if self._labels is None:
            self._labels = stored_labels(self._run)
        return self._labels.get(metric, {})

    def chance(self, row: int) -> bytes:
        """A fixed random number of a row, the same on every machine."""
        return hashlib.blake2b(b"%d %d" % (self.seed, row), digest_size=8).digest()

    def _known(self, metric: str) -> None:
        if metric not in self._metrics:
            repair = f"It holds {', '.join(self._metrics)}."
            raise UsageError(f"The run did not measure {metric!r}.", repair=repair)


def select(scores: Scores, rules: Iterable[Rule], *, drop_unmeasured: bool = False) -> Selection:
    """Applies the rules: those of single rows first, then those of all that are left, in the order they were given."""
    rows = scores.rows()
    selection = Selection(rows, set(rows))
    given = list(rules)
    ordered = sorted(given, key=lambda rule: isinstance(rule, (AtMost, Budget)) + isinstance(rule, Budget))
    covered = _covered(given, scores)
    for rule in ordered:
        if isinstance(rule, Cover):
            continue
        entries = (
            _by_budget(rule, scores, selection, covered)
            if isinstance(rule, Budget)
            else _judged(rule, scores, selection)
        )
        for entry in entries:
            goes = entry.verdict == DROPPED or (entry.verdict == UNMEASURED and drop_unmeasured)
            if goes and entry.row in selection.kept:
                selection.kept.discard(entry.row)
                selection.dropped_by[entry.rule] += 1
        selection.ledger += entries
    return selection


def _covered(rules: Sequence[Rule], scores: Scores) -> str:
    """The metric whose labels a budget takes in turn."""
    covers = [rule for rule in rules if isinstance(rule, Cover)]
    if not covers:
        return "tasks"
    if len(covers) > 1 or not any(isinstance(rule, Budget) for rule in rules):
        raise UsageError(f"{covers[-1].text} says what one budget takes in turn.", repair="Give one, and a --budget.")
    scores.values(covers[0].metric)  # which must have been measured
    return covers[0].metric


def _judged(rule: Threshold | Finding | AtMost, scores: Scores, selection: Selection) -> list[Entry]:
    if isinstance(rule, Threshold):
        return _by_threshold(rule, scores, selection)
    if isinstance(rule, Finding):
        found, unknown = scores.with_code(rule.code), scores.not_judged(rule.code)
        return [
            Entry(row, rule.text, None, 0.0, UNMEASURED)
            if row in unknown
            else Entry(row, rule.text, float(row in found), 0.0, DROPPED if row in found else KEPT)
            for row in selection.rows
        ]
    return _by_quota(rule, scores, selection)


def _by_threshold(rule: Threshold, scores: Scores, selection: Selection) -> list[Entry]:
    """Every row by its own value; a quantile is one of all values that were measured."""
    values = scores.values(rule.metric)
    bound = rule.bound_of([value for value in values.values() if value is not None])
    entries = []
    for row in selection.rows:
        value = values[row]
        verdict = UNMEASURED if value is None else KEPT if rule.holds(value, bound) else DROPPED
        entries.append(Entry(row, rule.text, value, bound, verdict))
    return entries


def _by_quota(rule: AtMost, scores: Scores, selection: Selection) -> list[Entry]:
    """At most so many turns of each label: rows in a random order stay while one of their labels has room.

    `value` is how full the emptiest of a row's labels was when it came. A row without a label stays.
    """
    labels = scores.labels(rule.metric)
    most = rule.most_of(Counter(label for row in selection.kept for label in _of(labels, row)))
    used: Counter[str] = Counter()
    entries = []
    for row in sorted(selection.kept, key=scores.chance):
        own = _of(labels, row)
        if not own:
            entries.append(Entry(row, rule.text, None, float(most), UNMEASURED))
            continue
        room = min(used[label] for label in own)
        used.update(own if room < most else ())
        entries.append(Entry(row, rule.text, float(room), float(most), KEPT if room < most else DROPPED))
    return sorted(entries, key=lambda entry: entry.row)


def _by_budget(rule: Budget, scores: Scores, selection: Selection, covered: str) -> list[Entry]:
    """So many rows: the best by a metric, or drawn; label by label of a metric in turn, where there are any."""
    size = rule.size_of(len(selection.rows))
    ranked = sorted(selection.kept, key=lambda row: (_rank(rule, scores, row), scores.chance(row)))
    chosen = set(_in_turn(ranked, scores.labels(covered))[:size])
    values = scores.values(rule.by) if rule.by else {}
    return [
        Entry(row, rule.text, values.get(row), float(size), KEPT if row in chosen else DROPPED)
        for row in sorted(selection.kept)
    ]


def _rank(rule: Budget, scores: Scores, row: int) -> float:
    """The best first, and what was not measured last."""
    if not rule.by:
        return 0.0
    value = scores.values(rule.by)[row]
    return float("inf") if value is None else -value


def _in_turn(ranked: Sequence[int], labels: Labels) -> list[int]:
    """The first of every label, then the second of every label, and so on: rare tasks are not crowded out."""
    seen: Counter[str] = Counter()
    rounds: defaultdict[int, list[int]] = defaultdict(list)
    for row in ranked:
        own = _of(labels, row) or [""]
        label = min(own, key=lambda each: (seen[each], each))
        rounds[seen[label]].append(row)
        seen[label] += 1
    return [row for turn in sorted(rounds) for row in rounds[turn]]


def _of(labels: Labels, row: int) -> list[str]:
    return sorted({label for turn in labels.get(row, ()) for label in turn})


def what_if(scores: Scores, metric: str, steps: int = 21) -> list[tuple[str, float, float, int]]:
    """For different thresholds at even quantiles of a metric: sign, quantile, threshold, and how many rows keep it."""
    values = np.array([value for value in scores.values(metric).values() if value is not None])
    if not len(values):
        return []
    sign = "<=" if better(metric) == "down" else ">="
    shares = np.linspace(0, 1, steps)
    curve: dict[float, tuple[str, float, float, int]] = {}
    for share, bound in zip(shares, np.quantile(values, shares), strict=True):
        kept = values <= bound if sign == "<=" else values >= bound
        curve.setdefault(float(bound), (sign, float(share), float(bound), int(kept.sum())))
    return list(curve.values())
