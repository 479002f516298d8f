"""What a recipe would build and cost, without asking a writer, opening an image or writing a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from vlitqa.construction.budget import price_of
from vlitqa.construction.build_plan import BuildPlan, build_folder_of
from vlitqa.construction.conversation_replies import JSON_FORM
from vlitqa.construction.expansion import EXPANSION, short_parts
from vlitqa.construction.mixing import quotas_of
from vlitqa.construction.reply_store import ReplyStore, digest_of_request, replies_kept_in, sum_usages
from vlitqa.construction.strategies import (
    ADAPTION,
    SELF_INSTRUCT,
    adapter_of,
    expander_of,
    self_instruct_of,
    textbind_of,
)
from vlitqa.construction.topic_images import captioned_images
from vlitqa.construction.topics import Topics
from vlitqa.containers.built import BUILD_INFO
from vlitqa.contracts.writers import TokenUsage, Writer, WriterRequest
from vlitqa.results.building import build_result_from_json
from vlitqa.runs.damage import damage_errors

_TOKENS_OF_TURN = {JSON_FORM: 60, "lines": 45}
"""Of a conversation, about, by the form of a reply: the mean of our examples at four letters a token."""


class BuildForecast(Struct, frozen=True, kw_only=True):
    """The size of a build before its checks, and what a writer would be paid for."""

    images: int
    rows: int
    turns: int
    tasks: Mapping[str, int]
    """Turns by task, or conversations by kind."""
    requests: int = 0
    """As many for each row as an earlier build took; without one, if none is asked for twice and no row is dropped."""
    prompt_tokens: int = 0
    reply_tokens: int = 0
    replies_kept: int = 0
    """Replies of an earlier run by which tokens are foretold; without any a usual length is taken."""
    money: float | None = None
    """By the user's prices; None without them."""


def foretell(plan: BuildPlan, output: Path) -> BuildForecast:
    """Counts what the strategy would draft; checks may still drop rows, and others take their place."""
    if plan.sources.mixture:
        return _foretell_mixture(plan)
    if plan.writer is None:
        return _foretell_adaption(plan)
    orders, writer = _orders_of(plan), plan.writer.open()
    if plan.file.recipe.strategy != ADAPTION:
        rows = BuildForecast(
            images=len(plan.sources.annotated.images),
            rows=len(orders),
            turns=sum(order.turns for order in orders),
            tasks=dict(Counter(order.kind for order in orders).most_common()),
        )
    else:
        rows = _foretell_adaption(plan)
    return _with_cost(rows, orders, writer, plan, build_folder_of(plan, output))


def _foretell_mixture(plan: BuildPlan) -> BuildForecast:
    """What each dataset would give, if none of its rows is a copy or shows a picture of an exam."""
    mixture = plan.sources.mixture
    sizes = {source.name: len(source.dataset.record_rows) for source in mixture}
    gold = {source.name: sizes[source.name] for source in mixture if source.part.gold}
    quotas = quotas_of(plan.file.recipe, [source for source in mixture if not source.part.gold], sizes) | gold
    return BuildForecast(images=0, rows=sum(quotas.values()), turns=0, tasks=quotas)


def _foretell_adaption(plan: BuildPlan) -> BuildForecast:
    drafts = list(islice(adapter_of(plan.file, plan.sources).drafts(), plan.most_rows))
    return BuildForecast(
        images=len(plan.sources.annotated.images),
        rows=len(drafts),
        turns=sum(len(draft.record.turns) for draft in drafts),
        tasks=dict(Counter(task for draft in drafts for task in draft.origin.tasks()).most_common()),
    )


def _with_cost(
    rows: BuildForecast, orders: Sequence[_ForetoldOrder], writer: Writer, plan: BuildPlan, folder: Path
) -> BuildForecast:
    """A forecast with requests and their tokens, corrected by what an earlier run of the same recipe paid."""
    requests = [order.request for order in orders]
    per_turn = _TOKENS_OF_TURN[plan.file.recipe.self_instruct.form]
    usages = [TokenUsage(writer.count_tokens(order.request), per_turn * order.turns) for order in orders]
    kept, foretold = _kept_usages(requests, writer, folder), sum_usages(usages)
    requests_needed = len(orders)
    if earlier := _earlier_build(folder):
        drafts = min(rows.rows * earlier.drafts_of_row, plan.most_drafts)
        requests_needed = round(drafts * earlier.requests)
        foretold = TokenUsage(round(drafts * earlier.prompt), round(drafts * earlier.reply))
    elif kept:
        foretold = _scaled(foretold, sum_usages([usages[place] for place in kept]), sum_usages(list(kept.values())))
    return replace(
        rows,
        requests=requests_needed,
        prompt_tokens=foretold.prompt,
        reply_tokens=foretold.reply,
        replies_kept=len(kept),
        money=price_of(foretold, plan.file.recipe.writer),
    )


class _ForetoldOrder(Struct, frozen=True):
    """What would be asked for."""

    kind: str
    turns: int
    request: WriterRequest


def _orders_of(plan: BuildPlan) -> Sequence[_ForetoldOrder]:
    """What would be asked for first; of dialogues the topics are unknown, so that any images are taken together."""
    if plan.file.recipe.strategy == SELF_INSTRUCT:
        conversations = self_instruct_of(plan.file, plan.sources)
        return [
            _ForetoldOrder(order.kind, order.turns, conversations.request(order, 1, ""))
            for order in islice(conversations.orders(), plan.most_rows)
        ]
    if plan.file.recipe.strategy == ADAPTION:
        expander = expander_of(plan.file, plan.sources)
        rows = islice(expander.adapter.rows(), plan.most_rows)
        return [
            _ForetoldOrder(EXPANSION, len(parts), expander.request(row, 1, ""))
            for row in rows
            if (parts := short_parts(row))
        ]
    images = captioned_images(plan.sources.annotated)
    dialogues = textbind_of(plan.file, plan.sources, images, Topics([range(len(images))], 1, 0))
    return [
        _ForetoldOrder(order.kind, order.turns, dialogues.request(order, 1, ""))
        for order in islice(dialogues.orders(), plan.most_rows)
    ]


class _EarlierBuild(Struct, frozen=True):
    """What an earlier build of the same recipe took for each draft, with all that was asked for twice."""

    drafts_of_row: float
    requests: float
    prompt: float
    reply: float


def _earlier_build(folder: Path) -> _EarlierBuild | None:
    """By the build that lies in a folder; None where none ended there."""
    path = folder / BUILD_INFO
    if not path.is_file():
        return None
    with damage_errors(path, "Build it again."):
        result = build_result_from_json(path.read_bytes())
    rows, cost, drafts = result.rows + sum(result.controlled.values()), result.cost, result.drafted
    if not rows or not cost:
        return None
    return _EarlierBuild(drafts / rows, cost.replies / drafts, cost.prompt_tokens / drafts, cost.reply_tokens / drafts)


def _kept_usages(requests: Sequence[WriterRequest], writer: Writer, folder: Path) -> Mapping[int, TokenUsage]:
    """What the requests cost, by their places, that an earlier run has replies to."""
    if not replies_kept_in(folder):
        return {}
    with closing(ReplyStore(folder)) as store:
        replies = store.get([digest_of_request(request, writer.fingerprint()) for request in requests])
    return {place: reply.usage for place, reply in enumerate(replies) if reply and reply.usage}


def _scaled(foretold: TokenUsage, foretold_of_kept: TokenUsage, kept: TokenUsage) -> TokenUsage:
    """A forecast corrected by how far it was off where the replies are there."""
    prompt = foretold.prompt * kept.prompt / max(foretold_of_kept.prompt, 1)
    return TokenUsage(round(prompt), round(foretold.reply * kept.reply / max(foretold_of_kept.reply, 1)))
