"""The promises that a plug-in has to keep before it is let in: what can be seen of a contract without any data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from typing import Any

from vlitqa.contracts import Card
from vlitqa.results import Summary
from vlitqa.results.evidence import TypedEvidence


def broken_promise(kind: str, name: str, thing: Any) -> str:
    """The first promise of its kind that a plug-in breaks, as a clause; empty where it keeps what can be seen."""
    check = _CHECKS.get(kind)
    return check(name, thing) if check else f"{kind} are no kind of plug-ins"


def _check_metric(name: str, thing: Any) -> str:
    card, evidence = getattr(thing, "card", None), getattr(thing, "evidence", None)
    if not isinstance(thing, type) or not is_dataclass(thing):
        return "it is no class that is a dataclass"
    if not isinstance(card, Card):
        return "it has no `card` of the type Card"
    if card.name != name:
        return f"its card names it {card.name!r}"
    if not isinstance(evidence, type) or not issubclass(evidence, TypedEvidence):
        return "it has no `evidence` that is a type of evidence, such as NoEvidence"
    if card.principle and not card.beside:
        return f"it would stand for the principle {card.principle.value}: its card must say beside=True"
    return _lacks(thing, "measure", "combine") or _check_summary(card, thing)


def _check_summary(card: Card, metric: Callable[[], Any]) -> str:
    """The fault of the summary that a metric makes of an empty dataset."""
    summary = metric().combine([])
    if not isinstance(summary, Summary):
        return f"`combine` gives {type(summary).__name__} for an empty dataset, and no Summary"
    figures = {(figure.name, figure.variant): figure.value for figure in summary.figures}
    if card.headline and (card.headline.name, card.headline.variant) not in figures:
        return f"its summary lacks the headline figure of its card, {card.headline.name} {card.headline.variant}"
    valued = (f"{name} of an empty dataset is {value}" for (name, _), value in figures.items() if value is not None)
    return next(valued, "")


def _check_format(name: str, thing: Any) -> str:
    shape = thing() if isinstance(thing, type) else thing
    if lack := _lacks(shape, "recognises", "read", "write"):
        return lack
    if shape.name != name:
        return f"it names itself {shape.name!r}"
    return "it recognises a row without fields" if shape.recognises({}) else ""


def _check_tool(_: str, thing: Any) -> str:
    return _lacks(thing, "of", "missing", "fingerprint", "open")


def _check_benchmark(name: str, thing: Any) -> str:
    if not isinstance(thing, type):
        return "it is no class"
    if lack := _lacks(thing, "questions", "mark", "conclude"):
        return lack
    exam = thing(name=name, root=None, seed=0)
    if exam.card.name != name:
        return f"its card names it {exam.card.name!r}"
    return "" if exam.card.rules else "its card names no rules"


def _check_model(_: str, thing: Any) -> str:
    if lack := _lacks(thing, "open_model"):
        return lack
    recipes = getattr(thing, "TUNING_RECIPES", None)
    return "" if isinstance(recipes, Mapping) and "paper" in recipes else "it has no TUNING_RECIPES with a `paper`"


def _lacks(thing: Any, *methods: str) -> str:
    return next((f"it has no `{method}`" for method in methods if not callable(getattr(thing, method, None))), "")


_CHECKS: Mapping[str, Callable[[str, Any], str]] = {
    "metrics": _check_metric,
    "formats": _check_format,
    "tools": _check_tool,
    "benchmarks": _check_benchmark,
    "models": _check_model,
}
