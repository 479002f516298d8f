"""A package to begin a metric of one's own with: the metric, its test, and the file that announces it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from string import Template

from vlitqa.errors import UsageError
from vlitqa.storage.atomic import replacing


def write_new_metric(name: str, folder: Path) -> list[Path]:
    """Writes the three files of a package with a metric of this name; raises UsageError where the folder is taken."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already.", repair="Name a new or an empty folder.")
    plain = name.replace("-", "_")
    words = {
        "name": name,
        "code": f"{plain}_high",
        "module": f"vlitqa_{plain}",
        "package": f"vlitqa-{name.replace('_', '-')}",
        "class_name": "".join(part.capitalize() for part in plain.split("_")),
    }
    templates = {
        f"{words['module']}.py": "metric.py.txt",
        f"test_{plain}.py": "test_metric.py.txt",
        "pyproject.toml": "pyproject.toml.txt",
    }
    folder.mkdir(parents=True, exist_ok=True)
    for file, template in templates.items():
        text = (files("vlitqa.plugins") / "templates" / template).read_text(encoding="utf-8")
        with replacing(folder / file) as new_file:
            new_file.write(Template(text).substitute(words).encode())
    return [folder / file for file in templates]
