"""The folder of a tuning: found again by its digest, locked while it is written, whole once its result is there."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from reference_models.training.descriptions import TUNED_MODEL
from reference_models.training.disk import weight_disk_errors
from reference_models.training.model_card import model_card
from reference_models.training.tuning import CHECKPOINT, STEPS
from vlitqa.contracts.models import ReferenceModel
from vlitqa.errors import RunError
from vlitqa.results.tuning import TuningResult
from vlitqa.runs.folder import folder_for
from vlitqa.storage.atomic import disk_errors, replacing
from vlitqa.storage.folder_lock import lock_folder, unlock_folder

RESULT = "tuning.json"


def tuning_digest(description: Mapping[str, object]) -> str:
    """Ten digits that change with anything that a tuning depends on."""
    return hashlib.sha256(msgspec.json.encode(description, order="deterministic")).hexdigest()[:10]


@contextmanager
def open_folder(output: Path, name: str, digest: str, date: str) -> Iterator[Path]:
    """The folder that an earlier tuning of the same digest began, or a new one; nobody else writes into it."""
    folder = folder_for(output, name, digest, date)
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle = lock_folder(folder)
    try:
        yield folder
    finally:
        unlock_folder(folder, handle)


def read_result(folder: Path) -> TuningResult | None:
    """The result in a folder; None where its tuning is not finished."""
    path = folder / RESULT
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=TuningResult)
    except msgspec.DecodeError as error:
        raise RunError(f"{path} cannot be read ({error})", repair="Delete it to tune again.") from None


def finish_folder(folder: Path, model: ReferenceModel, result: TuningResult) -> None:
    """Writes the tuned model whole, then the result, and deletes what was needed only on the way."""
    finished, unfinished = folder / TUNED_MODEL, folder / f".{TUNED_MODEL}.part"
    with weight_disk_errors(folder):
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            model.save(unfinished)
            (unfinished / "README.md").write_text(model_card(result), encoding="utf-8")
            shutil.rmtree(finished, ignore_errors=True)
            unfinished.rename(finished)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    with replacing(folder / RESULT) as file:
        file.write(msgspec.json.format(msgspec.json.encode(result)) + b"\n")
    for name in (CHECKPOINT, STEPS):
        (folder / name).unlink(missing_ok=True)
