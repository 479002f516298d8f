"""A served judge answers or says why not: whatever its server does, nothing is made up and nothing leaks."""

from __future__ import annotations

import pickle
import time
from pathlib import Path

import pytest

from tests.given.judge_questions import KEY, SCORES, open_judge, question, questions
from tests.given.judge_questions import nothing_tells_the_key as nothing_tells_the_key
from tests.given.judge_server import JudgeServer
from vlitqa.backends.chat.client import Patience
from vlitqa.backends.judges.served import ServerJudge
from vlitqa.errors import RunError
from vlitqa.results import Status

pytest.importorskip("openai")
pytestmark = pytest.mark.usefixtures("nothing_tells_the_key")

BROKEN = ("500", "busy", "reset", "truncated", "html", "broken", "list", "huge", "announced")
NO_ANSWER = ("eleven", "five", "half", "two", "twins", "prose", "deep")
UNREADABLE = ("no_choices", "odd_choices", "none", "cut", "refusal", *NO_ANSWER)


def test_a_good_judge_gives_an_answer_to_every_question_in_order() -> None:
    with JudgeServer(rule=lambda data: str(int(data.split()[1].rstrip(".")) % 10 + 1)) as server:
        verdicts = open_judge(server).ask(questions(23))
    assert [verdict.answer for verdict in verdicts] == [str(place % 10 + 1) for place in range(23)]
    assert server.calls == 23


@pytest.mark.parametrize("mode", ["bare", "fenced"])
def test_an_answer_alone_or_in_a_fence_is_an_answer(mode: str) -> None:
    with JudgeServer(mode) as server:
        assert open_judge(server).ask([question()])[0].answer == "4"


def test_probabilities_of_all_answers_are_read_from_the_token_that_answers() -> None:
    with JudgeServer("logprobs") as server:
        (verdict,) = open_judge(server).ask([question()])
    assert verdict.answer == "4"
    assert tuple(verdict.probabilities) == SCORES
    assert verdict.probabilities["4"] == pytest.approx(0.6)
    assert sum(verdict.probabilities.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("mode", BROKEN)
def test_a_server_that_stays_broken_is_asked_six_times_and_gives_no_score(mode: str) -> None:
    with JudgeServer(mode) as server:
        (verdict,) = open_judge(server).ask([question()])
    assert (verdict.answer, verdict.status) == (None, Status.JUDGE_UNAVAILABLE)
    assert verdict.reason
    assert server.calls == 6


@pytest.mark.parametrize("mode", UNREADABLE)
def test_a_reply_that_is_no_answer_is_asked_for_once_more_and_then_has_no_score(mode: str) -> None:
    with JudgeServer(mode) as server:
        (verdict,) = open_judge(server).ask([question()])
    assert (verdict.answer, verdict.status) == (None, Status.JUDGE_UNPARSABLE)
    assert verdict.reason
    assert server.calls == 2
    assert [len(request["messages"]) for request in server.requests] == [4, 4]


@pytest.mark.parametrize("mode", [f"{mode}_once" for mode in (*BROKEN, *UNREADABLE)])
def test_a_fault_that_passes_costs_one_call(mode: str) -> None:
    with JudgeServer(mode) as server:
        (verdict,) = open_judge(server).ask([question()])
    assert (verdict.answer, verdict.status) == ("3", Status.OK)
    assert server.calls == 2


@pytest.mark.parametrize(("mode", "calls"), [("busy_long", 1), ("404", 1), ("redirect", 1), ("packed", 1), ("echo", 1)])
def test_what_another_attempt_could_not_change_is_not_attempted_again(mode: str, calls: int) -> None:
    with JudgeServer() as elsewhere, JudgeServer(mode, away=elsewhere.url) as server:
        (verdict,) = open_judge(server).ask([question()])
    assert (verdict.answer, verdict.status, server.calls) == (None, Status.JUDGE_UNAVAILABLE, calls)
    assert elsewhere.calls == 0


@pytest.mark.parametrize("mode", ["hang", "drip"])
def test_a_question_to_a_server_that_never_ends_ends_at_its_deadline(mode: str) -> None:
    with JudgeServer(mode) as server:
        patience = Patience(deadline=0.8, read_timeout=0.3, first_pause=0.01, longest_pause=0.1)
        verdicts = open_judge(server, patience=patience).ask(questions(4))
    assert server.calls <= 4 * 3, "an attempt takes 0.3 s of the 0.8"
    assert {(verdict.answer, verdict.status) for verdict in verdicts} == {(None, Status.JUDGE_UNAVAILABLE)}


def test_a_server_that_asks_for_a_wait_gets_it() -> None:
    began = time.monotonic()
    with JudgeServer("busy_once") as server:
        (verdict,) = open_judge(server).ask([question()])
    assert verdict.answer == "3"
    assert time.monotonic() - began >= 0.05


def test_fifty_megabytes_are_refused_after_two() -> None:
    with JudgeServer("huge") as server:
        open_judge(server, calls=1).ask([question()])
    assert server.sent < 12 << 20  # two megabytes, and what the buffers of two sockets hold


def test_a_server_that_is_gone_is_given_up_after_twenty_questions() -> None:
    with JudgeServer("404") as server:
        judge = open_judge(server)
        verdicts = [*judge.ask(questions(60)), *judge.ask([question("one more")])]
    assert 20 <= server.calls <= 23
    assert {verdict.status for verdict in verdicts} == {Status.JUDGE_UNAVAILABLE}
    assert "in a row" in verdicts[-1].reason


@pytest.mark.parametrize("mode", ["401", "403"])
def test_a_refused_key_stops_the_run_with_a_sentence_that_does_not_hold_it(mode: str) -> None:
    with JudgeServer(mode) as server, pytest.raises(RunError) as caught:
        open_judge(server).ask(questions(30))
    error = caught.value
    assert "refuses the key" in error.message
    assert "OPENAI_API_KEY" in error.repair
    assert "CANARY" not in repr((error, vars(error), error.__cause__))
    assert pickle.loads(pickle.dumps(error)).repair == error.repair
    assert server.calls <= 8


def test_the_key_can_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "key"))
    with JudgeServer("echo") as server:  # says the key that it was shown
        (verdict,) = open_judge(server).ask([question()])
    assert verdict.reason == "the server's reply repeats the key"


def test_a_word_in_place_of_a_key_may_stand_in_a_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "answer")
    with JudgeServer() as server:
        assert open_judge(server).ask([question()])[0].answer == "3"


@pytest.mark.parametrize("content", ["two words", "ключ", "x" * 5000, None])
def test_what_is_no_key_stops_the_run(content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if content is not None:
        (tmp_path / "key").write_text(content, encoding="utf-8")
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(RunError, match="key"):
        ServerJudge.of("http://127.0.0.1:1/v1@m").open()


def test_a_budget_ends_the_calls_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLITQA_JUDGE_CALLS", "5")
    with JudgeServer() as server:
        verdicts = ServerJudge.of(f"{server.url}@m").open().ask(questions(9))
    assert server.calls == 5
    assert [verdict.status for verdict in verdicts].count(Status.OK) == 5
    left = [verdict for verdict in verdicts if verdict.answer is None]
    assert {verdict.status for verdict in left} == {Status.NOT_MEASURED}
    assert "VLITQA_JUDGE_CALLS" in left[0].reason
