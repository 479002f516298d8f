"""A real page of `vlitqa annotate` in a process of its own, which a test may kill and start again on the same port."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

_LONGEST_LIFE = 900.0


def write_dialogues(folder: Path, count: int, texts: Sequence[str] = ()) -> Path:
    """A dataset in TextBind's format about two pictures a row; some texts may be given."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for number in range(2):
        Image.new("RGB", (48, 48), (200 * number, 90, 40)).save(folder / "images" / f"{number}.png")
    rows = []
    for number in range(count):
        text = texts[number % len(texts)] if texts else f"What is number {number}?"
        rows.append(
            {
                "id": f"row-{number}",
                "conversation": [
                    {
                        "role": "user",
                        "content": f"<image> {text}",
                        "image_list": ["0.png"],
                        "caption_list": ["a caption"],
                    },
                    {"role": "assistant", "content": f"Here <image> it is: {text}", "image_list": ["1.png"]},
                ],
            }
        )
    path = folder / "dialogues.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


class AnnotationServer:
    """The page of a dataset; use it in a with statement."""

    def __init__(self, data: Path, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._command = [sys.executable, "-m", "vlitqa", "annotate", str(data), "--port", str(self.port), *options]
        self.links: dict[str, str] = {}
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> AnnotationServer:
        self.start()
        self._end = threading.Timer(_LONGEST_LIFE, self.kill)
        self._end.daemon = True
        self._end.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.cancel()
        self.kill()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts the server and waits for its links."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ}
        )
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if link := re.match(r"(\S+) \([\d,]+ items\): (\S+)", line):
                self.links[link[1]] = link[2]
            if line.startswith("Serving at "):
                return
        raise AssertionError("the page did not start")

    def kill(self) -> None:
        """Kills the server at once."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            if self._process.stderr:
                self._process.stderr.close()
