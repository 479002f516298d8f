"""The strategies by name: each makes drafts of a plan, in order, for as long as rows are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from vlitqa.construction.adaption import Adapter
from vlitqa.construction.conversation_prompts import ConversationPrompts
from vlitqa.construction.drafts import Draft
from vlitqa.construction.pools import read_pools
from vlitqa.construction.prompt_texts import read_conversation_examples, read_prompt_texts
from vlitqa.construction.recipe import RecipeFile
from vlitqa.construction.self_instruct import SelfInstruct
from vlitqa.construction.source_images import SourceImages
from vlitqa.construction.writing import WritingDesk

ADAPTION, SELF_INSTRUCT = "adaption", "self-instruct"
WRITTEN = (SELF_INSTRUCT,)
"""Strategies that need a writer."""


def drafts_of(
    file: RecipeFile, sources: SourceImages, desk: WritingDesk | None, rows_wanted: Callable[[], int]
) -> Iterator[Draft]:
    """The drafts of a recipe."""
    if file.recipe.strategy == ADAPTION:
        pools = read_pools(_below(file, file.recipe.adaption.pools))
        return Adapter(file.recipe, sources.annotated, pools).drafts()
    assert desk is not None
    return SelfInstruct(sources.annotated, prompts_of(file), desk).drafts(rows_wanted)


def prompts_of(file: RecipeFile) -> ConversationPrompts:
    """How the recipe asks a writer."""
    examples = read_conversation_examples(_below(file, file.recipe.self_instruct.examples))
    return ConversationPrompts(file.recipe, read_prompt_texts("self_instruct"), examples)


def _below(file: RecipeFile, name: str) -> Path | None:
    return file.folder / name if name else None
