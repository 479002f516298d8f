"""A server that was shown a key and samples can neither get the key into results nor answer for others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.given.judge_questions import KEY, PATIENCE, question, questions
from tests.given.judge_questions import nothing_tells_the_key as nothing_tells_the_key
from tests.given.judge_server import JudgeServer
from tests.given.raw_server import RawConnection, RawServer
from vlitqa.backends.chat.address import Address
from vlitqa.backends.chat.secret import Secret
from vlitqa.backends.judges.served import ServerJudge
from vlitqa.backends.taggers.served import ServerTagger
from vlitqa.errors import ToolMissing
from vlitqa.results import Status

pytest.importorskip("openai")
pytestmark = pytest.mark.usefixtures("nothing_tells_the_key")


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


DISGUISES = {
    "as it is": f'{{"tags": ["{KEY}"]}}',
    "in small letters": f'{{"tags": ["{KEY.lower()}"]}}',
    "escaped": f'{{"tags": ["{escaped(KEY)}"]}}',
    "reversed": f'{{"tags": ["{KEY[::-1]}"]}}',
    "in halves": json.dumps({"tags": [KEY[:10], KEY[10:]]}),
    "in halves, the last one first": json.dumps({"tags": [KEY[10:], "object counting", KEY[:10]]}),
    "spelled out": json.dumps({"tags": [" ".join(KEY)]}),
    "in wide letters": json.dumps({"tags": ["".join(chr(ord(letter) + 0xFEE0) for letter in KEY)]}),
    "half of it": json.dumps({"tags": [f"counting {KEY[:10]}"]}),
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_tagger_gets_no_key_into_its_tags(disguise: str, tmp_path: Path) -> None:
    with RawServer(lambda connection: connection.say(DISGUISES[disguise])) as server:
        tagger = ServerTagger(Address(server.url, "m"), PATIENCE).open()
        with pytest.raises(ToolMissing) as caught:
            tagger.candidates(["Count the cats."])
    assert "repeats the key" in caught.value.message
    assert len(server.requests) == 1
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()).lower()
    assert not any(part.lower().encode() in kept for part in (KEY[:9], KEY[-9:], KEY[::-1][:9]))


@pytest.mark.parametrize(
    ("key", "reply"),
    [
        ("none", "none"),
        ("0000000000000000000000", '{"logprob": -0.00000000000000001}'),
        (KEY, "sk- is how keys begin, and 12345 is a number"),
        ("", ""),
    ],
)
def test_what_is_no_half_of_a_key_may_stand_in_a_reply(key: str, reply: str) -> None:
    assert not Secret(key).stands_in(reply.encode())


@pytest.mark.parametrize("length", [16, 17, 40, 51, 164, 4000])
def test_every_half_of_a_key_is_recognised(length: int) -> None:
    key = "".join("abcdefghijklmnopqrstuvwxyz0123456789"[place * place * 7 % 36] for place in range(length))
    half = -(-length // 2)
    for start in range(length - half + 1):
        assert Secret(key).stands_in(f"<{key[start : start + half].upper()}>".encode())


def test_a_reply_that_nobody_asked_for_answers_no_question() -> None:
    def reply(connection: RawConnection) -> None:
        connection.say('{"answer": "2"}')
        if len(connection.server.requests) == 1:
            connection.say('{"answer": "9"}')

    with RawServer(reply) as server:
        judge = open_judge_at(server.url)
        assert [judge.ask([asked])[0].answer for asked in questions(3)] == ["2", "2", "2"]


def test_a_cookie_is_not_sent_back() -> None:
    cookie = "Set-Cookie: track=me; Path=/"
    with RawServer(lambda connection: connection.say('{"answer": "2"}', cookie)) as server:
        judge = open_judge_at(server.url)
        for asked in questions(3):
            judge.ask([asked])
    assert len(server.requests) == 3
    assert not any(b"cookie" in request.lower() for request in server.requests)


def test_a_question_to_this_machine_passes_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with JudgeServer() as server, RawServer(lambda connection: connection.say('{"answer": "9"}')) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1"))
        assert open_judge_at(server.url).ask([question()])[0].answer == "3"
    assert proxy.requests == []


def test_an_answer_with_the_key_is_no_answer() -> None:
    with RawServer(lambda connection: connection.say(json.dumps({"answer": escaped(KEY)}))) as server:
        (verdict,) = open_judge_at(server.url).ask([question()])
    assert (verdict.answer, verdict.status) == (None, Status.JUDGE_UNAVAILABLE)


def open_judge_at(url: str) -> Any:
    return ServerJudge(Address(url, "m"), PATIENCE).open()
