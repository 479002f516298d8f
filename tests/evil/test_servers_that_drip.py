"""A server that sends a little again and again, and never all, holds no run beyond its deadline."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from tests.given.judge_questions import nothing_tells_the_key as nothing_tells_the_key
from tests.given.judge_questions import question
from tests.given.raw_server import RawConnection, RawServer
from vlitqa.backends.chat.address import Address
from vlitqa.backends.chat.client import Patience
from vlitqa.backends.judges.served import ServerJudge
from vlitqa.contracts.tools import Verdict
from vlitqa.results import Status

pytest.importorskip("openai")
pytestmark = pytest.mark.usefixtures("nothing_tells_the_key")

HANG = 30.0
"""Seconds after which a question is taken to hang; its deadline is one second."""
PATIENCE = Patience(deadline=1.0, read_timeout=0.5, first_pause=0.01, longest_pause=0.1)
STATUS, CHUNKED = b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def dripping(begin: bytes, piece: bytes, pause: float = 0.05) -> Callable[[RawConnection], None]:
    def reply(connection: RawConnection) -> None:
        connection.send(begin)
        connection.drip(piece, pause)

    return reply


MODES = {
    "status line": dripping(b"HTTP/1.1 200 ", b"O"),
    "blank lines before the status": dripping(b"", b"\r\n"),
    "headers": dripping(STATUS, b"X: a\r\n"),
    "one endless header": dripping(STATUS + b"X: ", b"a"),
    "folded header": dripping(STATUS + b"X: a\r\n", b" a\r\n"),
    "continue": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "early hints": dripping(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
    "a flood of continue": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 0.0),
    "chunk size": dripping(CHUNKED, b"0"),
    "chunk extension": dripping(CHUNKED + b"5;", b"a"),
    "pieces of a chunk": dripping(CHUNKED + b"ffff\r\n", b" "),
    "small chunks": dripping(CHUNKED, b"1\r\n \r\n"),
    "trailers": dripping(CHUNKED + b"1\r\n{\r\n0\r\n", b"X: a\r\n"),
    "pieces of a body": dripping(STATUS + b"Content-Length: 100000\r\n\r\n", b" "),
    "a body without a length": dripping(STATUS + b"Connection: close\r\n\r\n", b" "),
    "an error": dripping(b"HTTP/1.1 500 No\r\n", b"X: a\r\n"),
    "nothing": lambda connection: connection.server.closed.wait(HANG) and None,
}


def ask(url: str) -> list[Verdict]:
    """Asks one question; empty where no verdict comes in time."""
    verdicts: list[Verdict] = []
    judge = ServerJudge(Address(url, "m"), PATIENCE).open()
    thread = threading.Thread(target=lambda: verdicts.extend(judge.ask([question()])), daemon=True)
    thread.start()
    thread.join(HANG)
    return verdicts


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_a_question_ends_at_its_deadline_and_its_connections_are_closed(mode: str) -> None:
    with RawServer(MODES[mode]) as server:
        verdicts = ask(server.url)
        assert [(verdict.answer, verdict.status) for verdict in verdicts] == [(None, Status.JUDGE_UNAVAILABLE)]
        assert server.connections
        if mode != "nothing":  # it does not look whether the client is there
            assert all(connection.is_over.wait(HANG) for connection in server.connections)
