"""What a recipe would build and cost, without asking a writer, opening an image or writing a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path

from msgspec import Struct

from vlitqa.construction.budget import price_of
from vlitqa.construction.build_plan import BuildPlan, build_folder_of
from vlitqa.construction.conversation_orders import ConversationOrder, conversation_orders
from vlitqa.construction.conversation_prompts import ConversationPrompts
from vlitqa.construction.recipe import Recipe
from vlitqa.construction.reply_store import ReplyStore, digest_of_request, replies_kept_in, sum_usages
from vlitqa.construction.strategies import drafts_of, prompts_of
from vlitqa.contracts.writers import TokenUsage, Writer


class BuildForecast(Struct, frozen=True, kw_only=True):
    """The size of a build before its checks, and what a writer would be paid for."""

    images: int
    rows: int
    turns: int
    tasks: Mapping[str, int]
    """Turns by task, or conversations by kind."""
    requests: int = 0
    """Requests if no reply has to be asked for twice and no row is dropped."""
    prompt_tokens: int = 0
    reply_tokens: int = 0
    replies_kept: int = 0
    """Replies of an earlier run by which tokens are foretold; without any the lengths of the examples decide."""
    money: float | None = None
    """By the user's prices; None without them."""


def foretell(plan: BuildPlan, output: Path) -> BuildForecast:
    """Counts what the strategy would draft; checks may still drop rows, and others take their place."""
    if plan.writer is None:
        drafts = list(islice(drafts_of(plan.file, plan.sources, None, lambda: plan.most_rows), plan.most_rows))
        return BuildForecast(
            images=len(plan.sources.annotated.images),
            rows=len(drafts),
            turns=sum(len(draft.record.turns) for draft in drafts),
            tasks=dict(Counter(task for draft in drafts for task in draft.origin.tasks()).most_common()),
        )
    recipe = plan.file.recipe
    orders = list(islice(conversation_orders(recipe, plan.sources.annotated), plan.most_rows))
    writer, prompts = plan.writer.open(), prompts_of(plan.file)
    usage = _usage_of(orders, prompts, writer)
    kept = _kept_usages(orders, prompts, writer, build_folder_of(plan, output))
    if kept:
        usage = _scaled(usage, _usage_of(list(kept), prompts, writer), sum_usages(list(kept.values())))
    return BuildForecast(
        images=len(plan.sources.annotated.images),
        rows=len(orders),
        turns=sum(order.turns for order in orders),
        tasks=dict(Counter(order.kind for order in orders).most_common()),
        requests=len(orders),
        prompt_tokens=usage.prompt,
        reply_tokens=usage.reply,
        replies_kept=len(kept),
        money=price_of(usage, recipe.writer),
    )


def _usage_of(orders: list[ConversationOrder], prompts: ConversationPrompts, writer: Writer) -> TokenUsage:
    """The tokens of all prompts, and of replies as long as the examples are."""
    counts = [writer.count_tokens(prompts.request(order)) for order in orders]
    return TokenUsage(
        sum(counts), round(sum(order.turns for order in orders) * _tokens_of_turn(prompts.recipe, prompts))
    )


def _kept_usages(
    orders: list[ConversationOrder], prompts: ConversationPrompts, writer: Writer, folder: Path
) -> Mapping[ConversationOrder, TokenUsage]:
    """What the orders cost that an earlier run has replies to."""
    if not replies_kept_in(folder):
        return {}
    with closing(ReplyStore(folder)) as store:
        keys = [digest_of_request(prompts.request(order), writer.fingerprint()) for order in orders]
        replies = store.get(keys)
    return {order: reply.usage for order, reply in zip(orders, replies, strict=True) if reply and reply.usage}


def _scaled(foretold: TokenUsage, foretold_of_kept: TokenUsage, kept: TokenUsage) -> TokenUsage:
    """A forecast corrected by how far it was off where the replies are there."""
    prompt = foretold.prompt * kept.prompt / max(foretold_of_kept.prompt, 1)
    return TokenUsage(round(prompt), round(foretold.reply * kept.reply / max(foretold_of_kept.reply, 1)))


def _tokens_of_turn(recipe: Recipe, prompts: ConversationPrompts) -> float:
    """Tokens of one turn of an example, in the form of a reply; four letters are taken for a token."""
    letters = sum(len(example.written(recipe.self_instruct.form)) for example in prompts.examples)
    return letters / 4 / sum(example.turns for example in prompts.examples)
