"""Everything that can be named, as hand-written tables; a thing is loaded only when it is asked for."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import Any, cast

from vlitqa.contracts import Format, Metric
from vlitqa.contracts.tools import Backend
from vlitqa.errors import UsageError

METRICS: Mapping[str, str] = {
    "integrity": "vlitqa.metrics.integrity:Integrity",
    "duplicates": "vlitqa.metrics.duplicates:Duplicates",
    "statistics": "vlitqa.metrics.statistics:Statistics",
    "lexical": "vlitqa.metrics.lexical:Lexical",
    "matching": "vlitqa.metrics.matching:Matching",
    "accuracy": "vlitqa.metrics.accuracy:Accuracy",
    "tasks": "vlitqa.metrics.tasks:Tasks",
    "instructions": "vlitqa.metrics.instructions:Instructions",
    "responses": "vlitqa.metrics.responses:Responses",
    "elements": "vlitqa.metrics.elements:Elements",
    "difficulty": "vlitqa.metrics.difficulty:Difficulty",
    "balance": "vlitqa.metrics.balance:Balance",
}
FORMATS: Mapping[str, str] = {
    "llava": "vlitqa.formats.llava:Llava",
    "internlm": "vlitqa.formats.internlm:InternLM",
    "openai-messages": "vlitqa.formats.openai_messages:OpenAIMessages",
    "mantis": "vlitqa.formats.mantis:Mantis",
    "textbind": "vlitqa.formats.textbind:TextBind",
    "coco_arc": "vlitqa.formats.coco_arc:CocoArc",
    "qa-list": "vlitqa.formats.qa_list:QAList",
    "minigpt4": "vlitqa.formats.flat_table:MINIGPT4",
    "caption-rows": "vlitqa.formats.flat_table:CAPTION_ROWS",
    "lrv": "vlitqa.formats.flat_table:LRV",
    "llava-med": "vlitqa.formats.flat_table:LLAVA_MED",
    "vqa-rows": "vlitqa.formats.flat_table:VQA_ROWS",
    "multiinstruct": "vlitqa.formats.flat_table:MULTIINSTRUCT",
    "pope": "vlitqa.formats.flat_table:POPE",
    "alpaca": "vlitqa.formats.flat_table:ALPACA",
    "m3it": "vlitqa.formats.flat_table:M3IT",
    "m3it-images": "vlitqa.formats.flat_table:M3IT_IMAGES",
    "mimic-it": "vlitqa.formats.flat_table:MIMIC_IT",
    "webdataset": "vlitqa.formats.flat_table:WEBDATASET",
}
ENGINES: Mapping[str, str] = {
    "serial": "vlitqa.engines.serial:SerialEngine",
    "processes": "vlitqa.engines.processes:ProcessEngine",
    "ray": "vlitqa.engines.ray:RayEngine",
}
TOOLS: Mapping[str, Mapping[str, str]] = {
    "sentences": {
        "minilm": "vlitqa.backends.encoders.sentences:MiniLM",
        "simcse": "vlitqa.backends.encoders.sentences:SimCSE",
        "st": "vlitqa.backends.encoders.sentence_transformers_encoder:SentenceTransformers",
    },
    "matcher": {"open-clip": "vlitqa.backends.encoders.image_text:OpenClip"},
    "judge": {
        "server": "vlitqa.backends.judges.served:ServerJudge",
        "llava": "vlitqa.backends.judges.local:LlavaJudge",
    },
    "critic": {
        "server": "vlitqa.backends.judges.served:ServerCritic",
        "causal-lm": "vlitqa.backends.judges.local:CausalCritic",
    },
    "parser": {
        "hanlp": "vlitqa.backends.parsers.hanlp_parser:HanLP",
        "chunks": "vlitqa.backends.parsers.chunks:Chunks",
    },
    "tagger": {
        "phrases": "vlitqa.backends.taggers.phrases:Phrases",
        "server": "vlitqa.backends.taggers.served:ServerTagger",
    },
}
"""By kind: the tools that metrics may use. Each is made from the source that stands behind its name, if any."""
TABLES: Mapping[str, Mapping[str, str]] = {"metrics": METRICS, "formats": FORMATS, "engines": ENGINES}


def load_metric(name: str) -> Metric:
    return cast(Metric, _load(METRICS, name, "metric")())


def better(metric: str) -> str:
    """Which value of a record is better, as the metric's card says; `none` for a metric that nobody knows any more."""
    return load_metric(metric).card.better if metric in METRICS else "none"


def metrics_named(text: str) -> list[str]:
    """The metrics of a list with commas, and those whose labels they read, in the order of the catalogue.

    `all` stands for every metric, `light` for those that need no tool.
    """
    wanted: dict[str, None] = {}
    for name in filter(None, (part.strip() for part in text.split(","))):
        light = (each for each in METRICS if not (card := load_metric(each).card).tools and not card.reads)
        wanted.update(dict.fromkeys(METRICS if name == "all" else light if name == "light" else [name]))
    for name in list(wanted):
        wanted.update(dict.fromkeys(load_metric(name).card.reads))
    return [name for name in METRICS if name in wanted]


def load_format(name: str) -> Format:
    found = _load(FORMATS, name, "format")
    return cast(Format, found() if isinstance(found, type) else found)


def load_engine(name: str) -> Any:
    """The class of an engine, to be made with a number of workers."""
    return _load(ENGINES, name, "engine")


def load_backend(kind: str, name: str, source: str = "") -> Backend:
    """The description of a tool, from its name and its source."""
    return cast(Backend, load_tool(kind, name).of(source))


def load_tool(kind: str, name: str) -> Any:
    """The class of a tool, to be made of a source."""
    return _load(TOOLS[kind], name, kind)


def suggestion(name: str, known: Mapping[str, object]) -> str:
    """`Did you mean …?` where a known name is near, and the known names otherwise."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"Known are {', '.join(sorted(known))}."


def _load(table: Mapping[str, str], name: str, kind: str) -> Any:
    if name not in table:
        raise UsageError(f"There is no {kind} {name!r}.", repair=suggestion(name, table))
    module, _, attribute = table[name].partition(":")
    return getattr(importlib.import_module(module), attribute)
