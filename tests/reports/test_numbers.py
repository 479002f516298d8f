"""Numbers as pages and tables write them."""

from __future__ import annotations

from reports.numbers import stars_of


def test_stars_are_those_of_the_review() -> None:
    assert [stars_of(p) for p in (0.009, 0.01, 0.048, 0.05, 0.099, 0.1, None)] == ["***", "**", "**", "*", "*", "", ""]
