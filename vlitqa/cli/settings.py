"""The parameters of metrics as a user sees and sets them: `--set accuracy.votes=3`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from vlitqa.catalogue import METRICS, suggestion
from vlitqa.contracts import Seeded
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from vlitqa.contracts import Metric


def parameters_of(metric: Metric) -> Mapping[str, Any]:
    """Every parameter and its value; the seed is that of the run."""
    return {each.name: getattr(metric, each.name) for each in fields(metric) if each.name != "seed"}  # type: ignore[arg-type]


def with_settings(metrics: Sequence[Metric], settings: Sequence[str], seed: int) -> tuple[Metric, ...]:
    """The metrics with the run's seed where they draw, and the settings `METRIC.PARAMETER=VALUE`."""
    changes: dict[str, dict[str, Any]] = {
        metric.card.name: {"seed": seed} if isinstance(metric, Seeded) else {} for metric in metrics
    }
    by_name = {metric.card.name: metric for metric in metrics}
    for setting in settings:
        place, equals, text = (part.strip() for part in setting.partition("="))
        name, dot, parameter = place.partition(".")
        if not equals or not dot:
            raise UsageError(
                f"--set: {setting!r} is not of the form metric.parameter=value.",
                repair="Such as --set accuracy.votes=3.",
            )
        if name not in by_name:
            known = name in METRICS
            repair = f"Add {name} to --metrics." if known else suggestion(name, by_name)
            raise UsageError(
                f"--set: {name} is {'not among the metrics' if known else 'no metric'} of this run.", repair=repair
            )
        known_ones = parameters_of(by_name[name])
        if not known_ones:
            raise UsageError(f"--set: {name} has no parameters.", repair="Leave it out.")
        if parameter not in known_ones:
            raise UsageError(f"--set: {name} has no parameter {parameter!r}.", repair=suggestion(parameter, known_ones))
        changes[name][parameter] = _read(place, text, known_ones[parameter])
    return tuple(replace(metric, **changes[metric.card.name]) for metric in metrics)  # type: ignore[type-var]


def _read(place: str, text: str, default: object) -> object:
    """The value in the kind of the default."""
    kind: Any = type(default)
    if kind is bool:
        if text not in ("true", "false"):
            raise UsageError(f"--set {place}: {text!r} is neither true nor false.")
        return text == "true"
    try:
        value = kind(text)
    except ValueError:
        raise UsageError(f"--set {place}: {text!r} is no {'whole ' if kind is int else ''}number.") from None
    if kind in (int, float) and not 0 <= value < 1e12:
        raise UsageError(f"--set {place}: {text} is out of range.")
    return value
