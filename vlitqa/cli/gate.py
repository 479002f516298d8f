"""The exit code of a command: what `--fail-on` and `--max-errors` make of its scorecards."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from vlitqa.catalogue import faults, metric_that_finds
from vlitqa.cli.screen import tell
from vlitqa.contracts import Card
from vlitqa.errors import UsageError
from vlitqa.results import Scorecard
from vlitqa.results.findings import ERROR, FAULTS, NEAR, READING_FAULTS, WARNING

PARTIAL, FINDINGS, DONE = 3, 1, 0
_SUMS = ("any", "error", "warning", "rejects", "failed")
_RULE = re.compile(r"\s*([\w-]+)\s*(?:>\s*(\d+(?:\.\d+)?)\s*(%?))?\s*")


@dataclass(frozen=True, slots=True)
class FailRule:
    """One `--fail-on`: what it watches, and how much of it is too much."""

    text: str
    code: str
    most: float
    share: bool

    def broken_by(self, card: Scorecard) -> str:
        """What breaks the rule, as a sentence; empty where it is kept."""
        found, asked = self._count(card)
        if found <= (self.most / 100 * asked if self.share else self.most):
            return ""
        share = f" ({found / asked:.1%})" if asked else ""
        return f"{card.dataset} breaks --fail-on {self.text}: {found:,} of {asked:,} rows{share}."

    def _count(self, card: Scorecard) -> tuple[int, int]:
        """How many rows have what the rule watches, and among how many they were looked for."""
        findings = card.findings()
        asked = card.records + card.rejects
        if self.code in _SUMS:
            sums = {
                "any": sum(each.rows for each in findings),
                "error": sum(each.rows for each in findings if each.severity == ERROR),
                "warning": sum(each.rows for each in findings if each.severity in (ERROR, WARNING)),
                "rejects": card.rejects,
                "failed": card.failed,
            }
            return sums[self.code], asked
        for each in findings:
            if each.code == self.code:
                return each.rows, card.asked(each)
        return 0, asked


def fail_rules(texts: Sequence[str] | None, *, near: bool = True) -> list[FailRule]:
    """The rules of `--fail-on`; raises UsageError for a code that no finding has, or that is not looked for."""
    rules = []
    for text in texts or ():
        match = _RULE.fullmatch(text)
        if not match or not _is_known(match[1]):
            known = {*_SUMS, *faults()}
            close = difflib.get_close_matches(match[1] if match else text, known, n=1)
            hint = f"Did you mean {close[0]}? " if close else ""
            raise UsageError(
                f"--fail-on {text!r} names no finding.",
                repair=f"{hint}`vlitqa catalogue findings` lists them; with a limit: 'image_missing>1%'.",
            )
        if match[1] in NEAR and not near:
            raise UsageError(f"--fail-on {text!r}: near duplicates are not looked for.", repair="Add --near.")
        rules.append(FailRule(text, match[1], float(match[2] or 0), match[3] == "%"))
    return rules


def _is_known(code: str) -> bool:
    """Tells whether something can be counted by this code; metrics are loaded only for a code that is none of ours."""
    return code in _SUMS or code in FAULTS or code in faults()


def refuse_unfindable(rules: Sequence[FailRule], cards: Sequence[Card]) -> None:
    """Raises UsageError for a rule whose code neither the reader nor one of these metrics can find: it never breaks."""
    findable = {*_SUMS, *READING_FAULTS, *(code for card in cards for code in card.finds)}
    for rule in rules:
        if rule.code not in findable:
            raise UsageError(
                f"--fail-on {rule.text!r}: none of the chosen metrics looks for it.",
                repair=f"Choose {metric_that_finds(rule.code)} too, or leave the rule out.",
            )


def exit_code(cards: Sequence[Scorecard], rules: Sequence[FailRule], max_errors: int | None) -> int:
    """3 where a dataset was measured only in part, 1 where a rule is broken, 0 otherwise; says which rule it was."""
    broken = [sentence for card in cards for rule in rules if (sentence := rule.broken_by(card))]
    rejects = sum(card.rejects for card in cards)
    too_many = max_errors is not None and rejects > max_errors
    if too_many:
        broken.append(f"{rejects:,} rows were rejected, past --max-errors {max_errors}.")
    for sentence in broken:
        tell(sentence)
    if too_many or any(card.cut_off or card.failed for card in cards):
        return PARTIAL
    return FINDINGS if broken else DONE
