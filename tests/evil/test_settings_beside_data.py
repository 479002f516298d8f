"""A vlitqa.toml that comes with a dataset is data: it names no server, no folder and no model of others."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.given.rows import GOOD, written
from tests.given.run_cli import vlitqa
from vlitqa.backends.model_files import folder_named, shipped_models
from vlitqa.backends.profiles import read_profile
from vlitqa.errors import UsageError
from vlitqa.storage.places import SHIPPED

SOURCES = {
    "parser": ("hanlp:evil", "hanlp:/tmp/evil@pas", "hanlp:@/tmp/evil"),
    "judge": ("server:http://127.0.0.1:9/v1@m", "llava:evil", "llava:vlitqa/nano-judge/../../../../evil", "server:@m"),
    "critic": ("server:http://127.0.0.1:9/v1@m", "causal-lm:someone/model"),
    "matcher": ("open-clip:ViT-B-16@weights.safetensors", "open-clip:evil"),
    "sentences": ("st:evil", "simcse:evil@sup", "minilm:evil"),
    "tagger": ("server:http://127.0.0.1:9/v1@m",),
}


def settings(folder: Path, kind: str, tool: str) -> None:
    (folder / "vlitqa.toml").write_text(f'[tools]\n{kind} = "{tool}"\n')


@pytest.mark.parametrize(("kind", "tool"), [(kind, tool) for kind, tools in SOURCES.items() for tool in tools])
def test_a_file_beside_data_names_nothing_that_needs_trust(tmp_path: Path, kind: str, tool: str) -> None:
    settings(tmp_path, kind, tool)
    with pytest.raises(UsageError) as caught:
        read_profile(tmp_path)
    if tool != "hanlp:@/tmp/evil":  # no formalism at all
        assert f"--tool {kind}=" in caught.value.repair.replace("'", "")


def test_the_same_tool_is_taken_from_the_user(tmp_path: Path) -> None:
    tools = [f"{kind}={tool}" for kind, (tool, *_) in SOURCES.items()]
    assert set(read_profile(tmp_path, tools=tools).tools) == set(SOURCES)


@pytest.mark.parametrize("tool", ["chunks", "hanlp"])
def test_a_tool_without_a_source_may_be_chosen(tmp_path: Path, tool: str) -> None:
    settings(tmp_path, "parser", tool)
    assert read_profile(tmp_path).tools == {"parser": tool}


def test_the_models_that_come_with_vlitqa_may_be_chosen_and_no_path_through_them(tmp_path: Path) -> None:
    settings(tmp_path, "judge", "llava:vlitqa/nano-judge")
    assert read_profile(tmp_path).tools == {"judge": "llava:vlitqa/nano-judge"}
    assert "vlitqa/nano-judge" in shipped_models()
    assert folder_named("vlitqa/nano-judge") == SHIPPED / "nano-judge"
    assert folder_named("vlitqa/nano-judge/../nano-opt") is None


@pytest.mark.slow
def test_no_key_and_no_sample_reaches_a_server_that_the_data_name(tmp_path: Path) -> None:
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(str(self.headers))
            self.send_error(500)

    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        settings(tmp_path, "judge", f"server:http://127.0.0.1:{server.server_port}/v1@m")
        dataset = written(tmp_path / "data.jsonl", GOOD)
        done = vlitqa("score", dataset, "--metrics", "accuracy", cwd=tmp_path, OPENAI_API_KEY="the user's own key")
    finally:
        server.shutdown()
        server.server_close()
    assert done.returncode == 2
    assert "a file beside data may name no server" in done.stderr
    assert asked == []
