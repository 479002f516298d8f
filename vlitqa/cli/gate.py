"""The exit code of a command: what `--fail-on` and `--max-errors` make of its scorecards."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from vlitqa.cli.screen import tell
from vlitqa.errors import UsageError
from vlitqa.results import Scorecard
from vlitqa.results.findings import ERROR, FAULTS, FOUND_BY, NEAR, WARNING

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
    known = {*_SUMS, *FAULTS}
    rules = []
    for text in texts or ():
        match = _RULE.fullmatch(text)
        if not match or match[1] not in known:
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


def refuse_unfindable(rules: Sequence[FailRule], metrics: Sequence[str]) -> None:
    """Raises UsageError for a rule whose code neither the reader nor one of these metrics can find: it never breaks."""
    findable = {*_SUMS, *(code for name in ("", *metrics) for code in FOUND_BY.get(name, ()))}
    for rule in rules:
        if rule.code not in findable:
            finder = next(name for name, codes in FOUND_BY.items() if rule.code in codes)
            raise UsageError(
                f"--fail-on {rule.text!r}: none of the chosen metrics looks for it.",
                repair=f"Choose {finder} too, or leave the rule out.",
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
