"""Counts semantic elements and objects with HanLP's parsers, from weights that are already on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from vlitqa.algorithms.scripts import is_in_latin_letters
from vlitqa.algorithms.sentences import split_sentences
from vlitqa.backends.model_files import folder_named, repair_for
from vlitqa.backends.parsers.hanlp_files import (
    DEFAULT_MODEL,
    LICENCE,
    TRANSFORMERS,
    cached_model,
    config_of,
    digest_of_model,
    download_url_of,
    transformer_folders,
)
from vlitqa.backends.parsers.hanlp_trust import reason_for_distrust, reason_to_distrust_encoder
from vlitqa.backends.parsers.semantic_roles import ROLE_TASK, count_roles, predicates_with_roles, things_with_roles
from vlitqa.contracts.tools import ElementCount, Lack
from vlitqa.engines.threads import one_thread
from vlitqa.errors import ToolMissing, UsageError

LONGEST_PARSED_TEXT = 20_000
"""Characters; a longer text is cut before it is parsed."""
FORMALISMS: Mapping[str, tuple[str, str]] = {
    "dm": ("sdp/dm", "dm: tokens with at least one edge, that of the top included"),
    "pas": ("sdp/pas", "pas: tokens with at least one edge, that of the top included"),
    "psd": ("sdp/psd", "psd: tokens with at least one edge, that of the top included"),
    "srl": (ROLE_TASK, "srl: predicates and the spans that have a role"),
}
"""By name: HanLP's task, and the unit of its elements. Objects are those of the roles, whatever the formalism."""
_RULES_VERSION = 3
"""Rises whenever the same parse could be counted otherwise."""


@dataclass(frozen=True)
class HanLP:
    """A multi-task model of HanLP that parses semantic dependencies and labels semantic roles."""

    folder: str = ""
    """The folder of the model; empty for the default model in HanLP's cache."""
    formalism: str = "dm"

    @classmethod
    def of(cls, source: str) -> HanLP:
        """Makes it from `FOLDER`, `FOLDER@FORMALISM`, `@FORMALISM` or nothing."""
        folder, at_sign, formalism = source.rpartition("@")
        path = folder_named(source)
        if not at_sign or (path and path.is_dir()):
            folder, formalism = source, "dm"
        if formalism not in FORMALISMS:
            repair = f"Known are {', '.join(FORMALISMS)}, such as hanlp:@pas or hanlp:/models/hanlp@psd."
            raise UsageError(f"HanLP has no semantic formalism {formalism!r}.", repair=repair)
        path = folder_named(folder)
        return cls(str(path.absolute()) if path else folder, formalism)

    def missing(self) -> Lack | None:
        """Returns what it lacks here."""
        try:
            version("hanlp")
        except PackageNotFoundError:
            return Lack("the package hanlp is not installed", "pip install hanlp==2.1.5")
        folder = self._folder()
        if not folder.is_absolute():
            return Lack(f"{folder} is not the path of a folder", repair_for(self.folder, self._how_to_get_it()))
        try:
            config = config_of(folder)
            distrust = reason_for_distrust(folder, config)
        except (OSError, ValueError, RecursionError) as error:
            return Lack(f"{folder} holds no HanLP model ({error})", self._how_to_get_it())
        for task in (FORMALISMS[self.formalism][0], ROLE_TASK):
            if task not in config.get("task_names", ()):
                return Lack(f"the model in {folder} does not parse {task}", f"take a model with {task}")
        if distrust:
            return Lack(f"the model in {folder} is not loaded: {distrust}", "take a model that HanLP's makers publish")
        encoder_folders = transformer_folders(config)
        if not encoder_folders:
            name = config["encoder"]["transformer"]
            return Lack(f"the encoder {name} of the model in {folder} is not here", self._how_to_get_it())
        if distrust := reason_to_distrust_encoder(encoder_folders):
            return Lack(f"the encoder of the model in {folder} is not loaded: {distrust}", "take another model")
        return None

    def fingerprint(self) -> str:
        """Names the formalism, the rules, the model's files and the libraries."""
        packages = ", ".join(f"{package} {version(package)}" for package in ("hanlp", "torch", "transformers"))
        digest = digest_of_model(self._folder(), transformer_folders(config_of(self._folder())))
        return f"{FORMALISMS[self.formalism][0]}, rules {_RULES_VERSION}, weights {digest}, {packages}"

    def open(self) -> SemanticParser:
        """Loads the folder as HanLP itself does, without its reports of failure, which ask PyPI."""
        if lack := self.missing():
            raise ToolMissing(lack.what, repair=lack.repair)
        import torch
        from hanlp.components.mtl.multi_task_learning import MultiTaskLearning
        from hanlp.layers.transformers.resource import tokenizer_mirrors

        folder = self._folder()
        encoder = config_of(folder)["encoder"]["transformer"]
        if encoder in tokenizer_mirrors and encoder not in TRANSFORMERS:
            raise ToolMissing(
                f"HanLP would download the encoder {encoder}", repair="Take a model with another encoder."
            )
        with _no_network():
            component = MultiTaskLearning()
            component.load(str(folder), devices=0 if torch.cuda.is_available() else -1, verbose=False)
        return SemanticParser(component, self.formalism)

    def _folder(self) -> Path:
        return Path(self.folder) if self.folder else cached_model(DEFAULT_MODEL)

    def _how_to_get_it(self) -> str:
        if self.folder:
            return "name the folder of a multi-task model of HanLP, with config.json and model.pt"
        load = f"python -c \"import hanlp; hanlp.load('{download_url_of(DEFAULT_MODEL)}')\""
        return f"{load} downloads it; {LICENCE}"


class SemanticParser:
    """Counts the elements of the meaning, as the formalism sees it, and names the things that have a role in it."""

    object_unit = (
        f"{ROLE_TASK}: innermost arguments that name a thing: no pronoun, question word, attribute or reason, neither "
        "the picture nor the answer"
    )

    def __init__(self, component: Any, formalism: str) -> None:
        self._component = component
        self._task, self.unit = FORMALISMS[formalism]

    def count(self, texts: Sequence[str]) -> Sequence[ElementCount]:
        """Reads the elements and objects of every text, each in a batch of its own: longer sums round otherwise."""
        return [self._count(text) for text in texts]

    @one_thread()
    def _count(self, text: str) -> ElementCount:
        text = text[:LONGEST_PARSED_TEXT]
        sentences = list(split_sentences(text))
        if not sentences:
            return ElementCount(0, 0)
        document: Mapping[str, Any] = self._component(sentences, tasks=sorted({self._task, ROLE_TASK}))
        tokens, frames = document["tok"], document[ROLE_TASK]
        count = count_roles if self._task == ROLE_TASK else _count_connected
        objects = tuple(name for pair in zip(frames, tokens, strict=True) for name in things_with_roles(*pair))
        predicates = tuple(verb for frame in frames for verb in predicates_with_roles(frame))
        elements = sum(map(count, document[self._task]))
        return ElementCount(elements, sum(map(len, tokens)), objects, predicates, is_read=is_in_latin_letters(text))


def _count_connected(graph: Sequence[Sequence[tuple[int, str]]]) -> int:
    """Counts tokens that depend or govern; a token's edges name its heads, counted from one, and zero is the root."""
    governing = {head for edges in graph for head, _ in edges}
    return sum(bool(edges) or place in governing for place, edges in enumerate(graph, 1))


@contextmanager
def _no_network() -> Iterator[None]:
    """Keeps a tokenizer from asking the hub whether it is the newest."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
