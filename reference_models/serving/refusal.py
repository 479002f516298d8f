"""Requests that are refused, each with the sentence that the client is told."""

from __future__ import annotations

from typing import Any

_LONGEST = 300
"""Letters of a sentence."""


class Refusal(Exception):
    """A request that gets no answer, for a reason that the client can repair."""

    def __init__(self, message: str, *, status: int = 400, code: str = "invalid_value", field: str = "") -> None:
        super().__init__(message)
        self.message = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"  # it may quote the request
        self.status, self.code, self.field = status, code, field

    def body(self) -> dict[str, Any]:
        """The body of the response, in the form that clients of OpenAI know."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {"error": {"message": self.message, "type": kind, "param": self.field or None, "code": self.code}}
