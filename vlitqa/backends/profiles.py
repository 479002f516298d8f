"""Which tools a run uses: a profile names candidates for each kind, flags and a vlitqa.toml name others."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vlitqa.backends.toolbox import ToolChoice
from vlitqa.catalogue import TOOLS, load_backend, suggestion
from vlitqa.errors import UsageError

FILE = "vlitqa.toml"
PROFILES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "local": {
        "sentences": ("simcse", "minilm"),
        "matcher": ("open-clip",),
        "judge": ("server", "llava"),
        "critic": ("server", "causal-lm"),
        "parser": ("hanlp", "chunks"),
        "tagger": ("phrases",),
    },
    "paper": {
        "sentences": ("simcse",),
        "matcher": ("open-clip",),
        "judge": ("llava", "server"),
        "critic": ("causal-lm", "server"),
        "parser": ("hanlp",),
        "tagger": ("server",),
    },
    "shapes": {
        "sentences": ("minilm",),
        "matcher": ("open-clip:vlitqa/nano-encoder",),
        "judge": ("llava:vlitqa/nano-judge",),
        "critic": ("causal-lm:vlitqa/nano-llama",),
        "parser": ("chunks",),
        "tagger": ("phrases",),
    },
}
"""By kind, the tools that are tried in their order. `local` takes what is here; `paper` what the review used; `shapes`
has the nano models, which know nothing but drawn shapes."""
DEFAULT = "local"


@dataclass(frozen=True, slots=True)
class Profile:
    """The name of a profile, and the tools that a user chose instead of its own."""

    name: str = DEFAULT
    tools: Mapping[str, str] = field(default_factory=dict)
    """By kind: `NAME` or `NAME:SOURCE`, such as `open-clip:ViT-L-14@/models/clip.safetensors`."""


def profile_of(folder: Path, name: str = "", tools: Sequence[str] = ()) -> Profile:
    """What holds for a dataset in this folder: its vlitqa.toml, and over it what the command line says."""
    filed = _read(folder / FILE) if (folder / FILE).is_file() else Profile()
    chosen = dict(filed.tools)
    for text in tools:
        kind, equals, tool = (part.strip() for part in text.partition("="))
        if not equals or not tool:
            raise UsageError(f"--tool: {text!r} is not of the form kind=tool.", repair="Such as --tool parser=chunks.")
        chosen[kind] = tool
    return _checked(Profile(name or filed.name, chosen), "--profile or --tool")


def choices_of(profile: Profile, kinds: Sequence[str] = tuple(TOOLS)) -> tuple[ToolChoice, ...]:
    """For each kind the first tool that can be opened here, or what the best one lacks."""
    return tuple(_choice(kind, _candidates(profile, kind)) for kind in kinds)


def _candidates(profile: Profile, kind: str) -> tuple[str, ...]:
    named = profile.tools.get(kind)
    return (named,) if named else PROFILES[profile.name][kind]


def _choice(kind: str, candidates: Sequence[str]) -> ToolChoice:
    lacks = []
    for candidate in candidates:
        name, _, source = candidate.partition(":")
        backend = load_backend(kind, name, source)
        missing = backend.missing()
        if missing is None:
            return ToolChoice(kind, backend, candidate)
        lacks.append(f"{candidate}: {missing[0]} ({missing[1]})")
    return ToolChoice(kind, lack="; ".join(lacks))


def _read(path: Path) -> Profile:
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}).", repair="Mend or remove it.") from None
    name, tools = table.pop("profile", DEFAULT), table.pop("tools", {})
    if table:
        raise UsageError(f"{path}: there is no setting {next(iter(table))!r}.", repair="Known are profile and [tools].")
    if type(name) is not str or type(tools) is not dict or not all(type(tool) is str for tool in tools.values()):
        raise UsageError(f"{path}: profile and the tools are texts.", repair='Such as parser = "chunks" under [tools].')
    return _checked(Profile(name, tools), str(path))


def _checked(profile: Profile, where: str) -> Profile:
    """The profile, if all its names are known; a wrong one is said before any file is read."""
    if profile.name not in PROFILES:
        raise UsageError(f"{where}: there is no profile {profile.name!r}.", repair=suggestion(profile.name, PROFILES))
    for kind, tool in profile.tools.items():
        if kind not in TOOLS:
            raise UsageError(f"{where}: there is no kind of tool {kind!r}.", repair=suggestion(kind, TOOLS))
        name, _, source = tool.partition(":")
        load_backend(kind, name, source)
    return profile
