"""A page of very many rows, and one of very many pictures."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reports.quality import REPORT
from tests.given.runs import row, scored
from tests.speed.test_speed import show

pytestmark = pytest.mark.speed
ROWS, PICTURES = 100_000, 5_000
REPORTS = """
import sys
from contextlib import suppress
from vlitqa.cli import main
sys.argv = ["vlitqa", "report", sys.argv[1]]
with suppress(SystemExit):
    main()
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""
"""VmHWM begins with the program; ru_maxrss would count the test run that started it."""
_SCROLL = """async () => {
  const gaps = [];
  let last = 0, place = document.querySelector("#samples").getBoundingClientRect().top + scrollY;
  return await new Promise((done) => {
    const frame = (now) => {
      if (last) gaps.push(now - last);
      last = now;
      scrollTo(0, place += 120);
      if (gaps.length < 600) requestAnimationFrame(frame);
      else done(gaps.sort((one, other) => one - other));
    };
    requestAnimationFrame(frame);
  });
}"""


def test_a_page_of_100_000_rows_is_small_and_quick(tmp_path: Path) -> None:
    dice = random.Random(1)
    words = [f"w{number}" for number in range(3_000)]
    rows = [
        row(number, f"What is {' '.join(dice.choices(words, k=6))}?", " ".join(dice.choices(words, k=40)))
        for number in range(ROWS)
    ]
    run = scored(tmp_path, rows)
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", REPORTS, str(run)], check=True, capture_output=True, text=True)
    seconds, size = time.monotonic() - started, (run / REPORT).stat().st_size
    memory = int(done.stdout.splitlines()[-1]) / 1024
    show(
        f"a page of {ROWS:,} rows",
        ("seconds, at most 20", f"{seconds:.1f}"),
        ("megabytes of the page, at most 5", f"{size / 1e6:.1f}"),
        ("megabytes of memory, at most 1,000", f"{memory:.0f}"),
    )
    assert seconds < 20
    assert size < 5_000_000
    assert memory < 1_000


def test_5_000_pictures_scroll_smoothly(tmp_path: Path) -> None:
    api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or pytest.skip("no Chromium is installed")
    draws = np.random.default_rng(0)
    (tmp_path / "images").mkdir()
    for number in range(200):
        pixels = np.kron(draws.integers(0, 255, (12, 16, 3)), np.ones((20, 20, 1))).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / "images" / f"{number}.jpg")
    rows = [
        row(number, f"What is in picture {number}?", f"Squares, {number}.", f"{number % 200}.jpg")
        for number in range(PICTURES)
    ]
    run = scored(tmp_path, rows, "--metrics", "light", "--image-root", tmp_path / "images")
    command = ["report", str(run), "--rows", str(PICTURES), "--megabytes", "100", "--output", "page.html"]
    subprocess.run([sys.executable, "-m", "vlitqa", *command], check=True, capture_output=True, cwd=tmp_path)
    with api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto((tmp_path / "page.html").as_uri())
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        loaded = page.evaluate("performance.now()")
        assert page.locator(".card img").count() == PICTURES
        page.click("[data-more=all]")
        gaps = page.evaluate(_SCROLL)
        browser.close()
    show(
        f"{PICTURES:,} pictures, drawn without a graphics card",
        ("milliseconds until the page is ready", f"{loaded:.0f}"),
        ("between frames while scrolling, median", f"{gaps[300]:.0f}"),
        ("the same, 95 of 100, at most 200", f"{gaps[570]:.0f}"),
    )
    assert gaps[570] < 200
