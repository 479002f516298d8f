"""The script that measures a GPU runs on a processor too, with a tiny shape."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

pytestmark = pytest.mark.model


def test_the_script_measures_both_loops(capsys: pytest.CaptureFixture[str]) -> None:
    from tests.speed.gpu_tune import main

    assert main(["--shape", "tiny", "--precision", "float32", "--batch-size", "2", "--steps", "4"]) == 0
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| ")][1:]
    assert [name.removeprefix("| ") for name, *_ in rows] == ["plain transformers", "vlitqa"]
    assert all(float(tokens.replace(",", "")) > float(learned.replace(",", "")) > 0 for _, tokens, learned, *_ in rows)
