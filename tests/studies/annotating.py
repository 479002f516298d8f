"""`python -m tests.studies.annotating`: two browsers label 200 items while the server is killed 20 times.

It prints how many labels are there in the end: all of them, or something is broken.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.given.annotation_pages import AnnotationServer, write_dialogues

_PATIENCE = 60_000
"""Milliseconds in which a saved label must show."""


@contextmanager
def opened_browser() -> Iterator[Any]:
    """A real browser: the one that is installed, or that of playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def label_all(server: AnnotationServer, browser: Any, *, items: int, kills: int, seed: int) -> None:
    """Labels all items as two people by turns; now and then the server is killed, between saves or during one."""
    dice = random.Random(seed)
    pages = {}
    for name in ("anna", "ben"):
        pages[name] = browser.new_context().new_page()
        pages[name].goto(server.links[name])
        pages[name].wait_for_selector(".message")
    killed_at = set(dice.sample(range(2 * items), kills))
    for number in range(items):
        for place, (name, page) in enumerate(pages.items()):
            moment = 2 * number + place
            dies_before = moment in killed_at and dice.random() < 0.5
            if dies_before:
                server.kill()
            page.keyboard.press(dice.choice("12"))
            page.keyboard.press(dice.choice("qwer"))
            page.keyboard.press("Enter")
            if moment in killed_at and not dies_before:
                server.kill()  # during the save, or just after it
            if moment in killed_at:
                server.start()
            _wait_for_label(page, number + 1, items)
            assert name in server.links
    for page in pages.values():
        page.context.close()


def _wait_for_label(page: Any, done: int, items: int) -> None:
    if done == items:
        page.wait_for_selector("#done:not([hidden])", timeout=_PATIENCE)
    else:
        page.wait_for_selector(f"#progress:has-text(', {done} done')", timeout=_PATIENCE)


def main() -> int:
    """Prints the labels that are there; returns 1 where one is lacking."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, opened_browser() as browser:
        data = write_dialogues(Path(folder), options.items)
        with AnnotationServer(data, "--annotators", "anna,ben") as server:
            label_all(server, browser, items=options.items, kills=options.kills, seed=0)
        command = [sys.executable, "-m", "vlitqa", "annotate", str(data), "--annotators", "anna,ben", "--json"]
        report = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    labels = report["rounds"][0]["labels"]
    print(f"{labels} of {2 * options.items} labels are there, {options.kills} kills")
    return int(labels != 2 * options.items)


if __name__ == "__main__":
    sys.exit(main())
