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

_LARGEST_NUMBER = 1e12


def parameters_of(metric: Metric) -> Mapping[str, Any]:
    """The parameters of a metric and their values; its seed is that of the run and no parameter."""
    names = [field.name for field in fields(metric) if field.name != "seed"]  # type: ignore[arg-type]
    return {name: getattr(metric, name) for name in names}


def apply_settings(metrics: Sequence[Metric], settings: Sequence[str], seed: int) -> tuple[Metric, ...]:
    """Returns the metrics with the settings `METRIC.PARAMETER=VALUE`, and with the seed of the run if they draw."""
    by_name = {metric.card.name: metric for metric in metrics}
    changes: dict[str, dict[str, Any]] = {
        name: {"seed": seed} if isinstance(metric, Seeded) else {} for name, metric in by_name.items()
    }
    for setting in settings:
        name, parameter, text = _split(setting)
        parameters = parameters_of(_chosen_metric(name, by_name))
        if not parameters:
            raise UsageError(f"--set: {name} has no parameters.", repair="Leave it out.")
        if parameter not in parameters:
            raise UsageError(f"--set: {name} has no parameter {parameter!r}.", repair=suggestion(parameter, parameters))
        changes[name][parameter] = _parse(f"{name}.{parameter}", text, parameters[parameter])
    return tuple(replace(metric, **changes[metric.card.name]) for metric in metrics)  # type: ignore[type-var]


def _split(setting: str) -> tuple[str, str, str]:
    """The metric, the parameter and the text of its value."""
    place, equals, text = (part.strip() for part in setting.partition("="))
    name, dot, parameter = place.partition(".")
    if not equals or not dot:
        raise UsageError(
            f"--set: {setting!r} is not of the form metric.parameter=value.", repair="Such as --set accuracy.votes=3."
        )
    return name, parameter, text


def _chosen_metric(name: str, by_name: Mapping[str, Metric]) -> Metric:
    if name in by_name:
        return by_name[name]
    if name in METRICS:
        raise UsageError(f"--set: {name} is not among the metrics of this run.", repair=f"Add {name} to --metrics.")
    raise UsageError(f"--set: {name} is no metric of this run.", repair=suggestion(name, by_name))


def _parse(place: str, text: str, default: object) -> object:
    """Parses a value of the same type as the default."""
    kind: Any = type(default)
    if kind is bool:
        if text not in ("true", "false"):
            raise UsageError(f"--set {place}: {text!r} is neither true nor false.")
        return text == "true"
    try:
        value = kind(text)
    except ValueError:
        raise UsageError(f"--set {place}: {text!r} is no {'whole ' if kind is int else ''}number.") from None
    if kind in (int, float) and not 0 <= value < _LARGEST_NUMBER:
        raise UsageError(f"--set {place}: {text} is out of range.")
    return value
