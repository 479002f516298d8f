"""The rules of `--fail-on` as a user writes them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Protocol

from vlitqa.catalogue import faults
from vlitqa.contracts import Card
from vlitqa.errors import UsageError
from vlitqa.gates.baseline import WorseRule
from vlitqa.gates.figure_rules import make_figure_rule
from vlitqa.gates.finding_rules import TOTALS, FindingRule, can_be_found
from vlitqa.results import Scorecard
from vlitqa.results.findings import NEAR_CODES

_FINDING = re.compile(r"\s*([\w-]+)\s*(?:>\s*(\d+(?:\.\d+)?)\s*(%?))?\s*")
_FIGURE = re.compile(r"\s*([\w-]+)\.([^<>]*[^<>\s])\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?\s*%?)\s*")


class GateRule(Protocol):
    """A rule that a scorecard keeps or breaks."""

    @property
    def text(self) -> str:
        """The rule as a user writes it."""
        ...

    def broken_by(self, scorecard: Scorecard) -> str:
        """Says how a scorecard breaks the rule, as a clause; empty if it keeps it."""
        ...

    def why_never_broken(self, cards: Sequence[Card]) -> str:
        """The reason why the rule says nothing of a run with these metrics; empty if it does."""
        ...


def parse_fail_rules(
    texts: Sequence[str] | None, baseline: Scorecard | None = None, *, near: bool = True
) -> list[GateRule]:
    """Parses rules; raises UsageError for one that names nothing, or something that is not looked for."""
    rules = [_parse(text, baseline, near=near) for text in texts or ()]
    if baseline is not None and not any(isinstance(rule, WorseRule) for rule in rules):
        raise UsageError("--baseline is not used without the rule that compares with it.", repair="--fail-on worse")
    return rules


def refuse_unbreakable(rules: Sequence[GateRule], cards: Sequence[Card]) -> None:
    """Raises UsageError for a rule that says nothing of a run with these metrics."""
    for rule in rules:
        if reason := rule.why_never_broken(cards):
            raise UsageError(f"--fail-on {rule.text!r}: {reason}.", repair="Or leave the rule out.")


def _parse(text: str, baseline: Scorecard | None, *, near: bool) -> GateRule:
    if text.strip() == "worse":
        if baseline is None:
            raise UsageError("--fail-on worse compares with an earlier run.", repair="Name it: --baseline RUN.")
        return WorseRule(baseline)
    if of_figure := _FIGURE.fullmatch(text):
        return make_figure_rule(text, *of_figure.groups())
    match = _FINDING.fullmatch(text)
    if not match or not can_be_found(match[1]):
        close = difflib.get_close_matches(match[1] if match else text, {*TOTALS, *faults()}, n=1)
        hint = f"Did you mean {close[0]}? " if close else ""
        raise UsageError(
            f"--fail-on {text!r} names no finding and no figure.",
            repair=f"{hint}`vlitqa catalogue findings` lists findings; with a limit: 'image_missing>1%'. "
            "A figure is written 'lexical.distinct words<100'.",
        )
    if match[1] in NEAR_CODES and not near:
        raise UsageError(f"--fail-on {text!r}: near duplicates are not looked for.", repair="Add --near.")
    return FindingRule(text=text, code=match[1], limit=float(match[2] or 0), is_share=match[3] == "%")
