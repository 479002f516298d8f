"""Damage to single rows, as texts of JSON: cut, swapped, or with values that no row should have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}\[\]:,]')
_VALUE = re.compile(r'(?<=: )(?:"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)')
_SPARED = 0.4
"""The share of files in which no single row is damaged."""


def damage_elements(random: Random, elements: Sequence[str]) -> list[str]:
    """The elements, of which some are damaged, lost or there twice."""
    if not elements or random.random() < _SPARED:
        return list(elements)
    damaged = list(elements)
    for _ in range(random.choice((1, 1, 2, 5, len(elements)))):
        place = random.randrange(len(damaged))
        damaged[place] = random.choice(list(ROW_DAMAGES.values()))(random, damaged[place])
    if random.random() < 0.2:
        _move_rows(random, damaged)
    return damaged


def _move_rows(random: Random, elements: list[str]) -> None:
    first, second = random.randrange(len(elements)), random.randrange(len(elements))
    elements[first], elements[second] = elements[second], elements[first]
    if random.random() < 0.5:
        elements.insert(first, elements[second])


def odd_values(random: Random) -> str:
    """A value that no parser likes."""
    depth = random.choice((150, 201, 260, 1_000, 100_000))
    return random.choice(
        (
            *("NaN", "-Infinity", "1e999", "-0", "0x1F", "01", "1" * 400, "-9223372036854775809", "1e-400", "1.5.2"),
            *('"\\ud83d"', '"\\udc00 alone"', '"\udc00"', '"\x00"', '"\\u0000"', '"tab\there"', '"\u2028"', '"\\x"'),
            *("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "[" * depth, '{"a":' * depth),
            *("null", "true", "12", '""', "[]", "{}", "[[]]", '[{"a": 1}, "b", null]', '{"id": 1, "id": 2}'),
            *('"' + "ab " * 50_000 + '"', "undefined", "'single'", "None", '"open', '"<image>"', '"\\"'),
        )
    )


def change_value(random: Random, text: str) -> str:
    """Puts an odd value in the place of one of the text's."""
    return _replace_match(random, text, _VALUE, odd_values(random))


def _replace_match(random: Random, text: str, pattern: re.Pattern[str], replacement: str) -> str:
    matches = list(pattern.finditer(text))
    if not matches:
        return text + replacement
    match = random.choice(matches)
    return text[: match.start()] + replacement + text[match.end() :]


def remove_token(random: Random, text: str) -> str:
    """Removes a bracket, a comma, a colon, a name or a value."""
    return _replace_match(random, text, _TOKEN, "")


def insert_token(random: Random, text: str) -> str:
    """Adds a bracket, a quote, a comma or a colon at the border of a token."""
    borders = [place for match in _TOKEN.finditer(text) for place in match.span()] or [0]
    place = random.choice(borders)
    return (
        text[:place] + random.choice(("{", "}", "[", "]", '"', ",", ":", "\\", "}{", "],[", '":', "\n")) + text[place:]
    )


def swap_tokens(random: Random, text: str) -> str:
    """Exchanges two tokens."""
    tokens = list(_TOKEN.finditer(text))
    if len(tokens) < 2:
        return text
    first, second = sorted(random.sample(tokens, 2), key=lambda token: token.start())
    between = text[first.end() : second.start()]
    return text[: first.start()] + second[0] + between + first[0] + text[second.end() :]


def cut(random: Random, text: str) -> str:
    """Keeps the beginning of a text."""
    return text[: random.randrange(len(text) + 1)]


def _replace_whole(random: Random, _text: str) -> str:
    return odd_values(random)


def _requote(_random: Random, text: str) -> str:
    return text.replace('"', "'")


def _join_with_itself(random: Random, text: str) -> str:
    return cut(random, text) + text


ROW_DAMAGES: Mapping[str, Callable[[Random, str], str]] = {
    "an odd value": change_value,
    "a token removed": remove_token,
    "a token added": insert_token,
    "tokens swapped": swap_tokens,
    "cut": cut,
    "replaced": _replace_whole,
    "single quotes": _requote,
    "begun twice": _join_with_itself,
}
