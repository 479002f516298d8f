"""Rules on figures: which figure they mean, and when they are broken."""

from __future__ import annotations

import pytest

from tests.given.scorecards import scorecard
from vlitqa.catalogue import METRICS, card_of, load_metric
from vlitqa.errors import UsageError
from vlitqa.gates.figure_rules import figure_names
from vlitqa.gates.notation import parse_fail_rules, refuse_unbreakable
from vlitqa.results import Figure

CLEAN = Figure("clean records", "sound", 0.75, direction="up", interval=(0.7, 0.8))
ORIGINAL = Figure("matching degree", "original", 24.0, direction="up", interval=(23.0, 25.0))
SOUND = Figure("matching degree", "sound", 20.0, direction="up")
SCORECARD = scorecard({"integrity": (CLEAN,), "matching": (ORIGINAL, SOUND)})


@pytest.mark.parametrize(
    ("rule", "breach"),
    [
        ("integrity.clean records<80%", "it is 75.0 % [70.0 %, 80.0 %]"),
        ("integrity.clean records<0.8", "it is 75.0 % [70.0 %, 80.0 %]"),
        ("integrity.clean records < 75%", ""),
        ("integrity.clean records<=75%", "it is 75.0 % [70.0 %, 80.0 %]"),
        ("integrity.clean records>0.5", "it is 75.0 % [70.0 %, 80.0 %]"),
        ("matching.matching degree (original)<25", "it is 24 [23, 25]"),
        ("matching.matching degree (sound)<21", "it is 20"),
        ("matching.matching degree (sound)>=-3.5", "it is 20"),
        ("matching.worst sentence<1", "the run has no such figure of matching"),
    ],
)
def test_a_figure_breaks_a_rule_by_its_value(rule: str, breach: str) -> None:
    (parsed,) = parse_fail_rules([rule])
    assert parsed.broken_by(SCORECARD) == breach


def test_without_a_variant_the_headline_is_meant() -> None:
    card = card_of("matching")
    assert card is not None
    value = {"original": 24, "sound": 20}[card.headline.variant]
    (rule,) = parse_fail_rules(["matching.matching degree<100"])
    assert rule.broken_by(SCORECARD).startswith(f"it is {value}")


def test_a_figure_without_a_value_or_with_a_doubt_breaks_every_rule() -> None:
    missing = Figure("clean records", "sound", None, reason="no record was read")
    doubtful = Figure("clean records", "sound", 0.9, doubt="the judge agrees with everybody")
    (rule,) = parse_fail_rules(["integrity.clean records<1%"])
    assert rule.broken_by(scorecard({"integrity": (missing,)})) == "it has no value: no record was read"
    assert "the judge agrees with everybody" in rule.broken_by(scorecard({"integrity": (doubtful,)}))


@pytest.mark.parametrize(
    ("rule", "message", "repair"),
    [
        ("integrty.clean records<1", "there is no metric 'integrty'", "Did you mean integrity?"),
        ("integrity.clean record<1", "integrity has no figure 'clean record'", "Did you mean clean records?"),
        ("integrity.clean records<80", "clean records is a share", "Write 80%"),
        ("lexical.diversity of overall<1%", "diversity of overall is no share", "Leave the % out."),
        ("integrity.clean records=1", "names no finding and no figure", "catalogue findings"),
        ("integrity.clean records", "names no finding and no figure", "catalogue findings"),
        ("worse", "compares with an earlier run", "--baseline RUN"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(rule: str, message: str, repair: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_fail_rules([rule])
    assert message in caught.value.message
    assert repair in caught.value.repair


def test_a_rule_on_a_metric_that_is_not_measured_is_refused() -> None:
    rules = parse_fail_rules(["matching.matching degree<25"])
    with pytest.raises(UsageError, match="matching is not among the chosen metrics"):
        refuse_unbreakable(rules, [load_metric("lexical").card])
    refuse_unbreakable(rules, [load_metric("matching").card])


@pytest.mark.parametrize("metric", METRICS)
def test_a_rule_can_be_written_for_every_headline(metric: str) -> None:
    card = load_metric(metric).card
    assert card.headline.name in figure_names(card)
    (rule,) = parse_fail_rules([f"{metric}.{card.headline.name} ({card.headline.variant})<0.5"])
    low = Figure(card.headline.name, card.headline.variant, 0.25)
    assert rule.broken_by(scorecard({metric: (low,)})).startswith("it is ")
