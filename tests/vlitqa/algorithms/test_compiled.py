"""Functions are made machine code wherever they come from."""

from __future__ import annotations

from typing import Any

from vlitqa.algorithms.compiled import compiled


def test_a_function_is_compiled_even_where_nothing_can_be_kept() -> None:
    scope: dict[str, Any] = {}
    exec("def twice(number):\n    return 2 * number", scope)  # a function without a file has no folder beside it
    assert compiled(scope["twice"])(21) == 42
