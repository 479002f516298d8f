"""Whatever a system, a shell or a folder does to a command: it ends in a sentence and a code, never in a traceback."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.given.rows import GOOD, written
from tests.given.run_cli import TIMEOUT, vlitqa
from tests.given.runs import scored
from vlitqa.backends.profiles import read_profile
from vlitqa.cli.exit_codes import FAULT, MISTAKE, PARTIAL
from vlitqa.errors import UsageError

LONG = "x" * 300
FAULTY = """
from vlitqa import cli
@cli.app.command("boom")
def boom() -> None:
    raise KeyError("nobody foresaw this")
cli.main()
"""


def shell(line: str, *, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A line of a shell in which `vlitqa` is a command."""
    return subprocess.run(
        ["bash", "-c", f'vlitqa() {{ {shlex.quote(sys.executable)} -m vlitqa "$@"; }}; {line}'],
        cwd=cwd,
        env={**os.environ, "VLITQA_CACHE": str(cwd / "cache"), **environment},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=TIMEOUT,
        check=False,
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scored(tmp_path_factory.mktemp("scored"), [GOOD, {**GOOD, "id": "b"}])


def test_a_fault_of_vlitqa_is_a_sentence_with_a_code_of_its_own(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAULTY, "boom"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == FAULT
    assert "Traceback" not in done.stderr
    assert "a fault of vlitqa, in the command boom: KeyError: 'nobody foresaw this'" in done.stderr
    (kept,) = tmp_path.iterdir()
    assert str(kept) in done.stderr
    assert "in boom" in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o077 == 0, "a traceback may quote the data"


@pytest.mark.slow
def test_the_help_lists_the_exit_codes(tmp_path: Path) -> None:
    assert "4 a fault of vlitqa" in " ".join(vlitqa("--help", cwd=tmp_path).stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize("name", [LONG, "loop"])
@pytest.mark.parametrize(
    "line",
    [
        "vlitqa check {name}",
        "vlitqa score --metrics light {name}",
        "vlitqa check data.jsonl --images {name}",
        "vlitqa check data.jsonl --image-root {name}",
        "vlitqa score --metrics light data.jsonl --output {name}",
        "vlitqa report {run} --output {name}",
        "vlitqa report {name}",
    ],
)
def test_a_name_that_no_file_can_have_is_a_mistake(line: str, name: str, run: Path, tmp_path: Path) -> None:
    written(tmp_path / "data.jsonl", GOOD)
    (tmp_path / "loop").symlink_to("loop")
    done = shell(line.format(name=name, run=run), cwd=tmp_path)
    assert done.returncode == MISTAKE
    assert "Traceback" not in done.stderr
    assert name in done.stderr
    assert "fault of vlitqa" not in done.stderr


@pytest.mark.slow
def test_a_subset_whose_name_is_too_long_is_a_mistake(run: Path, tmp_path: Path) -> None:
    done = vlitqa("select", run, "--budget", 1, "--output", LONG, cwd=tmp_path)
    assert done.returncode == MISTAKE
    assert LONG in done.stderr


@pytest.mark.slow
def test_a_folder_whose_name_is_no_utf_8_is_scored_and_its_run_read(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    written(folder / "data.jsonl", GOOD)
    done = shell("cd caf*; vlitqa score --metrics light data.jsonl --image-root $PWD --json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["records"] == 1
    done = shell("cd caf*; vlitqa report runs && vlitqa check $PWD/data.jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    done = vlitqa("check", "/proc/self/mem", cwd=tmp_path)
    assert done.returncode == MISTAKE
    assert "/proc/self/mem cannot be read (Input/output error)." in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("files", [8, 12])
def test_too_few_file_handles_are_said(files: int, tmp_path: Path) -> None:
    written(tmp_path / "data.jsonl", *[{**GOOD, "id": str(number)} for number in range(400)])
    line = f"ulimit -n {files}; vlitqa score --metrics light --engine processes data.jsonl"
    done = shell(line, cwd=tmp_path)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, MISTAKE), done.stderr
    assert done.returncode == 0 or "Too many" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes a user that the system does not know")
def test_a_user_without_a_home_has_a_cache_below_the_root_folder() -> None:
    program = "import os; from vlitqa.storage.places import cache_folder; os.setuid(424242); print(cache_folder())"
    hidden = ("HOME", "VLITQA_CACHE", "XDG_CACHE_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert done.stdout == "/.cache/vlitqa\n", done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check data.jsonl", "check data.jsonl --json", "catalogue", "--version"])
def test_a_full_output_is_said(command: str, tmp_path: Path) -> None:
    written(tmp_path / "data.jsonl", GOOD)
    done = shell(f"vlitqa {command} > /dev/full", cwd=tmp_path)
    assert done.returncode == PARTIAL
    assert done.stderr.startswith("Error: Standard output cannot be written (No space left on device).")
    assert "Exception" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "0<&-", "0<&- 1>&- 2>&-"])
def test_closed_streams_change_no_exit_code(closed: str, tmp_path: Path) -> None:
    written(tmp_path / "data.jsonl", GOOD, {**GOOD, "image": "absent.jpg"})
    assert shell(f"vlitqa check data.jsonl {closed}", cwd=tmp_path).returncode == 0
    assert shell(f"vlitqa check data.jsonl --json --fail-on error {closed}", cwd=tmp_path).returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_output_without_arrows_still_gets_all_numbers(encoding: str, tmp_path: Path) -> None:
    row = json.dumps({**GOOD, "id": "größer 🐈"}, ensure_ascii=False)
    written(tmp_path / "größer.jsonl", row)
    done = shell("vlitqa score --metrics light *.jsonl", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    done = shell("vlitqa check *.jsonl --json | cat", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert json.loads(done.stdout)["path"] == "größer.jsonl"


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5_000,
        "a = " + "9" * 5_000,
        "a." * 5_000 + "a = 1",
        'profile = "' + "x" * 100_000 + '"',
        "\0",
        "\ud800",
    ],
    ids=["lists", "digits", "dots", "name", "null", "half"],
)
def test_a_settings_file_that_makes_a_parser_fail_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "vlitqa.toml").write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(UsageError, match=r"vlitqa\.toml") as caught:
        read_profile(tmp_path)
    assert len(caught.value.message) < 500


@pytest.mark.slow
def test_a_tool_with_an_endless_path_is_a_mistake(tmp_path: Path) -> None:
    written(tmp_path / "data.jsonl", GOOD)
    done = vlitqa(
        "score", "data.jsonl", "--metrics", "elements", "--tool", f"parser=hanlp:/{'x' * 100_000}", cwd=tmp_path
    )
    assert done.returncode in (0, MISTAKE)
    assert "Traceback" not in done.stderr
