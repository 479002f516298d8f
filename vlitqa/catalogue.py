"""Everything that can be named: our own, by hand, and behind it that of plug-ins; loaded when it is asked for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from vlitqa.contracts import Card, Format, Metric, Principle
from vlitqa.contracts.tools import Backend
from vlitqa.errors import UsageError
from vlitqa.plugins.tables import PluggableTable
from vlitqa.results.evidence import TypedEvidence
from vlitqa.results.faults import FAULTS, Fault

METRICS = PluggableTable(
    "metrics",
    {
        "integrity": "vlitqa.metrics.integrity:Integrity",
        "duplicates": "vlitqa.metrics.duplicates:Duplicates",
        "statistics": "vlitqa.metrics.statistics:Statistics",
        "lexical": "vlitqa.metrics.lexical:Lexical",
        "matching": "vlitqa.metrics.matching:Matching",
        "caption_match": "vlitqa.metrics.caption_match:CaptionMatch",
        "accuracy": "vlitqa.metrics.accuracy:Accuracy",
        "tasks": "vlitqa.metrics.tasks:Tasks",
        "instructions": "vlitqa.metrics.instructions:Instructions",
        "responses": "vlitqa.metrics.responses:Responses",
        "elements": "vlitqa.metrics.elements:Elements",
        "granularity": "vlitqa.metrics.granularity:Granularity",
        "negatives": "vlitqa.metrics.negatives:Negatives",
        "lengths": "vlitqa.metrics.lengths:Lengths",
        "difficulty": "vlitqa.metrics.difficulty:Difficulty",
        "balance": "vlitqa.metrics.balance:Balance",
        "image_variety": "vlitqa.metrics.image_variety:ImageVariety",
    },
)
FORMATS = PluggableTable(
    "formats",
    {
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
        "qwen-vl": "vlitqa.formats.qwen_vl:QwenVL",
        "finevision": "vlitqa.formats.finevision:FineVision",
        "prompt-completion": "vlitqa.formats.prompted:PROMPT_COMPLETION",
        "preferences": "vlitqa.formats.prompted:PREFERENCES",
        "openai-preferences": "vlitqa.formats.prompted:OPENAI_PREFERENCES",
        "question-preferences": "vlitqa.formats.flat_table:QUESTION_PREFERENCES",
        "chat-requests": "vlitqa.formats.chat_requests:ChatRequests",
        "gemini": "vlitqa.formats.gemini:Gemini",
        "queries": "vlitqa.formats.flat_table:QUERIES",
        "data-juicer": "vlitqa.formats.data_juicer:DataJuicer",
        "obelics": "vlitqa.formats.obelics:Obelics",
        "captions": "vlitqa.formats.flat_table:CAPTIONED_IMAGES",
        "voted-answers": "vlitqa.formats.flat_table:VOTED_ANSWERS",
        "problems": "vlitqa.formats.flat_table:PROBLEMS",
    },
)
ENGINES = PluggableTable(
    "engines",
    {
        "serial": "vlitqa.engines.serial:SerialEngine",
        "processes": "vlitqa.engines.processes:ProcessEngine",
        "ray": "vlitqa.engines.ray:RayEngine",
    },
)
_TOOLS = {
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
TOOLS = {kind: PluggableTable("tools", tools, prefix=f"{kind}.") for kind, tools in _TOOLS.items()}
"""By kind: the tools that metrics may use. Each is made from the source that stands behind its name, if any."""


def load_metric(name: str) -> Metric:
    """The metric of this name with its default parameters."""
    return cast(Metric, load_named(METRICS, name, "metric", also=("all", "light"))())


def card_of(metric: str) -> Card | None:
    """The card of a metric; None for one that the catalogue does not know any more."""
    return cast(Card, METRICS.load(metric).card) if metric in METRICS else None


def cards(metrics: Iterable[str] = METRICS) -> list[Card]:
    """The cards of these metrics, in their order; those that the catalogue does not know any more have none."""
    return list(_known(metrics))


def _known(metrics: Iterable[str]) -> Iterator[Card]:
    """Loads no metric behind the one that is looked for."""
    return (card for name in metrics if (card := card_of(name)))


def better(metric: str) -> str:
    """The side on which values of a record are better: `up`, `down`, or `none` as for a metric that is not known."""
    card = card_of(metric)
    return card.better if card else "none"


def labelling_metrics(metrics: Iterable[str] = METRICS) -> tuple[str, ...]:
    """The metrics, of these, that label turns."""
    return tuple(card.name for card in cards(metrics) if card.labels)


def voting_metrics(metrics: Iterable[str] = METRICS) -> tuple[str, ...]:
    """The metrics, of these, whose evidence holds votes."""
    return tuple(card.name for card in cards(metrics) if card.votes)


def finding_metrics(metrics: Iterable[str] = METRICS) -> tuple[str, ...]:
    """The metrics, of these, that find faults in records."""
    return tuple(card.name for card in cards(metrics) if card.finds)


def metric_that_finds(code: str, metrics: Iterable[str] = METRICS) -> str:
    """The metric, of these, that looks for a fault; empty for a fault that the reader finds, or nobody."""
    return next((card.name for card in _known(metrics) if code in card.finds), "")


def metric_measuring(principle: Principle, metrics: Iterable[str] = METRICS) -> str:
    """The metric, of these, that stands for a principle; empty where none does."""
    return next((card.name for card in _known(metrics) if card.principle is principle and not card.beside), "")


def cards_of(principle: Principle) -> list[Card]:
    """The cards of all metrics of a principle: the one that stands for it, and then those beside it."""
    return sorted((card for card in cards() if card.principle is principle), key=lambda card: card.beside)


def metric_with(evidence: type[TypedEvidence], metrics: Iterable[str] = METRICS) -> str:
    """The metric, of these, whose evidence has this type; empty where none has."""
    return next((card.name for card in _known(metrics) if load_metric(card.name).evidence is evidence), "")


def faults() -> Mapping[str, Fault]:
    """By code: every fault that the reader or a metric looks for."""
    return {**FAULTS, **{code: fault for card in cards() for code, fault in card.finds.items()}}


def metrics_named(text: str) -> list[str]:
    """The metrics of a list with commas, and those whose labels they read, in the order of the catalogue.

    `all` stands for every metric, `light` for those that need no tool.
    """
    chosen: dict[str, None] = {}
    for name in filter(None, (part.strip() for part in text.split(","))):
        light = (card.name for card in cards() if not card.tools and not card.reads)
        chosen.update(dict.fromkeys(METRICS if name == "all" else light if name == "light" else [name]))
    for name in list(chosen):
        chosen.update(dict.fromkeys(load_metric(name).card.reads))
    return [name for name in METRICS if name in chosen]


def load_format(name: str) -> Format:
    """The format of this name."""
    entry = load_named(FORMATS, name, "format")
    return cast(Format, entry() if isinstance(entry, type) else entry)


def load_engine(name: str) -> Any:
    """The class of an engine, to be made with a number of workers."""
    return load_named(ENGINES, name, "engine", also=("auto",))


def load_backend(kind: str, name: str, source: str = "") -> Backend:
    """The description of a tool, from its name and its source."""
    return cast(Backend, load_named(TOOLS[kind], name, kind).of(source))


def suggestion(name: str, names: Iterable[str]) -> str:
    """`Did you mean …?` where one of the names is near, and all of them otherwise."""
    names = sorted(names)
    near = difflib.get_close_matches(name, names, n=1)
    return f"Did you mean {near[0]}?" if near else f"Known are {', '.join(names)}."


def load_named(table: PluggableTable, name: str, kind: str, also: Iterable[str] = ()) -> Any:
    """What a table names, imported now; raises UsageError where it has no such row.

    The error suggests the nearest name, also of those that an option takes beside the table's.
    """
    if name not in table:
        raise UsageError(f"There is no {kind} {name!r}.", repair=suggestion(name, (*table, *also)))
    return table.load(name)
