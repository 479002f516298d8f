"""What continuous integration and shells take: the hook, the action, several documents of one run, completion."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from tests.given.rows import GOOD, written
from tests.given.run_cli import vlitqa

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


def test_the_hook_passes_sound_files_and_fails_on_broken_ones(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    program, *arguments = shlex.split(hook["entry"])
    assert program == "vlitqa"
    sound, broken = written(tmp_path / "a.jsonl", GOOD), written(tmp_path / "b.jsonl", GOOD, "{")
    assert vlitqa(*arguments, sound, cwd=tmp_path).returncode == 0
    assert vlitqa(*arguments, sound, broken, cwd=tmp_path).returncode == 1
    names = {"data/train.jsonl": True, "x.parquet": True, "package.json": False, "notes.md": False}
    assert {name: bool(re.search(hook["files"], name)) for name in names} == names


def test_the_action_annotates_summarizes_and_fails_on_its_rules(tmp_path: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    (step,) = [step for step in action["runs"]["steps"] if step["name"] == "check"]
    assert set(re.findall(r"inputs\.([\w-]+)", str(step["env"]))) == set(action["inputs"])
    written(tmp_path / "a.jsonl", GOOD)
    written(tmp_path / "b.jsonl", GOOD, "{")
    program = tmp_path / "bin" / "vlitqa"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vlitqa "$@"\n')
    program.chmod(0o755)

    def run(data: str, rules: str) -> subprocess.CompletedProcess[str]:
        inputs = {"DATA": data, "RULES": rules, "OPTIONS": "--limit 5", "SARIF": "report.sarif"}
        places = {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "VLITQA_CACHE": str(tmp_path / "cache"),
        }
        command = ["bash", "-eo", "pipefail", "-c", step["run"]]
        return subprocess.run(
            command, env={**os.environ, **inputs, **places}, cwd=tmp_path, capture_output=True, text=True
        )

    passed = run("a.jsonl", "error\nany>5\n")
    assert (passed.returncode, passed.stdout.strip()) == (0, ""), passed.stderr
    failed = run("a.jsonl b.jsonl", "error\nmalformed_json>10%\n")
    assert failed.returncode == 1, failed.stderr
    assert "::error title=vlitqa%3A --fail-on malformed_json>10%25 is broken::b.jsonl" in failed.stdout
    assert "file=b.jsonl,title=vlitqa%3A malformed_json,line=2" in failed.stdout
    assert "## b.jsonl" in (tmp_path / "summary.md").read_text()
    assert (tmp_path / "report.sarif").stat().st_size > 100


def test_one_run_writes_several_documents_and_prints_tables_beside_them(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", GOOD, GOOD)
    prints = ("--print", "junit=a.xml", "--print", "markdown=a.md")
    done = vlitqa("check", "a.jsonl", *prints, cwd=tmp_path)
    assert "duplicate_row" in done.stdout
    assert ElementTree.parse(tmp_path / "a.xml").getroot().get("failures") == "0"
    assert (tmp_path / "a.md").read_text().startswith("## a.jsonl\n")
    alone = vlitqa("check", "a.jsonl", "--print", "markdown", "--print", "junit=a.xml", cwd=tmp_path)
    assert alone.stdout == (tmp_path / "a.md").read_text()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--print", "junit", "--print", "markdown"), "Standard output is for one document."),
        (("--print", "junit", "--json"), "Standard output is for one document."),
        (("--print", "junot"), "there is no layout 'junot'"),
        (("--print", "junit=absent/a.xml"), "absent"),
    ],
)
def test_documents_that_have_no_place_are_refused(options: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", GOOD)
    done = vlitqa("check", "a.jsonl", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "completions"), [("vlitqa sc", ["score", "schema"]), ("vlitqa check --fa", ["--fail-on"])]
)
def test_a_shell_completes_commands_and_options(words: str, completions: list[str]) -> None:
    asked = {"_VLITQA_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run(
        [Path(sys.executable).with_name("vlitqa")], env={**os.environ, **asked}, capture_output=True, text=True
    )
    assert done.stdout.split() == completions
