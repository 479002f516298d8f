"""The picklable description of a run's tools; opened once in every worker, and each only when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

from vlitqa.backends.image_folder import ImageFolder
from vlitqa.contracts.tools import Backend, Encoder, Judge, Matcher, Parser, Tagger
from vlitqa.errors import ToolMissing

_MODELS_HELD = 8
"""Open tools that a process keeps: more than the kinds that one run uses."""


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """A tool that was chosen for a kind of work, or why there is none."""

    kind: str
    backend: Backend | None = None
    name: str = ""
    """What a user calls it, such as `open-clip:ViT-B-16@openai`."""
    lack: str = ""
    """What is missing, and what would mend it."""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Which tools a run uses, without opening any."""

    image_roots: tuple[str, ...] = ()
    choices: tuple[ToolChoice, ...] = ()

    def open(self) -> OpenTools:
        """The tools, ready for use: the images of these roots, and models that a process opens once, whoever asks."""
        return _open_tools(self)

    def forget_images(self) -> None:
        """Forgets decoded images: their files may change between two runs of one process."""
        _open_tools.cache_clear()

    def lacks(self, kinds: tuple[str, ...]) -> str:
        """Why the first of these kinds is not to be had; empty if all are."""
        return next((why for kind in kinds if (why := self._lack(kind))), "")

    def fingerprints(self, kinds: tuple[str, ...]) -> Mapping[str, str]:
        """What stands for the tools of these kinds."""
        return {each.kind: each.backend.fingerprint() for each in self.choices if each.backend and each.kind in kinds}

    def described(self) -> str:
        """One sentence about what was chosen; empty where nothing had to be."""
        chosen = ", ".join(f"{each.kind} {each.name}" for each in self.choices if each.backend)
        absent = ", ".join(each.kind for each in self.choices if not each.backend)
        without = f"without {absent} (`vlitqa doctor` says what each needs)" if absent else ""
        return f"Tools: {'; '.join(filter(None, (chosen, without)))}." if self.choices else ""

    def _lack(self, kind: str) -> str:
        chosen = next((each for each in self.choices if each.kind == kind), None)
        return chosen.lack if chosen else f"no {kind} was chosen"


@dataclass(frozen=True)
class OpenTools:
    """Tools that are ready for use."""

    images: ImageFolder
    choices: tuple[ToolChoice, ...] = field(default=(), repr=False)

    @cached_property
    def sentences(self) -> Encoder:
        return cast(Encoder, self._open("sentences"))

    @cached_property
    def matcher(self) -> Matcher:
        return cast(Matcher, self._open("matcher"))

    @cached_property
    def judge(self) -> Judge:
        return cast(Judge, self._open("judge"))

    @cached_property
    def critic(self) -> Judge:
        return cast(Judge, self._open("critic"))

    @cached_property
    def parser(self) -> Parser:
        return cast(Parser, self._open("parser"))

    @cached_property
    def tagger(self) -> Tagger:
        return cast(Tagger, self._open("tagger"))

    def _open(self, kind: str) -> Any:
        for each in self.choices:
            if each.kind == kind and each.backend:
                return _open_backend(each.backend, each.backend.fingerprint())
        raise ToolMissing(f"There is no {kind}.", repair="`vlitqa doctor` says what it needs.")


def image_roots_of(dataset: Path, chosen: tuple[Path, ...]) -> tuple[Path, ...]:
    """The folders in which images may lie: the user's, or the dataset's own and the `images` in it."""
    if chosen:
        return chosen
    folder = dataset.absolute().parent
    return tuple(root for root in (folder, folder / "images") if root.is_dir())


@lru_cache(maxsize=1)
def _open_tools(toolbox: Toolbox) -> OpenTools:
    return OpenTools(ImageFolder(toolbox.image_roots), toolbox.choices)


@lru_cache(maxsize=_MODELS_HELD)
def _open_backend(backend: Backend, fingerprint: str) -> Any:
    """The open tool of a description; opened anew where its fingerprint says that its files changed."""
    return backend.open()
