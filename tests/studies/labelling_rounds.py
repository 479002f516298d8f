"""`python -m tests.studies.labelling_rounds FOLDER`: three rounds of building and labelling through the real page.

Two simulated annotators label in a browser what a scripted writer wrote, whose share of wrong dialogues is known. Once
it falls with the good examples that the writer is shown, once it does not: the report must show the one and the other.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.given.annotation_pages import AnnotationServer
from tests.given.taught_writer import ROUND, keys_for, taught_writer
from tests.studies.annotating import opened_browser

ROUNDS = (1, 2, 3)
_ANNOTATORS = ("anna", "ben")
_PATIENCE = 60_000


def label_in_browser(browser: Any, link: str, annotator: str) -> None:
    """Labels all items of a link by keys, as an annotator who reads them would."""
    page = browser.new_context().new_page()
    page.goto(link)
    page.wait_for_selector(".message")
    total, done = int(page.inner_text("#progress").split(" of ")[1].split(",")[0]), 0
    while done < total:
        texts = "\n".join(page.locator(".message").all_inner_texts())
        for key in keys_for(texts, annotator, texts):
            page.keyboard.press(key)
        done += 1
        selector = "#done:not([hidden])" if done == total else f"#progress:has-text(', {done} done')"
        page.wait_for_selector(selector, timeout=_PATIENCE)
    page.context.close()


def _vlitqa(*arguments: object) -> str:
    command = [sys.executable, "-m", "vlitqa", *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def run_rounds(folder: Path, browser: Any, rows: int, *, learns: bool) -> dict[str, Any]:
    """Builds and labels three rounds; gives the report of them all."""
    folder.mkdir(parents=True)
    runs: list[Path] = []
    with taught_writer(learns=learns) as writer:
        for seed in ROUNDS:
            recipe = folder / f"{seed}.toml"
            pool = 'pool = "pool.jsonl"' if runs else ""
            recipe.write_text(ROUND.format(seed=seed, rows=rows, scenes=400, textbind=pool), encoding="utf-8")
            _vlitqa("build", recipe, "--writer", f"server:{writer.url}@scripted", "--output", folder / "runs")
            (run,) = (folder / "runs").glob(f"build-round-{seed}-*")
            with AnnotationServer(run, "--annotators", ",".join(_ANNOTATORS)) as server:
                for name in _ANNOTATORS:
                    label_in_browser(browser, server.links[name], name)
            runs.append(run)
            _vlitqa("annotate", *runs, "--export", folder / "pool.jsonl", "--as", "pool")
    report: dict[str, Any] = json.loads(_vlitqa("annotate", *runs, "--report", "--json"))
    return report


def _show(name: str, rounds: Sequence[dict[str, Any]]) -> None:
    for number, one in enumerate(rounds, 1):
        poor = one["qualities"]["poor"]
        alpha = next(figure["alpha"] for figure in one["agreement"] if figure["name"] == "quality, ordinal")
        print(
            f"{name}, round {number}: {one['labels']} labels, poor {100 * poor['share']:.0f} % "
            f"[{100 * poor['low']:.0f}, {100 * poor['high']:.0f}], alpha {alpha:.2f}",
            flush=True,
        )


def main() -> int:
    """Prints the poor share of each round; 1 where it does not show what the writer did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=100)
    options = parser.parse_args()
    with opened_browser() as browser:
        taught = run_rounds(options.folder / "learns", browser, options.rows, learns=True)["rounds"]
        _show("a writer that learns", taught)
        deaf = run_rounds(options.folder / "ignores", browser, options.rows, learns=False)["rounds"]
        _show("a writer that ignores examples", deaf)
    learned = taught[-1]["qualities"]["poor"]
    return int(learned["share"] > 0.1 or deaf[-1]["qualities"]["poor"]["low"] <= learned["high"])


if __name__ == "__main__":
    sys.exit(main())
