"""The exit code of a command, from its scorecards, `--fail-on` and `--max-errors`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlitqa.algorithms.counted import counted
from vlitqa.cli.exit_codes import DONE, FINDINGS, PARTIAL
from vlitqa.cli.screen import tell
from vlitqa.errors import UsageError
from vlitqa.results import Scorecard
from vlitqa.results.faults import ERROR, FAULTS, READING_FAULTS, WARNING
from vlitqa.results.findings import NEAR_CODES

if TYPE_CHECKING:
    from vlitqa.contracts import Card

_SUMS = ("any", "error", "warning")
"""Codes that count the findings of all rows: one row may have several."""
_TOTALS = (*_SUMS, "rejects", "failed")
_RULE = re.compile(r"\s*([\w-]+)\s*(?:>\s*(\d+(?:\.\d+)?)\s*(%?))?\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class FailRule:
    """One `--fail-on`: a finding, and the number or share of rows up to which it is tolerated."""

    text: str
    """The rule as a user writes it."""
    code: str
    """The code of a finding, or the name of a total such as `any`."""
    limit: float
    is_share: bool
    """True if the limit is a percentage of the rows."""

    def broken_by(self, card: Scorecard) -> str:
        """Returns a sentence about how a scorecard breaks the rule; empty if it keeps it."""
        rows, rows_searched = self._count(card)
        if rows <= (self.limit / 100 * rows_searched if self.is_share else self.limit):
            return ""
        if self.code in _SUMS:
            count = f"{counted(rows, 'finding')} in {counted(rows_searched, 'row')}"
        else:
            share = f" ({rows / rows_searched:.1%})" if rows_searched else ""
            count = f"{rows:,} of {counted(rows_searched, 'row')}{share}"
        return f"{card.dataset} breaks --fail-on {self.text}: {count}."

    def _count(self, card: Scorecard) -> tuple[int, int]:
        """The number of rows with the finding, and of all rows that were searched for it."""
        findings = card.findings()
        rows_searched = card.records + card.rejects
        if self.code in _TOTALS:
            totals = {
                "any": sum(finding.rows for finding in findings),
                "error": sum(finding.rows for finding in findings if finding.severity == ERROR),
                "warning": sum(finding.rows for finding in findings if finding.severity in (ERROR, WARNING)),
                "rejects": card.rejects,
                "failed": card.failed,
            }
            return totals[self.code], rows_searched
        for finding in findings:
            if finding.code == self.code:
                return finding.rows, card.rows_searched(finding)
        return 0, rows_searched


def parse_fail_rules(texts: Sequence[str] | None, *, near: bool = True) -> list[FailRule]:
    """Parses the rules of `--fail-on`; raises UsageError for a code that no finding has, or that is not looked for."""
    from vlitqa.catalogue import faults

    rules = []
    for text in texts or ():
        match = _RULE.fullmatch(text)
        if not match or not _is_known(match[1]):
            codes = {*_TOTALS, *faults()}
            close = difflib.get_close_matches(match[1] if match else text, codes, n=1)
            hint = f"Did you mean {close[0]}? " if close else ""
            raise UsageError(
                f"--fail-on {text!r} names no finding.",
                repair=f"{hint}`vlitqa catalogue findings` lists them; with a limit: 'image_missing>1%'.",
            )
        if match[1] in NEAR_CODES and not near:
            raise UsageError(f"--fail-on {text!r}: near duplicates are not looked for.", repair="Add --near.")
        limit = float(match[2] or 0)
        rules.append(FailRule(text=text, code=match[1], limit=limit, is_share=match[3] == "%"))
    return rules


def _is_known(code: str) -> bool:
    """True if something can be counted by this code; metrics are loaded only for a code that is none of ours."""
    from vlitqa.catalogue import faults

    return code in _TOTALS or code in FAULTS or code in faults()


def refuse_unfindable(rules: Sequence[FailRule], cards: Sequence[Card]) -> None:
    """Raises UsageError for a rule that can never break: neither the reader nor one of these metrics finds its code."""
    from vlitqa.catalogue import metric_that_finds

    findable = {*_TOTALS, *READING_FAULTS, *(code for card in cards for code in card.finds)}
    for rule in rules:
        if rule.code not in findable:
            raise UsageError(
                f"--fail-on {rule.text!r}: none of the chosen metrics looks for it.",
                repair=f"Choose {metric_that_finds(rule.code)} too, or leave the rule out.",
            )


def exit_code(cards: Sequence[Scorecard], rules: Sequence[FailRule], max_errors: int | None) -> int:
    """Returns 3 if a dataset was read in part or not at all, 1 if a rule is broken, 0 otherwise; shows broken rules."""
    broken = [sentence for card in cards for rule in rules if (sentence := rule.broken_by(card))]
    rejects = sum(card.rejects for card in cards)
    has_too_many_rejects = max_errors is not None and rejects > max_errors
    if has_too_many_rejects:
        broken.append(f"{counted(rejects, 'row')} rejected, past --max-errors {max_errors}.")
    for sentence in broken:
        tell(sentence)
    for card in cards:
        if not card.records:
            holds_rows = card.rows or card.cut_off
            tell(f"{card.dataset}: none of its rows could be read." if holds_rows else f"{card.dataset} holds no rows.")
    if has_too_many_rejects or any(card.cut_off or card.failed or not card.records for card in cards):
        return PARTIAL
    return FINDINGS if broken else DONE
