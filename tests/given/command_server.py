"""A process that has loaded what commands load, and forks itself for each of them: `python -m` would load it anew.

It is started as a program, reads a request a line, and answers each with a line: the number of the process that runs
the command, and later its exit code.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

LOADED = ("vlitqa.cli", "vlitqa.scoring.score", "reports.page", "pyarrow.parquet", "scipy.stats", "numba", "PIL.Image")
LOADED_FOR_MODELS = ("torch", "transformers", "open_clip")
WITHOUT_MODELS = "VLITQA_TESTS_WITHOUT_MODELS"
"""The variable that says that no test of these needs a model."""


def serve() -> None:
    """Answers requests until there are no more."""
    for name in LOADED if WITHOUT_MODELS in os.environ else (*LOADED, *LOADED_FOR_MODELS):
        with suppress(ImportError):
            import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        process = os.fork()
        if not process:
            _run(request)
        _answer(process)
        _, status = os.waitpid(process, 0)
        _answer(os.waitstatus_to_exitcode(status))


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _run(request: dict[str, Any]) -> None:
    """Becomes the command: its cores, folder, environment, arguments and streams, and `vlitqa` as the main module."""
    os.setpgid(0, 0)
    os.sched_setaffinity(0, request["cores"])
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for stream, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, request["stdout"], os.O_WRONLY | os.O_APPEND),
        (2, request["stderr"], os.O_WRONLY | os.O_APPEND),
    ):
        os.dup2(os.open(path, flags), stream)
    sys.argv = ["vlitqa", *request["arguments"]]
    code = 0
    try:
        runpy.run_module("vlitqa", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    serve()
