"""A metric in a package of its own, installed beside vlitqa, does all that ours do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.given.rows import GOOD, written
from tests.given.run_cli import vlitqa

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
SHOUTED = [
    {**GOOD, "id": str(row), "conversations": [
        {"from": "human", "value": f"What is number {row}?"}, {"from": "gpt", "value": "It is a ball" + "!" * row}
    ]}
    for row in range(6)
]  # fmt: skip
"""Rows whose responses have 0 to 5 exclamation marks: 2.5 on average, and two with more than three."""
for row in SHOUTED:
    row.pop("image", None)


class Environment:
    """A fresh environment in which vlitqa and one package are installed."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.folder = folder
        wheels = folder / "wheels"
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels], cwd=project, check=True
        )
        venv.create(folder / "venv", with_pip=True)
        self._python = folder / "venv" / "bin" / "python"
        (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
        ours = f"{ROOT}\n{sysconfig.get_path('purelib')}\n"  # vlitqa and what it needs are not installed again
        (packages / "vlitqa.pth").write_text(ours, encoding="utf-8")
        (wheel,) = wheels.glob("*.whl")
        install = [self._python, "-m", "pip", "install", "--no-index", "--no-deps", "--quiet", wheel]
        subprocess.run(install, check=True)

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """The finished command."""
        words = [self._python, "-m", "vlitqa", *map(str, arguments)]
        surroundings = {**os.environ, "VLITQA_CACHE": str(self.folder / "cache"), "COLUMNS": "200"}
        return subprocess.run(words, cwd=self.folder, env=surroundings, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def loud(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the package that `vlitqa new metric loud` begins."""
    folder = tmp_path_factory.mktemp("plugin")
    done = vlitqa("new", "metric", "loud", cwd=folder)
    assert done.returncode == 0, done.stderr
    return Environment(folder, folder / "vlitqa-loud")


@pytest.fixture(scope="module")
def run(loud: Environment) -> Path:
    """The run folder of six rows that are scored with the metric of the package."""
    written(loud.folder / "data.jsonl", *SHOUTED)
    done = loud.run("score", "data.jsonl", "--metrics", "loud,statistics", "--json", "--engine", "processes")
    assert done.returncode == 0, done.stderr
    return loud.folder / json.loads(done.stdout)["run"]


def test_the_test_of_a_new_metric_passes(loud: Environment) -> None:
    project = loud.folder / "vlitqa-loud"
    assert sorted(path.name for path in project.iterdir() if path.is_file()) == [
        "pyproject.toml",
        "test_loud.py",
        "vlitqa_loud.py",
    ]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(project)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_it_is_in_the_catalogue_with_its_package_and_version(loud: Environment) -> None:
    assert "(plug-in vlitqa-loud 0.1.0)" in loud.run("catalogue", "metrics").stdout
    described = loud.run("catalogue", "loud").stdout
    assert "Caveats: quoted speech counts too." in described
    assert "--set loud.PARAMETER=VALUE" in described
    assert "used, from vlitqa-loud 0.1.0" in loud.run("catalogue", "plugins").stdout
    assert "loud_high" in loud.run("catalogue", "findings").stdout


def test_its_figure_is_on_the_page_and_its_version_in_the_provenance(run: Path) -> None:
    card = json.loads((run / "scorecard.json").read_bytes())
    (scored,) = [scored for scored in card["scored"] if scored["metric"] == "loud"]
    assert scored["summary"]["figures"][0]["value"] == 2.5
    assert scored["summary"]["findings"][0]["rows"] == 2
    assert scored["provenance"]["plug-in"]["from"] == "vlitqa-loud 0.1.0"
    assert len(scored["provenance"]["plug-in"]["code"]) == 12
    assert json.loads((run / "run.json").read_bytes())["packages"]["vlitqa-loud"] == "0.1.0"
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "exclamation marks" in page
    assert "loud_high" in page


@pytest.mark.parametrize(("rule", "kept"), [("loud<=3", 4), ("drop:loud_high", 4), ("loud>=q50", 3)])
def test_select_keeps_rows_by_its_values_and_findings(rule: str, kept: int, loud: Environment, run: Path) -> None:
    subset = loud.folder / "kept.jsonl"
    done = loud.run("select", run, "--rule", rule, "--output", subset)
    assert done.returncode == 0, done.stderr
    assert len(subset.read_text(encoding="utf-8").splitlines()) == kept


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("loud.exclamation marks>2", "it is 2.5."),
        ("loud.exclamation marks>3", ""),
        ("loud_high>20%", "2 of 6 rows (33.3%)"),
        ("loud_high>2", ""),
    ],
)
def test_rules_of_fail_on_break_by_its_figures_and_findings(rule: str, broken: str, loud: Environment) -> None:
    written(loud.folder / "data.jsonl", *SHOUTED)
    done = loud.run("score", "data.jsonl", "--metrics", "loud", "--fail-on", rule)
    assert done.returncode == (1 if broken else 0), done.stderr
    assert not broken or f"data.jsonl breaks --fail-on {rule}: {broken}" in done.stderr


def test_another_version_of_its_code_is_measured_anew(loud: Environment) -> None:
    written(loud.folder / "data.jsonl", *SHOUTED)
    (module,) = (loud.folder / "venv" / "lib").glob("python*/site-packages/vlitqa_loud.py")
    code = module.read_text(encoding="utf-8")
    module.write_text(
        code.replace("return Measurement(float(count)", "return Measurement(float(2 * count)"), encoding="utf-8"
    )
    try:
        done = loud.run("score", "data.jsonl", "--metrics", "loud", "--json")
    finally:
        module.write_text(code, encoding="utf-8")
    assert json.loads(done.stdout)["scored"][0]["summary"]["figures"][0]["value"] == 5.0


def test_a_file_that_offers_the_same_name_is_refused(loud: Environment) -> None:
    done = loud.run("catalogue", "plugins", "--plugin", loud.folder / "vlitqa-loud" / "vlitqa_loud.py")
    assert done.returncode == 2
    assert "it has no table METRICS" in done.stderr
    code = (loud.folder / "vlitqa-loud" / "vlitqa_loud.py").read_text(encoding="utf-8")
    same = loud.folder / "same.py"
    same.write_text(f'{code}\nMETRICS = {{"loud": Loud}}\n', encoding="utf-8")
    done = loud.run("catalogue", "plugins", "--plugin", same)
    assert done.returncode == 2
    assert "the name is offered by vlitqa-loud 0.1.0, same.py" in done.stderr


def test_a_package_that_cannot_be_imported_is_named_and_left_out(loud: Environment) -> None:
    (module,) = (loud.folder / "venv" / "lib").glob("python*/site-packages/vlitqa_loud.py")
    code = module.read_text(encoding="utf-8")
    module.write_text("import nothing_of_this_name\n", encoding="utf-8")
    try:
        done = loud.run("check", written(loud.folder / "data.jsonl", *SHOUTED))
        listed = loud.run("catalogue", "plugins").stdout
        metrics = loud.run("catalogue", "metrics")
    finally:
        module.write_text(code, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "left out: ModuleNotFoundError: No module named 'nothing_of_this_name'" in listed
    assert "Warning: loud of the plug-in vlitqa-loud 0.1.0 is left out: ModuleNotFoundError" in metrics.stderr
    assert "lexical" in metrics.stdout
