"""Decides whether a folder of HanLP may be loaded: HanLP imports every class and opens every file that it names.

So nothing is loaded but the classes of HanLP's own multi-task models, each in its place, without a value that makes one
of them open a file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vlitqa.backends.model_files import read_json_object, refuse_foreign_parts
from vlitqa.errors import ToolMissing

_COMPONENT = "hanlp.components.mtl.multi_task_learning.MultiTaskLearning"
_ENCODER = "hanlp.layers.embeddings.contextual_word_embedding.ContextualWordEmbedding"
_TASKS = frozenset(
    f"hanlp.components.mtl.tasks.{task}"
    for task in (
        *("tok.tag_tok.TaggingTokenization", "pos.TransformerTagging", "lem.TransformerLemmatization"),
        *("ud.UniversalDependenciesParsing", "dep.BiaffineDependencyParsing", "sdp.BiaffineSemanticDependencyParsing"),
        *("ner.tag_ner.TaggingNamedEntityRecognition", "ner.biaffine_ner.BiaffineNamedEntityRecognition"),
        *("srl.bio_srl.SpanBIOSemanticRoleLabeling", "srl.rank_srl.SpanRankingSemanticRoleLabeling"),
        "constituency.CRFConstituencyParsing",
    )
)
_PARTS = frozenset(
    (
        *("hanlp.common.dataset.SortingSamplerBuilder", "hanlp.common.dataset.KMeansSamplerBuilder"),
        *("hanlp.common.transform.NormalizeToken", "hanlp.common.transform.NormalizeCharacter"),
        *("hanlp_trie.dictionary.TrieDict", "hanlp_trie.dictionary.TupleTrieDict"),
        "hanlp.layers.scalar_mix.ScalarMixWithDropoutBuilder",
    )
)
_VOCABULARIES = frozenset(
    f"hanlp.common.vocab.{name}"
    for name in ("Vocab", "CustomVocab", "LowercaseVocab", "VocabWithNone", "VocabWithFrequency")
)
CLASSES = frozenset((_COMPONENT, _ENCODER)) | _TASKS | _PARTS | _VOCABULARIES
"""Every class that a folder may name."""
_TASK_NAME = re.compile(r"[\w-]+(/[\w-]+)?")
"""A task's name, such as `sdp/dm`, is a part of the name of its file of vocabularies."""
_OPENED = ("embed", "filepath", "mapper")
"""Settings that HanLP opens as a file, or downloads, where they are texts."""
_ENCODER_SETTINGS: Mapping[str, tuple[object, ...]] = {
    "output_hidden_states": (True, False),
    "reference_compile": (True, False, None),
    "attn_implementation": ("eager", "sdpa"),
}
"""Settings of transformers that a model may choose, with their values; others, such as trust_remote_code, run code."""
_FILES_WITH_CODE = ("config.json", "tokenizer_config.json")
"""Files in which transformers looks for code; it would ask on the terminal whether to run it."""
_LARGEST_VOCABULARIES = 50_000_000


def reason_for_distrust(folder: Path, config: Mapping[str, Any]) -> str:
    """The first reason not to load a folder with this configuration; empty if there is none."""
    return next(_reasons(folder, config), "")


def reason_to_distrust_encoder(folders: Sequence[Path]) -> str:
    """The first reason not to read the sizes and the tokenizer of an encoder from these folders; empty if none."""
    for folder in folders:
        try:
            refuse_foreign_parts(folder)
            files = [folder / name for name in _FILES_WITH_CODE if (folder / name).is_file()]
            with_code = next((file.name for file in files if "auto_map" in read_json_object(file)), "")
        except ToolMissing as error:
            return error.message
        if with_code:
            return f"its {with_code} names code of its own"
    return ""


def _reasons(folder: Path, config: Mapping[str, Any]) -> Iterator[str]:
    rest = {name: value for name, value in config.items() if name not in ("classpath", "encoder")}
    yield from _unknown_classes({"classpath": config.get("classpath", "")}, frozenset((_COMPONENT,)))
    yield from _reasons_in_encoder(config["encoder"])
    for name, value in rest.items():
        yield from _unknown_classes(value, _TASKS | _PARTS)
        yield from _opened_files(value)
        if isinstance(value, dict) and value.get("classpath") in _TASKS:
            yield from _reasons_in_task(folder, name)


def _reasons_in_encoder(encoder: Mapping[str, Any]) -> Iterator[str]:
    rest = {name: value for name, value in encoder.items() if name not in ("classpath", "transformer_args")}
    yield from _unknown_classes({"classpath": encoder.get("classpath", "")}, frozenset((_ENCODER,)))
    yield from _unknown_classes(rest, _PARTS)
    yield from _opened_files(rest)
    if not encoder.get("trainable", True):
        yield "it takes the weights of its encoder from other files"
    settings = encoder.get("transformer_args") or {}
    if not isinstance(settings, dict):
        yield "its transformer_args are no settings"
        return
    for name, value in settings.items():
        if value not in _ENCODER_SETTINGS.get(name, ()):
            yield f"it sets {name} of transformers"


def _reasons_in_task(folder: Path, name: str) -> Iterator[str]:
    if not _TASK_NAME.fullmatch(name):
        yield f"its task {name!r} has no plain name"
        return
    path = folder / f"{name}_vocabs.json"
    if not path.is_file():
        yield f"{path.name} is missing"
        return
    if path.stat().st_size > _LARGEST_VOCABULARIES:
        yield f"{path.name} is too large"
        return
    try:
        vocabularies = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        yield f"{path.name} cannot be read"
        return
    yield from _unknown_vocabularies(vocabularies)


def _unknown_vocabularies(value: object) -> Iterator[str]:
    """Classes of vocabularies that HanLP would import by their names."""
    if not isinstance(value, dict):
        return
    kind = value.get("type")
    if "idx_to_token" in value and kind and (not isinstance(kind, str) or kind not in _VOCABULARIES):
        yield _foreign(kind)
    for child in value.values():
        yield from _unknown_vocabularies(child)


def _unknown_classes(value: object, accepted: frozenset[str]) -> Iterator[str]:
    if isinstance(value, dict):
        classpath = value.get("classpath")
        if "classpath" in value and (not isinstance(classpath, str) or classpath not in accepted):
            yield _foreign(classpath)
    for child in _children(value):
        yield from _unknown_classes(child, accepted)


def _opened_files(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name in _OPENED:
            if isinstance(value.get(name), str):
                yield f"it opens the file {value[name]!r}"
    for child in _children(value):
        yield from _opened_files(child)


def _children(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _foreign(name: object) -> str:
    return f"it asks for {name}, which no multi-task model of HanLP has there"
