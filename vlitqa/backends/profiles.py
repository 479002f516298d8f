"""The choice of tools: a profile names candidates of each kind, options and a vlitqa.toml name others."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vlitqa.backends.model_files import shipped_models
from vlitqa.backends.toolbox import ToolChoice
from vlitqa.catalogue import TOOLS, load_backend, suggestion
from vlitqa.errors import UsageError

FILE = "vlitqa.toml"
_LARGEST_FILE = 8_192
"""Bytes that it may have: it names a profile and six tools, and a parser of hostile TOML may take gigabytes."""


@dataclass(frozen=True, slots=True)
class ToolPreferences:
    """The tools that a profile prefers."""

    purpose: str
    """The use of the profile, as a sentence."""
    candidates: Mapping[str, tuple[str, ...]]
    """By kind: the tools that are tried, in their order."""


PROFILES: Mapping[str, ToolPreferences] = {
    "local": ToolPreferences(
        "The best tools that this machine has.",
        {
            "sentences": ("simcse", "minilm"),
            "matcher": ("open-clip",),
            "judge": ("server", "llava"),
            "critic": ("server", "causal-lm"),
            "parser": ("hanlp", "chunks"),
            "tagger": ("phrases",),
        },
    ),
    "paper": ToolPreferences(
        "The tools that the review used.",
        {
            "sentences": ("simcse",),
            "matcher": ("open-clip",),
            "judge": ("llava", "server"),
            "critic": ("causal-lm", "server"),
            "parser": ("hanlp",),
            "tagger": ("server",),
        },
    ),
    "shapes": ToolPreferences(
        "The nano models, which know nothing but drawn shapes.",
        {
            "sentences": ("minilm",),
            "matcher": ("open-clip:vlitqa/nano-encoder",),
            "judge": ("llava:vlitqa/nano-judge",),
            "critic": ("causal-lm:vlitqa/nano-llama",),
            "parser": ("chunks",),
            "tagger": ("phrases",),
        },
    ),
}
DEFAULT = "local"


@dataclass(frozen=True, slots=True)
class Profile:
    """The name of a profile, and the tools that a user chose instead of its own."""

    name: str = DEFAULT
    tools: Mapping[str, str] = field(default_factory=dict)
    """By kind: `NAME` or `NAME:SOURCE`, such as `open-clip:ViT-L-14@/models/clip.safetensors`."""


def read_profile(folder: Path, name: str = "", tools: Sequence[str] = ()) -> Profile:
    """Reads the profile for datasets in a folder from its vlitqa.toml; the name and tools of a user go first."""
    stored = _read_file(folder / FILE) if (folder / FILE).is_file() else Profile()
    chosen = dict(stored.tools)
    for text in tools:
        kind, equals, tool = (part.strip() for part in text.partition("="))
        if not equals or not tool:
            raise UsageError(f"--tool: {text!r} is not of the form kind=tool.", repair="Such as --tool parser=chunks.")
        chosen[kind] = tool
    return _check_names(Profile(name or stored.name, chosen), "--profile or --tool")


def choose_tools(profile: Profile, kinds: Sequence[str] = tuple(TOOLS)) -> tuple[ToolChoice, ...]:
    """Chooses for each kind the first tool that can be opened here, or says what each candidate lacks."""
    return tuple(_choose(kind, _candidates(profile, kind)) for kind in kinds)


def other_tools(choices: Sequence[ToolChoice], kinds: Sequence[str]) -> dict[str, str]:
    """The tools of these kinds that the paper did not use, such as a proxy or a nano model, by kind."""
    chosen = (choice for choice in choices if choice.backend and choice.kind in kinds)
    named = ((choice.kind, *choice.name.partition(":")[::2]) for choice in chosen)
    return {
        kind: source.rpartition("/")[2] if source in shipped_models() else name
        for kind, name, source in named
        if source in shipped_models() or name not in PROFILES["paper"].candidates[kind]
    }


def _candidates(profile: Profile, kind: str) -> tuple[str, ...]:
    tool = profile.tools.get(kind)
    return (tool,) if tool else PROFILES[profile.name].candidates[kind]


def _choose(kind: str, candidates: Sequence[str]) -> ToolChoice:
    lacks = []
    for candidate in candidates:
        name, _, source = candidate.partition(":")
        backend = load_backend(kind, name, source)
        lack = backend.missing()
        if lack is None:
            return ToolChoice(kind, backend=backend, name=candidate)
        lacks.append(f"{candidate}: {lack.what} ({lack.repair})")
    return ToolChoice(kind, lack="; ".join(lacks))


def _read_file(path: Path) -> Profile:
    table = _read_table(path)
    name, tools = table.pop("profile", DEFAULT), table.pop("tools", {})
    if table:
        raise UsageError(f"{path}: there is no setting {next(iter(table))!r}.", repair="Known are profile and [tools].")
    if type(name) is not str or type(tools) is not dict or not all(type(tool) is str for tool in tools.values()):
        raise UsageError(f"{path}: profile and the tools are texts.", repair='Such as parser = "chunks" under [tools].')
    profile = _check_names(Profile(name, tools), str(path))
    _refuse_sources(profile.tools, path)
    return profile


def _read_table(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
        if len(content) > _LARGEST_FILE:
            raise UsageError(f"{path} has more than {_LARGEST_FILE:,} bytes.", repair="Mend or remove it.")
        return tomllib.loads(content.decode())
    except RecursionError:
        raise UsageError(f"{path} cannot be read (nested too deep).", repair="Mend or remove it.") from None
    except (OSError, ValueError) as error:  # also what is no TOML, no UTF-8, or an integer of thousands of digits
        raise UsageError(f"{path} cannot be read ({error}).", repair="Mend or remove it.") from None


def _refuse_sources(tools: Mapping[str, str], path: Path) -> None:
    """Raises UsageError for a server or model in a file beside data, which whoever made the data may have written."""
    for kind, tool in tools.items():
        name, _, source = tool.partition(":")
        if source and source not in shipped_models():
            option = shlex.quote(f"{kind}={tool}")
            raise UsageError(
                f"{path} names the {kind} {tool!r}: a file beside data may name no server, folder or model.",
                repair=f"If you trust it, name it yourself: --tool {option}. In the file {name!r} alone is allowed.",
            )


def _check_names(profile: Profile, where: str) -> Profile:
    """Returns the profile; raises UsageError for a name that the catalogue lacks, before any file is read."""
    if profile.name not in PROFILES:
        raise UsageError(f"{where}: there is no profile {profile.name!r}.", repair=suggestion(profile.name, PROFILES))
    for kind, tool in profile.tools.items():
        if kind not in TOOLS:
            raise UsageError(f"{where}: there is no kind of tool {kind!r}.", repair=suggestion(kind, TOOLS))
        name, _, source = tool.partition(":")
        load_backend(kind, name, source)
    return profile
