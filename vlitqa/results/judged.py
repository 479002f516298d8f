"""A dataset, and the rules that its scorecard keeps or breaks."""

from __future__ import annotations

from dataclasses import dataclass

from vlitqa.results.figures import Finding
from vlitqa.results.scorecard import Scorecard


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """A rule of `--fail-on`, and how a scorecard breaks it."""

    rule: str
    """As a user writes it."""
    breach: str
    """A clause; empty where the rule is kept."""


@dataclass(frozen=True, slots=True)
class JudgedDataset:
    """The scorecard of a dataset, and the outcome of every rule."""

    path: str
    """The dataset as a user named it."""
    card: Scorecard
    outcomes: tuple[RuleOutcome, ...]

    def fails(self, finding: Finding) -> bool:
        """True if a finding alone is a failure: an error, where a user gave no rules that would say otherwise."""
        return not self.outcomes and finding.severity == "error"
