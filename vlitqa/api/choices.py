"""What a user chooses of a run, as texts, turned into readings, metrics, engines and folders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from vlitqa.engines.cores import available_cores
from vlitqa.errors import UsageError

if TYPE_CHECKING:
    from reference_models.catalogue import ModelChoice
    from vlitqa.contracts import Engine, Metric
    from vlitqa.reader import Reading
    from vlitqa.scoring.score import ChooseEngine


def make_reading(format_name: str, mapping: list[str] | None, images: Path | None, frames: int = 0) -> Reading:
    """Makes the options of the reader; raises UsageError if both a format and a mapping are named."""
    from vlitqa.reader import Reading

    if format_name and mapping:
        raise UsageError("--format and --map exclude each other.", repair="Give one of them.")
    parts = parse_mapping(",".join(mapping or ()))
    return Reading(format=format_name, mapping=parts, images=images, frames=check_frames(frames))


def check_frames(frames: int) -> int:
    """The frames that stand for each video: none where nothing is installed that decodes them; raises UsageError."""
    from vlitqa.backends.recording_folder import can_decode_recordings
    from vlitqa.records import MOST_FRAMES

    if not isinstance(frames, int) or not 0 <= frames <= MOST_FRAMES:
        raise UsageError(f"{frames!r} frames cannot stand for a video.", repair=f"Give 0 to {MOST_FRAMES}.")
    return frames if can_decode_recordings() else 0


def load_metrics(names: str, settings: list[str] | None, seed: int) -> tuple[Metric, ...]:
    """Loads metrics by name and gives them the settings and the seed of the run."""
    from vlitqa.api.settings import apply_settings
    from vlitqa.catalogue import load_metric, metrics_named

    chosen = metrics_named(names)
    if not chosen:
        raise UsageError("--metrics names no metric.", repair="Leave it out for all; `vlitqa catalogue metrics`.")
    return apply_settings([load_metric(name) for name in chosen], settings or (), seed)


def engine_chooser(name: str, workers: int | None) -> ChooseEngine:
    """Returns what chooses the engine of a run; `auto` starts processes where they are worth their start."""
    from vlitqa.catalogue import load_engine

    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise UsageError(f"There cannot be {workers!r} workers.", repair="Give a whole number from 1 on.")
    count = workers or available_cores()
    if name != "auto":
        load_engine(name)  # a wrong name is refused before any file is read

    def choose(*, is_long: bool) -> Engine:
        chosen = name if name != "auto" else "processes" if is_long and count > 1 else "serial"
        size = {"serial": 1, "ray": workers or 0}  # a cluster counts its own cores
        return cast("Engine", load_engine(chosen)(size.get(chosen, count)))

    return choose


def check_image_roots(folders: list[Path] | None) -> tuple[Path, ...]:
    """Returns the image roots that a user names; raises UsageError for one that is no folder."""
    for folder in folders or []:
        try:
            is_folder = folder.is_dir()
        except OSError as error:
            raise UsageError(f"--image-root {folder}: {error.strerror}.", repair="Name another folder.") from None
        if not is_folder:
            raise UsageError(f"--image-root {folder} is no folder.", repair="Name the folder that holds the images.")
    return tuple(folders or ())


def parse_mapping(text: str) -> dict[str, str]:
    """Parses a mapping such as `instruction=question,image=img`; raises UsageError for a text that is none."""
    from vlitqa.formats.flat_table import MAPPABLE

    pairs: list[tuple[str, str]] = []
    for part in filter(None, text.split(",")):
        name, equals, field_name = (piece.strip() for piece in part.partition("="))
        if not equals or not field_name:
            raise UsageError(f"--map: {part!r} is not of the form part=field.", repair=f"Parts: {', '.join(MAPPABLE)}.")
        pairs.append((name, field_name))
    return check_mapping(pairs, "--map")


def check_mapping(pairs: Iterable[tuple[str, str]], option: str) -> dict[str, str]:
    """The field of each part; raises UsageError for parts that are none, or that have two fields."""
    from vlitqa.catalogue import suggestion
    from vlitqa.formats.flat_table import MAPPABLE

    mapping: dict[str, str] = {}
    for name, field_name in pairs:
        if not isinstance(field_name, str):
            raise UsageError(f"{option}: the field of {name!r} is {field_name!r}.", repair="Name it by a text.")
        if name not in MAPPABLE:
            is_swapped = field_name in MAPPABLE
            swapped = f"Write the part first: {field_name}={name}."
            repair = swapped if is_swapped else suggestion(str(name), dict.fromkeys(MAPPABLE))
            raise UsageError(f"{option}: there is no part {name!r}.", repair=repair)
        if name in mapping:
            raise UsageError(
                f"{option}: {name} is both {mapping[name]!r} and {field_name!r}.", repair="Name one field."
            )
        mapping[name] = field_name
    if mapping and not {"instruction", "response"} & mapping.keys():
        raise UsageError(f"{option} names neither instruction nor response.", repair="Map at least one of them.")
    return mapping


def split_names(texts: Sequence[str] | None) -> list[str]:
    """The names in the values of a repeatable option, which commas separate; each once."""
    return list(dict.fromkeys(name for text in texts or () for part in text.split(",") if (name := part.strip())))


def choose_models(models: str, preset: str) -> tuple[ModelChoice, ...]:
    """The models that a user names, all of one preset."""
    from reference_models.catalogue import choose_model

    choices = dict.fromkeys(choose_model(name, preset) for name in split_names([models]))
    if not choices:
        raise UsageError("--models names no model.", repair="`vlitqa catalogue reference-models` lists them.")
    return tuple(choices)
