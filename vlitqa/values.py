"""Values: dataclasses that the type checker freezes and that are cheap to make.

A frozen dataclass sets every field through `object.__setattr__`, which costs three times as much; a dataset of a
million rows makes ten million of them. See docs/decisions/0003-values.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

Class = TypeVar("Class")


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(field,))
def value(kind: type[Class]) -> type[Class]:
    """Makes a class a value: compared by content, hashable, without room for further attributes."""
    return dataclass(slots=True, unsafe_hash=True)(kind)
