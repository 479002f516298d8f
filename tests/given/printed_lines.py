"""What commands print with `--json`, held against the schema that they publish."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from vlitqa.api.schemas import PRINTED, printed_schema


def printed_lines(command: str, output: str) -> list[dict[str, Any]]:
    """The objects of all lines; fails where one is not as the schema of the command says, or has a field more."""
    schema = printed_schema(command)
    fields = {name for kind in PRINTED[command].types for name in schema["$defs"][kind.__name__]["properties"]}
    validator = jsonschema.Draft202012Validator(schema)
    lines = [json.loads(line) for line in output.splitlines()]
    for line in lines:
        validator.validate(line)
        assert not set(line) - fields
    return lines
