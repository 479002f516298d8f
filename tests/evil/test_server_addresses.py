"""Samples and keys travel where the user said, encrypted; and a server answers for itself alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.given.judge_questions import nothing_tells_the_key as nothing_tells_the_key
from tests.given.judge_questions import open_judge, question
from tests.given.judge_server import JudgeServer
from tests.given.lacks import lack_of
from tests.given.rows import GOOD, written
from tests.given.run_cli import vlitqa
from vlitqa.backends.chat.address import address_of
from vlitqa.backends.judges.served import ServerCritic, ServerJudge
from vlitqa.backends.taggers.served import ServerTagger
from vlitqa.errors import ToolMissing

pytest.importorskip("openai")
pytestmark = pytest.mark.usefixtures("nothing_tells_the_key")


@pytest.mark.parametrize("url", ["http://gpu-7:8000/v1", "http://10.0.0.7/v1", "http://127.0.0.1.example.org/v1"])
def test_plain_http_to_another_machine_is_allowed_by_the_user_alone(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    host = url.removeprefix("http://").partition("/")[0].partition(":")[0]
    judge = ServerJudge.of(f"{url}@m")
    assert lack_of(judge).repair == f"Name an https address, or allow it with VLITQA_PLAIN_HTTP={host}."
    with pytest.raises(ToolMissing, match="plain http"):
        judge.open()
    monkeypatch.setenv("VLITQA_PLAIN_HTTP", f"other, {host.upper()}")
    assert ServerJudge.of(f"{url}@m").missing() is None
    assert lack_of(ServerJudge.of("http://third/v1@m")).what


@pytest.mark.parametrize(
    "url", ["https://gpu-7/v1", "http://localhost:8000/v1", "http://127.8.0.1/v1", "http://[::1]/v1"]
)
def test_https_and_this_machine_need_no_leave(url: str) -> None:
    assert ServerJudge.of(f"{url}@m").missing() is None


def test_each_server_gives_its_own_verdicts() -> None:
    with JudgeServer(rule=lambda _: "3") as first, JudgeServer(rule=lambda _: "7") as second:
        assert open_judge(first).ask([question()])[0].answer == "3"
        assert open_judge(second).ask([question()])[0].answer == "7"
        assert open_judge(first).ask([question()])[0].answer == "3"
    assert (first.calls, second.calls) == (1, 1)


def test_a_model_of_a_new_revision_is_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with JudgeServer() as server:
        for revision in ("", "2", "2"):
            monkeypatch.setenv("VLITQA_JUDGE_REVISION", revision)
            ServerJudge.of(f"{server.url}@m").open().ask([question()])
    assert server.calls == 2


def test_the_server_is_part_of_a_fingerprint_however_it_is_written() -> None:
    same = ("https://Host/v1", "HTTPS://host:443/v1/", "https://host/v1")
    others = ("https://host/v2", "https://host:8443/v1", "https://other/v1", "http://host/v1", "https://host/V1")
    assert len({address_of(f"{url}@m").fingerprint() for url in same}) == 1
    assert len({address_of(f"{url}@m").fingerprint() for url in (*same, *others)}) == 1 + len(others)
    for tool in (ServerJudge, ServerCritic, ServerTagger):
        assert tool.of("https://host/v1@m").fingerprint() != tool.of("https://other/v1@m").fingerprint()
        assert "host" not in tool.of("https://host/v1@m").fingerprint()


@pytest.mark.slow
def test_a_run_with_another_server_measures_anew(tmp_path: Path) -> None:
    dataset = written(tmp_path / "data.jsonl", GOOD)

    def calls_of_a_run(server: JudgeServer) -> int:
        tool = f"critic=server:{server.url}@m"
        done = vlitqa("score", dataset, "--metrics", "difficulty", "--tool", tool, "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return server.calls

    with JudgeServer(rule=lambda _: "3") as first, JudgeServer(rule=lambda _: "3") as second:
        assert calls_of_a_run(first) > 0
        assert calls_of_a_run(second) == calls_of_a_run(first), "the second server answered what the first was asked"
