"""The notation of a condition on rows, as a user writes it.

inst has SI                           a list has an item, or a text a word
rows>=100K                            a number, perhaps with K, M or B   (also = != < <= >)
data-source = Hybrid                  a text; quotes around one with blanks: name = "LLaVA 1.5"
region                                a tick; also region = no
not video and (region or images<5K)   `not` binds more than `and`, and that more than `or`
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from vlitqa.catalogue import suggestion
from vlitqa.errors import UsageError
from vlitqa.literature.cells import CellKind, CellValue, read_cell
from vlitqa.literature.columns import ListColumn
from vlitqa.literature.conditions import HAS, OPERATORS, CellTest, Junction, Negation, RowCondition
from vlitqa.literature.lists import PublishedList, load_list
from vlitqa.literature.names import folded
from vlitqa.literature.task_names import TASK_LIST

_Read = TypeVar("_Read")
_TOKEN = re.compile(r"""\s*(?:(>=|<=|!=|[=<>()])|"([^"]*)"|'([^']*)'|([^\s()<>=!"']+))""")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_REPAIR = "Such as 'inst has SI and region and rows>=100K'; put quotes around a text with blanks."
_NAMES_OF: Mapping[str, str] = {TASK_LIST: TASK_LIST, "model": "models"}
"""Columns that may hold any name of a list, though no row of theirs does."""
_DEEPEST = 50
"""Parentheses and negations inside each other."""
_FEW = 10
"""Names that an error lists."""
_OF_TEXTS, _OF_TICKS, _OF_NUMBERS = (HAS, "=", "!="), ("=", "!="), OPERATORS[1:]
_OPERATORS_OF: Mapping[CellKind, tuple[str, ...]] = {CellKind.TICK: _OF_TICKS, CellKind.NUMBER: _OF_NUMBERS}
"""Of all other kinds those of texts."""


def parse_condition(text: str, published: PublishedList) -> RowCondition:
    """Parses the condition of a `--where`; raises UsageError, which points at the place, for a text that is none."""
    return _Parser(text, published).parse()


def make_test(published: PublishedList, column_name: str, sign: str, text: str) -> CellTest:
    """The comparison of a column with a value; raises UsageError where the column cannot be compared like that."""
    column = published.column(column_name)
    usable = _OPERATORS_OF.get(column.kind, _OF_TEXTS)
    if sign not in usable:
        raise UsageError(
            f"{column.name!r} holds a {column.kind}, and {sign!r} does not compare that.",
            repair=f"Its comparisons are {' '.join(usable)}.",
        )
    return CellTest(column.name, sign, _read_operand(published, column, sign, text))


def _read_operand(published: PublishedList, column: ListColumn, sign: str, text: str) -> CellValue:
    try:
        value = text if column.kind is CellKind.TEXT else read_cell(text, column.kind).value
    except ValueError as error:
        raise UsageError(f"{error}.", repair=f"{column.name!r} holds a {column.kind}.") from None
    if not value and value not in (0, False):
        raise UsageError(f"{text!r} is no value of {column.name!r}.", repair="Cells without a value equal nothing.")
    if isinstance(value, tuple):
        _check_items(published, column, value)
        return value if sign != HAS else value[0]
    if sign != HAS and column.name in ("name", "model"):
        _check_items(published, column, (text,))
    return value


def _check_items(published: PublishedList, column: ListColumn, items: Iterable[str]) -> None:
    """Raises UsageError for a name or an item of a list that no row has: it is misspelt."""
    values = [row[column.name].value for row in published.rows]
    if column.name in _NAMES_OF:
        values += [row["name"].value for row in load_list(_NAMES_OF[column.name]).rows]
    there = {item for value in values for item in (value if isinstance(value, tuple) else (str(value),)) if item}
    for item in items:
        if folded(item) not in map(folded, there):
            repair = suggestion(item, there)
            if len(there) > _FEW and not repair.startswith("Did you mean"):
                repair = f"`vlitqa catalogue {_NAMES_OF.get(column.name, published.name)}` lists them."
            raise UsageError(f"There is no {item!r} in {column.name!r}.", repair=repair)


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of the text; empty at its end."""

    text: str
    place: int
    is_quoted: bool = False

    def is_word(self, word: str) -> bool:
        """True for a keyword or a sign, which quotes would make a value."""
        return not self.is_quoted and self.text.lower() == word


class _Parser:
    """Reads a condition from left to right."""

    def __init__(self, text: str, published: PublishedList) -> None:
        self._text, self._published = text, published
        self._tokens = self._split()
        self._position = self._depth = 0

    def parse(self) -> RowCondition:
        """The whole text as a condition."""
        condition = self._alternatives()
        if self._token.text or self._token.is_quoted:
            raise self._refusal(self._token, "'and', 'or' or the end should stand here.")
        return condition

    def _alternatives(self) -> RowCondition:
        return self._joined("or", lambda: self._joined("and", self._single, needs_all=True), needs_all=False)

    def _joined(self, word: str, read_part: Callable[[], RowCondition], *, needs_all: bool) -> RowCondition:
        parts = [read_part()]
        while self._takes(word):
            parts.append(read_part())
        return parts[0] if len(parts) == 1 else Junction(tuple(parts), needs_all)

    def _single(self) -> RowCondition:
        start = self._token
        is_negated = self._takes("not")
        if not is_negated and not self._takes("("):
            return self._test()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._refusal(start, f"Over {_DEEPEST} conditions stand inside each other.")
        condition = Negation(self._single()) if is_negated else self._alternatives()
        if not is_negated and not self._takes(")"):
            raise self._refusal(self._token, "A parenthesis is not closed.")
        self._depth -= 1
        return condition

    def _test(self) -> RowCondition:
        name = self._take_text("A column should stand here.")
        column = self._placed(name, lambda: self._published.column(name.text))
        sign = self._token
        if not any(map(sign.is_word, OPERATORS)):
            return self._bare_test(name, column)
        self._position += 1
        operand = self._take_text("A value should stand here.")
        return self._placed(operand, lambda: make_test(self._published, column.name, sign.text.lower(), operand.text))

    def _bare_test(self, name: _Token, column: ListColumn) -> RowCondition:
        if not any(map(self._token.is_word, ("and", "or", ")", ""))):
            raise self._refusal(self._token, "A comparison, 'and', 'or' or the end should stand here.")
        if column.kind is not CellKind.TICK:
            repair = f"Compare it: {column.name} {_OPERATORS_OF.get(column.kind, _OF_TEXTS)[0]} VALUE."
            raise self._refusal(name, f"{column.name!r} holds a {column.kind}, no tick.", repair)
        return CellTest(column.name, "=", operand=True)

    @property
    def _token(self) -> _Token:
        return self._tokens[self._position]

    def _takes(self, word: str) -> bool:
        is_there = self._token.is_word(word)
        self._position += is_there
        return is_there

    def _take_text(self, lack: str) -> _Token:
        """Takes a word or a quoted text; raises UsageError where a sign, a keyword or the end stands."""
        token = self._token
        if not token.is_quoted and (not token.text or token.text.lower() in (*OPERATORS, "and", "or", "not", "(", ")")):
            raise self._refusal(token, lack)
        self._position += 1
        return token

    def _split(self) -> list[_Token]:
        tokens, place = [], 0
        text = self._text.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if not match:
                start = _Token("", place + len(text[place:]) - len(text[place:].lstrip()))
                raise self._refusal(start, "A quotation mark is not closed, or '!' has no '=' behind it.")
            kind = match.lastindex or 0
            tokens.append(_Token(match[kind], match.start(kind), is_quoted=kind in (2, 3)))
            place = match.end()
        return [*tokens, _Token("", len(text))]

    def _placed(self, token: _Token, read: Callable[[], _Read]) -> _Read:
        """What is read of a token; an error points at it."""
        try:
            return read()
        except UsageError as error:
            raise self._refusal(token, error.message, error.repair) from None

    def _refusal(self, token: _Token, fault: str, repair: str = _REPAIR) -> UsageError:
        """The fault, with the text and a mark below the place."""
        text = _CONTROL.sub(" ", self._text)
        return UsageError(f"--where: {fault}\n  {text}\n  {' ' * token.place}^", repair=repair)
