"""The vertices of a PLY file, ascii or binary."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vlitqa.errors import UsageError

_HEADER = re.compile(rb"ply\r?\n(.*?)\bend_header *\r?\n", re.DOTALL)
_HEADER_CAP = 1 << 16
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">"}
_TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
_AXES = ("x", "y", "z")
_SHORTEST_ROW = len("0 0 0\n")
_REPAIR = "Write it anew with another program, or as .xyz."


@dataclass(frozen=True, slots=True)
class _Element:
    """One kind of things in the file: its name, how many there are, and the types of their properties."""

    name: str
    count: int
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Layout:
    """The vertices, what lies before them, and how numbers are written."""

    encoding: str
    vertices: _Element
    before: tuple[_Element, ...]


def parse_ply(data: bytes, path: Path) -> NDArray[np.float64]:
    """The places of the vertices; raises UsageError for a file that is damaged or has none.  # (points, 3)"""
    header = _HEADER.match(data[:_HEADER_CAP])
    if header is None:
        raise UsageError(f"{path} is no PLY file: it has no header.", repair=_REPAIR)
    layout = _layout(header[1].decode("latin-1").splitlines(), path)
    body = data[header.end() :]
    if layout.encoding == "ascii":
        return _ascii_vertices(body, layout, path)
    return _binary_vertices(body, layout, path)


def _layout(lines: list[str], path: Path) -> _Layout:
    encoding, elements = "", list[_Element]()
    for line in lines:
        match line.split():
            case ["format", encoding, *_]:
                pass
            case ["element", name, count] if count.isdecimal() and len(count) < 12:
                elements.append(_Element(name, int(count)))
            case ["property", kind, *_, name] if elements and name not in elements[-1].properties:
                elements[-1].properties[name] = kind
            case [] | ["comment" | "obj_info", *_]:
                pass
            case _:
                raise UsageError(f"{path} has a damaged header: {line[:60]!r}.", repair=_REPAIR)
    if encoding not in ("ascii", *_ORDERS):
        raise UsageError(f"{path} is a PLY file of the format {encoding[:30]!r}.", repair=_REPAIR)
    names = [element.name for element in elements]
    if "vertex" not in names:
        raise UsageError(f"{path} has no vertices.", repair=_REPAIR)
    place = names.index("vertex")
    layout = _Layout(encoding, elements[place], tuple(elements[:place]))
    if not set(_AXES) <= layout.vertices.properties.keys():
        raise UsageError(f"{path} has vertices without x, y and z.", repair=_REPAIR)
    for element in (*layout.before, layout.vertices) if encoding != "ascii" else (layout.vertices,):
        if not set(element.properties.values()) <= _TYPES.keys():
            raise UsageError(f"{path} has lists or unknown types in or before its vertices.", repair=_REPAIR)
    return layout


def _ascii_vertices(body: bytes, layout: _Layout, path: Path) -> NDArray[np.float64]:
    """# (points, 3)"""
    count, skipped = layout.vertices.count, sum(element.count for element in layout.before)
    if count * _SHORTEST_ROW > len(body) + 1:  # the last row may lack its end of line
        raise _cut_off(path, count)
    columns = [list(layout.vertices.properties).index(axis) for axis in _AXES]
    if not count:
        return np.empty((0, 3))  # (0, 3)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of a file without rows, which is refused below
            rows = np.loadtxt(
                BytesIO(body), comments=None, skiprows=skipped, max_rows=count, usecols=columns, ndmin=2
            )  # (points, 3)
    except ValueError as error:
        reason = str(error).splitlines()[0][:100]
        raise UsageError(f"{path} has a vertex that cannot be read: {reason}.", repair=_REPAIR) from None
    if len(rows) < count:
        raise _cut_off(path, count)
    return rows


def _binary_vertices(body: bytes, layout: _Layout, path: Path) -> NDArray[np.float64]:
    """# (points, 3)"""
    order, count = _ORDERS[layout.encoding], layout.vertices.count
    start = sum(element.count * _row_type(element, order).itemsize for element in layout.before)
    row_type = _row_type(layout.vertices, order)
    if start + count * row_type.itemsize > len(body):
        raise _cut_off(path, count)
    rows = np.frombuffer(body, row_type, count, start)  # (points)
    with np.errstate(invalid="ignore"):  # what is no number stays none, and is refused by the caller
        return np.stack([rows[axis].astype(np.float64) for axis in _AXES], axis=1)


def _row_type(element: _Element, order: str) -> np.dtype[np.void]:
    return np.dtype([(name, order + _TYPES[kind]) for name, kind in element.properties.items()])


def _cut_off(path: Path, count: int) -> UsageError:
    return UsageError(f"{path} ends before its {count:,} vertices.", repair="Copy the file again.")
