"""The endpoint on a real port: what clients get, what they are refused, and what faults of theirs it survives."""

from __future__ import annotations

import base64
import json
import math
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("uvicorn", reason="pip install 'vlitqa[models]'")

import openai  # noqa: E402

from reference_models.catalogue import choose_model  # noqa: E402
from reference_models.serving.completions import CompletionDesk  # noqa: E402
from reference_models.serving.endpoint import Access, EndpointLimits, build_endpoint  # noqa: E402
from tests.given.run_cli import vlitqa  # noqa: E402
from vlitqa.contracts.models import ReferenceModel  # noqa: E402
from vlitqa.web import server as serving  # noqa: E402

pytestmark = [pytest.mark.model, pytest.mark.slow]

NAME = "tiny"
LOCAL = Access()
LIMITS = EndpointLimits(body_bytes=1 << 20, body_seconds=0.5, waiting=1)
SCHEMA = {"type": "object", "properties": {"answer": {"type": "string", "enum": ["dark", "pale"]}}}


def picture_url(shade: int) -> str:
    file = BytesIO()
    Image.new("RGB", (64, 48), (shade, shade, shade)).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def question(text: str = "What is it?", shade: int = 0) -> dict[str, Any]:
    picture = {"type": "image_url", "image_url": {"url": picture_url(shade)}}
    return {"role": "user", "content": [picture, {"type": "text", "text": text}]}


class SlowDesk(CompletionDesk):
    """A desk that takes its time, and fails when it is asked for it."""

    seconds = 0.0
    is_broken = False
    answered = 0

    def complete(self, body: bytes) -> tuple[dict[str, Any], bool]:
        time.sleep(self.seconds)
        if self.is_broken:
            raise ZeroDivisionError("/secret/path")
        self.answered += 1
        return super().complete(body)


class Served:
    """A desk behind a port, and a client of it."""

    def __init__(self, desk: SlowDesk, port: int, failures: list[str]) -> None:
        self.desk, self.port, self.failures = desk, port, failures
        self.client = openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="a" * 20, max_retries=0)

    def complete(self, *messages: dict[str, Any], **parameters: Any) -> Any:
        return self.client.chat.completions.create(model=NAME, messages=list(messages), **parameters)  # type: ignore[call-overload]

    def refusal(self, *messages: dict[str, Any], **parameters: Any) -> tuple[int, str]:
        with pytest.raises(openai.APIStatusError) as refused:
            self.complete(*messages, **parameters)
        body: Any = refused.value.body
        return refused.value.status_code, body["message"]

    def send(self, data: bytes, *, seconds: float = 10.0) -> bytes:
        """Whatever comes back for these bytes until the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(data)
            received = bytearray()
            try:
                while part := connection.recv(65536):
                    received += part
            except ConnectionResetError:
                pass
            return bytes(received)


@contextmanager
def served(model: ReferenceModel, access: Access = LOCAL, limits: EndpointLimits = LIMITS) -> Iterator[Served]:
    desk, failures = SlowDesk(model, NAME), list[str]()
    listener = serving.open_port("127.0.0.1", 0)
    server = serving.make_server(build_endpoint(desk, access, limits, failures.append))
    listener.listen()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield Served(desk, listener.getsockname()[1], failures)
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "it stops by itself"
        listener.close()


@pytest.fixture(scope="module")
def model() -> ReferenceModel:
    return choose_model("llava", "tiny").open()


@pytest.fixture
def endpoint(model: ReferenceModel) -> Iterator[Served]:
    with served(model) as opened:
        yield opened


def test_a_client_of_openai_is_answered_as_the_model_answers(endpoint: Served) -> None:
    assert [listed.id for listed in endpoint.client.models.list()] == [NAME]
    dark, light = (endpoint.complete(question(shade=shade), max_tokens=8) for shade in (0, 255))
    assert dark.choices[0].finish_reason == "length"
    assert dark.usage.completion_tokens == 8
    assert dark.usage.total_tokens == dark.usage.prompt_tokens + 8
    assert endpoint.complete(question(), max_tokens=8).choices[0].message.content == dark.choices[0].message.content
    pieces = endpoint.complete(question(shade=255), max_tokens=8, stream=True)
    whole = "".join(piece.choices[0].delta.content or "" for piece in pieces)
    assert whole == light.choices[0].message.content


def test_a_drawn_answer_follows_its_seed(endpoint: Served) -> None:
    drawn = [
        endpoint.complete(question(), temperature=2, top_p=1, seed=seed, max_tokens=8).choices[0].message.content
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_an_answer_ends_before_a_stop(endpoint: Served) -> None:
    whole = endpoint.complete(question(), max_tokens=12).choices[0].message.content
    stop = whole[3:5]
    cut = endpoint.complete(question(), max_tokens=12, stop=[stop]).choices[0]
    assert (cut.message.content, cut.finish_reason) == (whole[: whole.find(stop)], "stop")


def test_of_listed_answers_the_most_probable_is_chosen_with_its_probability(endpoint: Served) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}
    choice = endpoint.complete(question(), response_format=form, logprobs=True, top_logprobs=5).choices[0]
    answer = json.loads(choice.message.content)["answer"]
    tokens = choice.logprobs.content
    assert "".join(token.token for token in tokens) == choice.message.content
    listed = {token.token: math.exp(token.logprob) for token in tokens[1].top_logprobs}
    assert sum(listed.values()) == pytest.approx(1)
    assert answer == max(listed, key=lambda text: listed[text])
    drawn = [
        endpoint.complete(question(), response_format=form, temperature=2, seed=seed).choices[0].message.content
        for seed in range(12)
    ]
    assert len(set(drawn)) == 2, "a tiny model of random weights prefers neither by far"


def test_an_answer_ends_where_the_context_does(endpoint: Served, model: ReferenceModel) -> None:
    long = {"role": "user", "content": "word " * 195}
    usage = endpoint.complete(long, max_tokens=400).usage
    assert usage.total_tokens <= model.context_length
    assert usage.prompt_tokens > 900


def test_a_temperature_next_to_nothing_is_that_of_the_most_probable_answer(endpoint: Served) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}
    for parameters in ({}, {"response_format": form}):
        greedy, cold = (endpoint.complete(question(), max_tokens=4, temperature=t, **parameters) for t in (0, 1e-300))
        assert greedy.choices[0].message.content == cold.choices[0].message.content
        assert endpoint.complete(question(), max_tokens=4, temperature=0.001, seed=1, **parameters).choices


def test_streams_carry_the_probabilities_too(endpoint: Served) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}
    *_, last = endpoint.complete(question(), response_format=form, logprobs=True, stream=True)
    assert [len(token.top_logprobs) for token in last.choices[0].logprobs.content] == [1, 0, 1]


def test_a_conversation_of_several_turns_is_answered(endpoint: Served) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        question(),
        {"role": "assistant", "content": "It is dark."},
        {"role": "user", "content": "And this?"},
        question("", shade=255),
    ]
    long, short = (endpoint.complete(*parts, max_tokens=2).usage.prompt_tokens for parts in (messages, messages[1:2]))
    assert long > short


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"n": 2}, "`n` must be 1: nothing else is supported."),
        ({"tools": [{"type": "function", "function": {"name": "x"}}]}, "`tools` is not supported."),
        ({"max_tokens": 0}, "`max_tokens` must be a number of at least 1."),
        ({"temperature": 9}, "`temperature` must be a number from 0 to 2."),
        ({"logprobs": True}, "`logprobs` are given only with a `response_format` whose schema lists the answers."),
        ({"stop": ["a"] * 5}, "`stop` must be a text, or a list of up to 4."),
        ({"presence_penalty": 1}, "`presence_penalty` must be 0: nothing else is supported."),
    ],
)
def test_what_cannot_be_kept_is_refused(endpoint: Served, parameters: dict[str, Any], sentence: str) -> None:
    assert endpoint.refusal(question(), **parameters) == (400, sentence)


@pytest.mark.parametrize("form", ["json_object", {"type": "json_schema", "json_schema": {"schema": {}}}, [], 3])
def test_a_form_of_answers_that_lists_none_is_refused(endpoint: Served, form: object) -> None:
    assert endpoint.refusal(question(), extra_body={"response_format": form})[0] == 400


MESSAGES: list[tuple[list[Any], str]] = [
    ([], "`messages` must be a list"),
    ([{"role": "assistant", "content": "Hi."}], "The first message must be of the user"),
    ([question(), {"role": "assistant", "content": "Hi."}], "The last message must be of the user"),
    ([{"role": "tool", "content": "x"}], "A message has the role 'tool'"),
    ([{"role": "user", "content": None}], "A message holds texts"),
    ([{"role": "user", "content": [{"type": "input_audio"}]}], "A message holds texts"),
    ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]} for url in ("http://a.b/c.png",)],
     "A picture must be a data URL"),
    ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}],
     "A picture must be a data URL"),
    ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,?"}}]}],
     "A data URL is not valid base64."),
    ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}],
     "A picture cannot be opened"),
    ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,é"}}]}],
     "A data URL is not valid base64."),
    ([{"role": "user", "content": "word " * 2_000}], "The model cannot read this conversation: it has"),
    ([{"role": "user", "content": "word " * 9_000}], "The model reads 1,024 tokens, and these are 45,000 letters."),
    ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": picture_url(0)}}] * 33}],
     "A conversation may hold 32 pictures."),
]  # fmt: skip


@pytest.mark.parametrize(("messages", "sentence"), MESSAGES)
def test_messages_that_are_no_conversation_are_refused(endpoint: Served, messages: list[Any], sentence: str) -> None:
    status, message = endpoint.refusal(*messages)
    assert status == 400
    assert message.startswith(sentence)


def test_another_model_is_not_here(endpoint: Served) -> None:
    with pytest.raises(openai.NotFoundError, match="There is no model 'gpt-9' here; this is 'tiny'"):
        endpoint.client.chat.completions.create(model="gpt-9", messages=[{"role": "user", "content": "Hi."}])


HEAD = "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (f"{HEAD}Content-Length: 9\r\n\r\n" + '{"model":', 400),
        (f"{HEAD}Content-Length: 4\r\n\r\nnull", 400),
        (f"{HEAD}Content-Length: 99999999999\r\n\r\n", 413),
(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n" + f"40000\r\n{'a' * 0x40000}\r\n" * 5, 413),
        (f"{HEAD}Content-Length: 50\r\n\r\n" + "{", 408),
        (HEAD.replace("application/json", "text/plain") + "Content-Length: 2\r\n\r\n{}", 415),
        (HEAD.replace("127.0.0.1", "evil.example") + "Content-Length: 2\r\n\r\n{}", 400),
        ("OPTIONS /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://a.b\r\n"
         "Access-Control-Request-Method: POST\r\n\r\n", 400),
        ("GET /health/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 307),
        ("GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 404),
        ("GET /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 405),
        ("\x16\x03\x01 no HTTP at all\r\n\r\n", 400),
    ],
    ids=["broken", "no object", "huge", "endless", "slow", "plain text", "another host", "another page", "moved",
         "no route", "GET", "no HTTP"],
)  # fmt: skip
def test_a_bad_request_gets_its_status_and_the_next_one_its_answer(
    endpoint: Served, request_text: str, status: int
) -> None:
    received = endpoint.send(request_text.encode("latin-1"))
    assert received.startswith(f"HTTP/1.1 {status}".encode()), received[:80]
    assert b"connection: close" in received.lower()
    assert endpoint.complete(question(), max_tokens=1).choices[0].message.content is not None


def test_a_client_that_never_speaks_is_left(endpoint: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_HEAD_SECONDS", 0.2)
    assert endpoint.send(b"") == b""
    assert endpoint.send(b"GET /v1/models HTTP/1.1\r\nHost: 127.0.") == b""
    assert endpoint.complete(question(), max_tokens=1).choices


def test_who_comes_when_too_many_wait_is_told_to_come_again(endpoint: Served) -> None:
    endpoint.desk.seconds = 0.5
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(endpoint.complete, question(), max_tokens=1) for _ in range(4)]
        errors = [call.exception() for call in asked]
    assert sum(error is None for error in errors) == 2, "one is answered and one may wait"
    assert all(isinstance(error, openai.RateLimitError) for error in errors if error)


def test_a_client_that_has_left_is_not_answered(endpoint: Served) -> None:
    endpoint.desk.seconds = 0.6
    body = json.dumps({"model": NAME, "messages": [question()], "max_tokens": 1}).encode()
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(endpoint.complete, question(), max_tokens=1)
        time.sleep(0.2)
        with socket.create_connection(("127.0.0.1", endpoint.port)) as connection:
            connection.sendall(f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            time.sleep(0.1)
        assert first.result().choices
    endpoint.desk.seconds = 0.0
    assert endpoint.complete(question(), max_tokens=1).choices
    assert endpoint.desk.answered == 2
    assert endpoint.failures == []


def test_a_fault_of_the_model_is_told_here_and_its_words_are_not_sent(endpoint: Served) -> None:
    endpoint.desk.is_broken = True
    assert endpoint.refusal(question()) == (500, "The model failed (ZeroDivisionError).")
    assert endpoint.failures == ["A request failed: ZeroDivisionError: /secret/path"]
    endpoint.desk.is_broken = False
    assert endpoint.complete(question(), max_tokens=1).choices


def test_the_reason_of_a_refusal_is_told_here_once(endpoint: Served) -> None:
    for _ in range(3):
        endpoint.refusal({"role": "user", "content": "word " * 2_000})
    (reason,) = endpoint.failures
    assert reason.startswith("Refused with status 400: The model cannot read this conversation: it has")


def test_a_key_opens_the_endpoint_and_no_other_does(model: ReferenceModel) -> None:
    with served(model, Access(key="a" * 20, hosts=("*",))) as opened:
        assert opened.complete(question(), max_tokens=1).choices
        stranger = openai.OpenAI(base_url=str(opened.client.base_url), api_key="b" * 20, max_retries=0)
        with pytest.raises(openai.AuthenticationError):
            stranger.models.list()


def test_the_scripts_of_one_page_may_ask_and_those_of_others_may_not(model: ReferenceModel) -> None:
    with served(model, Access(origins=("http://localhost:3000",))) as opened:
        for origin, status in (("http://localhost:3000", b"200"), ("http://evil.example", b"400")):
            received = opened.send(
                f"OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {origin}\r\n"
                "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            assert received.split()[1] == status


def test_the_judge_of_score_is_answered_with_probabilities(tmp_path: Path) -> None:
    patient = choose_model("llava", "tiny").open()
    patient.module.config.text_config.max_position_embeddings = 8_192
    Image.new("RGB", (64, 48)).save(tmp_path / "dark.png")
    rows = [
        {"image": "dark.png", "question": f"Is thing {number} dark?", "answer": "Yes, it is dark."}
        for number in range(3)
    ]
    dataset = tmp_path / "data.jsonl"
    dataset.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with served(patient, limits=EndpointLimits()) as opened:
        tool = f"judge=server:http://127.0.0.1:{opened.port}/v1@{NAME}"
        arguments = ("--metrics", "accuracy", "--tool", tool, "--set", "accuracy.votes=2", "--json")
        done = vlitqa("score", dataset, *arguments, cwd=tmp_path, OPENAI_API_KEY="none")
    assert done.returncode == 0, done.stderr
    (scored,) = json.loads(done.stdout)["scored"]
    figures = {(figure["name"], figure["variant"]): figure for figure in scored["summary"]["figures"]}
    assert figures["correct responses", "original"]["measured"] == 3
    assert 0 < figures["chance of correct", "sound"]["value"] < 1
