"""Packs texts that should be JSON objects, broken ones too, as files of JSON are packed in the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


def _lines(elements: Sequence[str]) -> str:
    return "".join(element.replace("\n", " ") + "\n" for element in elements)


def _array(elements: Sequence[str]) -> str:
    return "[\n" + ",\n".join(elements) + "\n]\n"


def _array_in_one_line(elements: Sequence[str]) -> str:
    return "[" + ", ".join(elements) + "]"


def _wrapper(elements: Sequence[str]) -> str:
    return '{"version": "1.0", "data": [\n  ' + ",\n  ".join(elements) + "\n]}"


def _splits(elements: Sequence[str]) -> str:
    half = len(elements) // 2
    return '{"train": ' + _array(elements[:half]) + ', "test": ' + _array(elements[half:]) + "}"


def _keyed(elements: Sequence[str]) -> str:
    members = ",\n".join(f'"k{number}": {element}' for number, element in enumerate(elements))
    return '{"meta": {"version": "1"}, "data": {\n' + members + "\n}}"


def _objects(elements: Sequence[str]) -> str:
    return "\n".join(element.replace(', "', ',\n "') for element in elements)


JSON_PACKINGS: Mapping[str, Callable[[Sequence[str]], str]] = {
    pack.__name__.strip("_"): pack for pack in (_lines, _array, _array_in_one_line, _wrapper, _splits, _keyed, _objects)
}
