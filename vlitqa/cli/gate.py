"""The end of a command that finds faults: broken rules, the layout that was asked for, and the exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
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
from vlitqa.storage.atomic import disk_errors, replacing

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
    documents: Mapping[str, Path | None] = field(default_factory=dict)
    """By layout: the file of what is wrong; None for standard output."""

    def conclude(self, scorecards: Mapping[str, Scorecard]) -> int:
        """Shows what the layout wants and the broken rules of scorecards by the paths of their datasets.

        Returns the exit code: 3 if a dataset was read in part or not at all, 1 if a rule is broken, 0 otherwise.
        """
        judged = [JudgedDataset(path, card, self._outcomes(card)) for path, card in scorecards.items()]
        for layout, path in self.documents.items():
            _put_document(_LAYOUTS[layout](judged), path)
        cards = list(scorecards.values())
        broken = list(self._breaches(judged))
        for sentence in (*self._comparisons(cards), *broken, *filter(None, map(_without_records, cards))):
            tell(sentence)
        if self._has_too_many_rejects(cards) or any(card.cut_off or card.failed or not card.records for card in cards):
            return PARTIAL
        return FINDINGS if broken else DONE

    @property
    def takes_output(self) -> bool:
        """True if standard output is for a document alone."""
        return None in self.documents.values()

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

    documents = _parse_documents(wanted.layouts or (), as_json=as_json)
    baseline = open_run(wanted.baseline).card if wanted.baseline else None
    rules = parse_fail_rules(wanted.fail_on, baseline, near=near)
    refuse_unbreakable(rules, cards)
    return Gate(rules, wanted.max_errors, documents)


def _parse_documents(texts: Sequence[str], *, as_json: bool) -> Mapping[str, Path | None]:
    """The files of the values of `--print`; raises UsageError where two would share standard output."""
    documents: dict[str, Path | None] = {}
    for text in texts:
        layout, _, file = text.partition("=")
        if layout not in _LAYOUTS:
            raise UsageError(f"--print: there is no layout {layout!r}.", repair=suggestion(layout, _LAYOUTS))
        documents[layout] = Path(file) if file else None
    if [*documents.values(), *[None] * as_json].count(None) > 1:
        repair = "Write all but one into files: --print junit=FILE."
        raise UsageError("Standard output is for one document.", repair=repair)
    return documents


def _put_document(document: str, path: Path | None) -> None:
    """Prints a document, or writes it into its file."""
    if path is None:
        show_document(document)
        return
    with disk_errors(path, "--print LAYOUT=FILE"), replacing(path) as file:
        file.write(document.encode() + b"\n")


def _rejects(cards: Sequence[Scorecard]) -> int:
    return sum(card.rejects for card in cards)


def _without_records(card: Scorecard) -> str:
    """Says why a scorecard counts no record; empty for any other."""
    if card.records:
        return ""
    has_rows = card.rows or card.cut_off
    return f"{card.dataset}: none of its rows could be read." if has_rows else f"{card.dataset} holds no rows."
