"""Plug-ins come behind our own rows, and what breaks its promise is named and left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.given.plugin_files import SHOUTS, plugin_file
from vlitqa.catalogue import FORMATS, METRICS, TOOLS, card_of, load_metric, metrics_named
from vlitqa.plugins.offers import PluginWarning
from vlitqa.plugins.tables import PluggableTable

CLASS_OF_ANY_NAME = "class Thing:\n    pass\n"


def test_a_metric_of_a_file_is_one_of_the_catalogue_while_the_file_is_named(tmp_path: Path) -> None:
    assert card_of("shouts") is None
    with plugin_file(tmp_path / "shouts.py"):
        assert list(METRICS)[-1] == "shouts"
        assert load_metric("shouts").card == card_of("shouts")
        assert metrics_named("light")[-1] == "shouts"
        assert str(METRICS.origin("shouts")).startswith("shouts.py ")
        assert METRICS.left_out == ()
    assert "shouts" not in METRICS


def test_our_own_names_come_first_and_are_found_without_looking_for_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vlitqa.plugins.tables.all_offers", lambda: pytest.fail("looked for plug-ins"))
    assert "lexical" in METRICS
    assert METRICS.origin("lexical") is None
    assert load_metric("lexical").card.name == "lexical"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ('METRICS = {"lexical": Thing}', "vlitqa has this name itself"),
        ('METRICS = {"all": Thing}', "is none of all, light, auto"),
        ('METRICS = {"Loud": Thing}', "a name has small letters"),
        ('METRICS = {"loud": Thing}', "it is no class that is a dataclass"),
        ('METRICS = {"loud": Shouts}', "its card names it 'shouts'"),
        ('FORMATS = {"loud": Thing}', "it has no `recognises`"),
        ('TOOLS = {"judge.loud": Thing}', "it has no `of`"),
        ('METRICS = {"loud": 3}', "it is no class that is a dataclass"),
    ],
)
def test_what_cannot_be_used_is_left_out_with_the_reason(rows: str, reason: str, tmp_path: Path) -> None:
    with plugin_file(tmp_path / "loud.py", f"{SHOUTS}\n{CLASS_OF_ANY_NAME}\n{rows}\n"):
        tables = (METRICS, FORMATS, TOOLS["judge"])
        with pytest.warns(PluginWarning, match="is left out"):
            left_out = [str(unused) for table in tables for unused in table.left_out]
        assert len(left_out) == 1
        assert reason in left_out[0]
        assert load_metric("lexical").card.name == "lexical"


BROKEN = {
    "card: ClassVar[Card] = Card(": ("card = dict(", "it has no `card` of the type Card"),
    "NoEvidence\n\n    def": ("int\n\n    def", "it has no `evidence`"),
    "def combine": ("def sum_up", "it has no `combine`"),
    'headline=FigureName("exclamation marks"': ('headline=FigureName("shouts"', "lacks the headline figure"),
    "if values else None": ("if values else 0", "exclamation marks of an empty dataset is 0"),
    "return Summary((": ("return list((", "gives list for an empty dataset"),
    "values = [": ("values = 1 / 0, [", "ZeroDivisionError"),
}
"""What stands in the file, what stands there instead, and what is said of it."""


@pytest.mark.parametrize("right", BROKEN)
def test_a_metric_that_breaks_its_promise_is_left_out(right: str, tmp_path: Path) -> None:
    wrong, reason = BROKEN[right]
    assert right in SHOUTS
    with plugin_file(tmp_path / "shouts.py", SHOUTS.replace(right, wrong)):
        with pytest.warns(PluginWarning):
            (left_out,) = METRICS.left_out
        assert reason in str(left_out)
        assert "shouts" not in METRICS


def test_a_name_that_two_offer_is_given_to_neither(tmp_path: Path) -> None:
    with plugin_file(tmp_path / "one.py"), plugin_file(tmp_path / "two.py"):
        with pytest.warns(PluginWarning, match=r"offered by one\.py \w+, two\.py"):
            assert "shouts" not in METRICS
        assert len(METRICS.left_out) == 2


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("no-module.py", SHOUTS, "not named as a module"),
        ("absent.py", None, "there is no such file"),
        ("empty.py", "", "it has no table METRICS"),
        ("failing.py", "import nothing_of_this_name", "No module named 'nothing_of_this_name'"),
        ("leaving.py", "raise SystemExit('gone')", "SystemExit: gone"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(name: str, content: str | None, reason: str, tmp_path: Path) -> None:
    with plugin_file(tmp_path / name, content or ""):
        if content is None:
            (tmp_path / name).unlink()
        with pytest.warns(PluginWarning, match=reason):
            list(PluggableTable("metrics", {}))


def test_two_files_of_one_name_are_not_taken_for_one_another(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    with plugin_file(tmp_path / "a" / "shouts.py"), plugin_file(tmp_path / "b" / "shouts.py"):
        with pytest.warns(PluginWarning, match=r"shouts\.py has the same name"):
            assert "shouts" in METRICS
