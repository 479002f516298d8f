"""Thrift's compact protocol, as far as Parquet uses it: structures as mappings from the numbers of their fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Structure = dict[int, Any]
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_DEEPEST = 32
_LONG_LIST = 15
"""The size of a list that follows as a number of its own."""


def read_structure(data: bytes, place: int = 0) -> tuple[Structure, int]:
    """The structure that begins at a place, and the place behind it; raises ValueError for what is none.

    EOFError says that it goes on behind the data.
    """
    reader = _Reader(data, place)
    try:
        return reader.structure(), reader.place
    except IndexError:
        raise EOFError from None


@dataclass(slots=True)
class _Reader:
    """Bytes, and the place of the next one."""

    data: bytes
    place: int
    depth: int = 0

    def structure(self) -> Structure:
        fields: Structure = {}
        number = 0
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ValueError("nested too deep")
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            fields[number] = self._value(head & 15)
        self.depth -= 1
        return fields

    def _value(self, kind: int) -> Any:
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        if kind in (_I16, _I32, _I64):
            return self._signed()
        if kind in (_BYTE, _DOUBLE, _BINARY):
            return self._bytes({_BYTE: 1, _DOUBLE: 8}.get(kind) or self._unsigned())
        if kind in (_LIST, _SET):
            return self._list()
        if kind == _STRUCT:
            return self.structure()
        raise ValueError(f"a field of the unknown kind {kind}")

    def _list(self) -> list[Any]:
        head = self._byte()
        size, kind = head >> 4, head & 15
        if size == _LONG_LIST:
            size = self._unsigned()
        if kind in (_TRUE, _FALSE):
            kind = _BYTE  # in lists a truth value is a byte
        return [self._value(kind) for _ in range(size)]  # ends with the data, whatever the size

    def _byte(self) -> int:
        self.place += 1
        return self.data[self.place - 1]

    def _bytes(self, count: int) -> bytes:
        self.place += count
        if self.place > len(self.data):
            raise IndexError
        return self.data[self.place - count : self.place]

    def _unsigned(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number
            if shift > 63:
                raise ValueError("a number of more than 64 bits")

    def _signed(self) -> int:
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)
