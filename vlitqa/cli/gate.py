"""The end of a command that finds faults: broken rules, the layout that was asked for, and the exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.exports.github import as_github
from reports.exports.junit import as_junit
from reports.exports.sarif import as_sarif
from reports.exports.summary import as_summary
from vlitqa.algorithms.counted import counted
from vlitqa.catalogue import suggestion
from vlitqa.cli.exit_codes import DONE, FINDINGS, PARTIAL
from vlitqa.cli.screen import show_document, tell
from vlitqa.errors import UsageError
from vlitqa.gates.baseline import WorseRule, describe_comparison
from vlitqa.gates.notation import GateRule, parse_fail_rules, refuse_unbreakable
from vlitqa.results.judged import JudgedDataset, RuleOutcome

if TYPE_CHECKING:
    from vlitqa.cli.option_groups import GateOptions
    from vlitqa.contracts import Card
    from vlitqa.results import Scorecard

_LAYOUTS: Mapping[str, Callable[[Sequence[JudgedDataset]], str]] = {
    "junit": as_junit,
    "sarif": as_sarif,
    "github": as_github,
    "markdown": as_summary,
}


@dataclass(frozen=True, slots=True)
class Gate:
    """The rules under which a command fails, and the layout in which it says what is wrong."""

    rules: Sequence[GateRule] = ()
    max_errors: int | None = None
    layout: str = ""
    """Empty for tables and sentences."""

    def conclude(self, scorecards: Mapping[str, Scorecard]) -> int:
        """Shows what the layout wants and the broken rules of scorecards by the paths of their datasets.

        Returns the exit code: 3 if a dataset was read in part or not at all, 1 if a rule is broken, 0 otherwise.
        """
        judged = [JudgedDataset(path, card, self._outcomes(card)) for path, card in scorecards.items()]
        if self.layout:
            show_document(_LAYOUTS[self.layout](judged))
        cards = list(scorecards.values())
        broken = list(self._breaches(judged))
        for sentence in (*self._comparisons(cards), *broken, *filter(None, map(_without_records, cards))):
            tell(sentence)
        if self._has_too_many_rejects(cards) or any(card.cut_off or card.failed or not card.records for card in cards):
            return PARTIAL
        return FINDINGS if broken else DONE

    def _outcomes(self, card: Scorecard) -> tuple[RuleOutcome, ...]:
        return tuple(RuleOutcome(rule.text, rule.broken_by(card)) for rule in self.rules)

    def _breaches(self, judged: Sequence[JudgedDataset]) -> Iterator[str]:
        for dataset in judged:
            for outcome in dataset.outcomes:
                if outcome.breach:
                    yield f"{dataset.card.dataset} breaks --fail-on {outcome.rule}: {outcome.breach}."
        cards = [dataset.card for dataset in judged]
        if self._has_too_many_rejects(cards):
            yield f"{counted(_rejects(cards), 'row')} rejected, past --max-errors {self.max_errors}."

    def _comparisons(self, cards: Sequence[Scorecard]) -> Iterator[str]:
        """Says of each dataset how many of its figures were compared with the baseline."""
        baselines = [rule.baseline for rule in self.rules if isinstance(rule, WorseRule)]
        return (describe_comparison(baseline, card) for baseline in baselines for card in cards)

    def _has_too_many_rejects(self, cards: Sequence[Scorecard]) -> bool:
        return self.max_errors is not None and _rejects(cards) > self.max_errors


def make_gate(wanted: GateOptions, cards: Sequence[Card], *, near: bool = True, as_json: bool = False) -> Gate:
    """The gate of a command that runs these metrics; raises UsageError for a rule that says nothing of its runs."""
    from vlitqa.runs.finished import open_run

    if wanted.layout and wanted.layout not in _LAYOUTS:
        repair = suggestion(wanted.layout, _LAYOUTS)
        raise UsageError(f"--print: there is no layout {wanted.layout!r}.", repair=repair)
    if wanted.layout and as_json:
        raise UsageError("--print and --json exclude each other.", repair="Give one of them.")
    baseline = open_run(wanted.baseline).card if wanted.baseline else None
    rules = parse_fail_rules(wanted.fail_on, baseline, near=near)
    refuse_unbreakable(rules, cards)
    return Gate(rules, wanted.max_errors, wanted.layout)


def _rejects(cards: Sequence[Scorecard]) -> int:
    return sum(card.rejects for card in cards)


def _without_records(card: Scorecard) -> str:
    """Says why a scorecard counts no record; empty for any other."""
    if card.records:
        return ""
    has_rows = card.rows or card.cut_off
    return f"{card.dataset}: none of its rows could be read." if has_rows else f"{card.dataset} holds no rows."
