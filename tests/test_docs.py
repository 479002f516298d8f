"""Documents are run: what the README shows is what the commands print, and lists name exactly what there is."""

from __future__ import annotations

import inspect
import json
import re
import shlex
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

import vlitqa as package
from evaluators.benchmarks.catalogue import BENCHMARKS
from evaluators.benchmarks.zero_shot.sets import KINDS, SETS
from reference_models.catalogue import MODELS, PRESETS
from tests.given.run_cli import vlitqa
from vlitqa import contracts
from vlitqa.backends.toolbox import Toolbox
from vlitqa.catalogue import FORMATS, METRICS, load_metric
from vlitqa.contracts import Card, FigureName
from vlitqa.contracts.tools import Tools
from vlitqa.records import Record, Turn
from vlitqa.results import Figure, Measurement, Status, Summary
from vlitqa.results.evidence import NoEvidence, TypedEvidence
from vlitqa.results.faults import FAULTS
from vlitqa.shapes.files import Studio, write_seed_bench

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def table_commands() -> list[str]:
    """The commands in the README's table of what to type."""
    return re.findall(r"^\|[^|]+\| `(vlitqa [^`]+)` \|$", README, re.MULTILINE)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder that holds every file which the README's commands name."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "examples" / "images", tmp_path / "images")
    rows = [json.loads(line) for line in (ROOT / "examples" / "drawings.jsonl").read_text().splitlines()]
    for name in ("data.jsonl", "a.jsonl"):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "b.json").write_text(json.dumps(rows[:8]))
    (tmp_path / "data.csv").write_text("question,answer,img\nWhat is it?,A circle.,images/red_circle.png\n")
    answer = {"question": "What is it?", "answer": "a circle", "gt_answers": ["circle"], "image_path": "1.png"}
    (tmp_path / "answers.json").write_text(json.dumps([answer]))
    write_seed_bench(Studio(folder=tmp_path / "SEED", side=32), 1)
    (tmp_path / "exams.csv").write_text("dataset,model,exam,value\na,llava,SEED,30\nb,llava,SEED,40\n")
    (tmp_path / "table.csv").write_text("target,rater,score\na,x,1\na,y,2\nb,x,3\nb,y,5\n")
    return tmp_path


@pytest.mark.parametrize(("command", "shown"), re.findall(r"```console\n\$ (.+)\n((?:.*\n)*?)```", README))
def test_the_readme_shows_what_a_command_prints(command: str, shown: str, desk: Path) -> None:
    done = vlitqa(*shlex.split(command)[1:], cwd=desk, COLUMNS="110")
    printed = "\n".join(line.rstrip() for line in done.stdout.rstrip().splitlines())
    assert done.returncode == 0, done.stderr
    assert printed == shown.rstrip()


@pytest.mark.model
def test_every_command_of_the_readmes_table_runs(desk: Path) -> None:
    commands = table_commands()
    assert len(commands) >= 9
    for command in commands:
        words = [word.replace("/data/coco", str(desk / "images")) for word in shlex.split(command)[1:]]
        words = [str(next(desk.glob(f"{word[:-1]}*"))) if word.endswith("…") else word for word in words]
        done = vlitqa(*words, cwd=desk)
        assert done.returncode == 0, (command, done.stdout, done.stderr)


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"^make (\w+) ", README, re.MULTILINE) == ["demo", "test"]
    assert "\ndemo: setup\n" in makefile
    assert "\ntest: setup\n" in makefile
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_page_of_metrics_names_exactly_the_metrics_of_the_catalogue() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    table = page.split("## Two variants")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(METRICS)
    first_cells = " ".join(re.findall(r"^\| (`\w+`.*?) \|", page, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", first_cells)) >= {status.value for status in Status}


def test_the_page_of_formats_names_exactly_the_formats_of_the_catalogue() -> None:
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8").split("## Formats")[1]
    rows = re.findall(r"^\| (`.+?) \|$", page, re.MULTILINE)
    named = {row.split(" | ")[0].strip("`") for row in rows} | set(re.findall(r"`(m3it-images)`", page))
    assert named == set(FORMATS)


def test_the_page_of_benchmarks_names_exactly_those_there_are_with_their_files() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z][\w-]*)`(?: \(.+?\))? \| (.+) \|$", page, re.MULTILINE)
    assert {name for name, _ in rows} == set(BENCHMARKS) - set(KINDS)
    for name, cells in rows:
        if name in SETS:
            assert set(re.findall(r"`(\w+_Datasets/[^`]+)`", cells)) == set(SETS[name].files)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    found = re.search(r"^## (\S+?),", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    assert found[1] == package.__version__


def test_the_metric_of_the_guide_can_be_measured() -> None:
    page = (ROOT / "docs" / "adding-a-metric.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {**vars(contracts), **globals()}
    exec(inspect.cleandoc(block), names)  # the guide's own code
    metric = names["Exclamations"]()
    assert metric.card == Card(name="exclamations", version=1, headline=FigureName("exclamations", "sound"))
    assert metric.combine([]).figures[0].reason == "no record has a response"
    quiet, loud = Record((Turn("Is it?", "Yes."),), id="quiet"), Record((Turn("Is it?", "Yes!!"),), id="loud")
    measured = metric.measure([quiet, loud], Toolbox().open())
    assert [(each.record_id, each.value) for each in measured] == [("quiet", 0.0), ("loud", 2.0)]
    assert metric.combine(measured).figures[0].value == 1.0


def test_every_finding_says_what_it_means_and_how_it_is_repaired() -> None:
    for code, fault in FAULTS.items():
        assert fault.severity in ("error", "warning", "note"), code
        assert fault.meaning, code
        assert fault.repair.endswith("."), code


@pytest.mark.slow
@pytest.mark.parametrize("name", METRICS)
def test_the_catalogue_prints_the_help_of_every_metric(name: str, tmp_path: Path) -> None:
    done = vlitqa("catalogue", name, cwd=tmp_path)
    assert done.stdout.partition("\nParameters (")[0].strip() == inspect.cleandoc(type(load_metric(name)).__doc__ or "")


GUIDE_NAMES = (
    *(ClassVar, Iterable, Sequence, dataclass, Tools, Record, Turn),
    *(Figure, Measurement, NoEvidence, Summary, TypedEvidence),
)
"""What the guide's code imports."""


def test_the_page_of_tuning_names_the_models_presets_and_recipes_that_there_are() -> None:
    page = (ROOT / "docs" / "tune.md").read_text(encoding="utf-8")
    models, presets = page.split("## Models")[1].split("`--preset` says")
    assert re.findall(r"^\| `(\w+)` \|", models, re.MULTILINE) == list(MODELS)
    assert re.findall(r"^\| `(\w+)` \|", presets.split("##")[0], re.MULTILINE) == list(PRESETS)
