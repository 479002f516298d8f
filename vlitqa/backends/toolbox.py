"""The picklable description of a run's tools: each is opened once in every worker, when it is first used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

from vlitqa.backends.image_folder import ImageFolder
from vlitqa.backends.recording_folder import RecordingFolder
from vlitqa.containers.hub_snapshot import blobs_of_snapshot
from vlitqa.contracts.tools import Backend, Encoder, Judge, Matcher, Parser, Tagger
from vlitqa.errors import ToolMissing
from vlitqa.storage.places import spell_path

_MODELS_HELD = 8
"""Open tools that a process keeps: more than one run has kinds of tools."""


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """The tool that was chosen for a kind of work, or the reason why there is none."""

    kind: str
    _: KW_ONLY
    backend: Backend | None = None
    name: str = ""
    """The tool as a user writes it, such as `open-clip:ViT-B-16@openai`."""
    lack: str = ""
    """The lack and the repair of every tool that was tried."""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools that a run uses, none of them open."""

    image_roots: tuple[str, ...] = ()
    choices: tuple[ToolChoice, ...] = ()

    def open(self) -> OpenTools:
        """Returns the tools, ready for use; a process opens each model once, whoever asks for it."""
        return _open_tools(self)

    def forget_images(self) -> None:
        """Forgets the decoded images: their files may change between two runs of one process."""
        _open_tools.cache_clear()

    def lacks(self, kinds: tuple[str, ...]) -> str:
        """Returns why the first missing tool of these kinds cannot be used; empty if none is missing."""
        return next((lack for kind in kinds if (lack := self._lack(kind))), "")

    def fingerprints(self, kinds: tuple[str, ...]) -> Mapping[str, str]:
        """Returns the fingerprints of the tools of these kinds, by kind."""
        return {
            choice.kind: choice.backend.fingerprint()
            for choice in self.choices
            if choice.backend and choice.kind in kinds
        }

    def description(self) -> str:
        """Returns one sentence about the tools of a run; empty for a run without tools."""
        chosen = ", ".join(f"{choice.kind} {choice.name}" for choice in self.choices if choice.backend)
        missing = ", ".join(choice.kind for choice in self.choices if not choice.backend)
        without = f"without {missing} (`vlitqa doctor` says what each needs)" if missing else ""
        return f"Tools: {'; '.join(filter(None, (chosen, without)))}." if self.choices else ""

    def _lack(self, kind: str) -> str:
        choice = next((choice for choice in self.choices if choice.kind == kind), None)
        return choice.lack if choice else f"no {kind} was chosen"


@dataclass(frozen=True)
class OpenTools:
    """Tools that are ready for use."""

    images: ImageFolder
    recordings: RecordingFolder
    choices: tuple[ToolChoice, ...] = field(default=(), repr=False)

    @cached_property
    def sentences(self) -> Encoder:
        """Encodes sentences."""
        return cast(Encoder, self._open("sentences"))

    @cached_property
    def matcher(self) -> Matcher:
        """Encodes pictures and texts into one space."""
        return cast(Matcher, self._open("matcher"))

    @cached_property
    def judge(self) -> Judge:
        """Judges samples with their pictures."""
        return cast(Judge, self._open("judge"))

    @cached_property
    def critic(self) -> Judge:
        """Judges the text of samples alone."""
        return cast(Judge, self._open("critic"))

    @cached_property
    def parser(self) -> Parser:
        """Counts semantic elements and names objects."""
        return cast(Parser, self._open("parser"))

    @cached_property
    def tagger(self) -> Tagger:
        """Names the tasks of instructions."""
        return cast(Tagger, self._open("tagger"))

    def _open(self, kind: str) -> Any:
        for choice in self.choices:
            if choice.kind == kind and choice.backend:
                return _open_backend(choice.backend, choice.backend.fingerprint())
        raise ToolMissing(f"There is no {kind}.", repair="`vlitqa doctor` says what it needs.")


def image_roots_of(home: Path, chosen: tuple[Path, ...]) -> tuple[Path, ...]:
    """Returns the folders of images: the user's, or else the dataset's home; and the `images` in each of them.

    Where a folder is a snapshot of the hub's cache, the folder to which its links lead is one, too.
    """
    named = [root for folder in chosen or (home,) for root in (folder, folder / "images") if root.is_dir()]
    return tuple(dict.fromkeys([*named, *filter(None, map(blobs_of_snapshot, named))]))


def spelled_image_roots(home: Path, chosen: tuple[Path, ...]) -> list[str]:
    """The same folders as text, for digests: the same rows about other pictures are other data."""
    return [spell_path(str(root)) for root in image_roots_of(home, chosen)]


@lru_cache(maxsize=1)
def _open_tools(toolbox: Toolbox) -> OpenTools:
    recordings = RecordingFolder(toolbox.image_roots)
    return OpenTools(ImageFolder(toolbox.image_roots, recordings), recordings, toolbox.choices)


@lru_cache(maxsize=_MODELS_HELD)
def _open_backend(backend: Backend, _fingerprint: str) -> Any:
    """Opens a tool once; the fingerprint is part of the key, so that a tool whose files changed is opened again."""
    return backend.open()
