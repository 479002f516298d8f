"""Rule sets of the zero-shot suite, by kind of sets: rules for single answers, and the figure of all marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass

from evaluators.benchmarks.zero_shot import marking_rules as rules
from evaluators.benchmarks.zero_shot.conclusions import (
    Conclude,
    conclude_captions,
    conclude_mean,
    conclude_overlaps,
    conclude_ranks,
)
from evaluators.benchmarks.zero_shot.marking_rules import EHUB, STANDARD, MarkingRule
from evaluators.marking.vqa_text import VQA_READINGS
from vlitqa.results.exams import ExamQuestion


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules that `--rules` names: how each answer is marked, and the figure that all marks come to."""

    rule: MarkingRule
    headline: str
    conclude: Conclude = conclude_mean
    _: KW_ONLY
    prepare: Callable[[ExamQuestion], ExamQuestion] | None = None
    """Changes a question that was read from the files of a set."""


RuleSets = Mapping[str, RuleSet]
"""The rule sets of one kind of sets, by their names."""


_ANY_REFERENCE = RuleSet(rules.mark_any_reference, "answers that say a reference")


def _soft(usual: str) -> RuleSets:
    """By the reading that is usual for a set, and by each of the three in use."""
    readings = {name: RuleSet(rules.soft_accuracy_rule(name), "VQA accuracy") for name in VQA_READINGS}
    return {STANDARD: readings[usual], EHUB: _ANY_REFERENCE, **readings}


OCR: RuleSets = {
    STANDARD: RuleSet(rules.mark_whole_label, "word accuracy"),
    EHUB: RuleSet(rules.mark_ascii_label, "word accuracy", prepare=rules.keep_first_word),
}
KIE: RuleSets = {
    STANDARD: RuleSet(rules.mark_field_f1, "field F1", conclude_overlaps),
    EHUB: RuleSet(rules.mark_word_f1, "word F1", conclude_overlaps),
}
CAPTIONS: RuleSets = {
    STANDARD: RuleSet(rules.mark_caption, "CIDEr-D", conclude_captions),
    EHUB: RuleSet(rules.mark_raw_caption, "CIDEr-D", conclude_captions),
}
VQA, VQA_SERVER = _soft("vqa"), _soft("server")
ANLS: RuleSets = {STANDARD: RuleSet(rules.mark_nearest, "ANLS"), EHUB: _ANY_REFERENCE}
EXACT: RuleSets = {STANDARD: RuleSet(rules.mark_equal, "exact match"), EHUB: _ANY_REFERENCE}
CHOICE: RuleSets = {STANDARD: RuleSet(rules.mark_option, "accuracy"), EHUB: _ANY_REFERENCE}
DIALOG: RuleSets = {
    STANDARD: RuleSet(rules.mark_reciprocal_rank, "MRR", conclude_ranks),
    EHUB: RuleSet(rules.mark_first_option_said, "MRR"),
}
