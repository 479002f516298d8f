"""The strategies by name: each makes drafts of a recipe, in order, for as long as rows are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from vlitqa.annotated_images.image import AnnotatedImage
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.backends.toolbox import image_roots_of
from vlitqa.construction.adaption import Adapter, chosen_tasks
from vlitqa.construction.conversation_prompts import ConversationPrompts
from vlitqa.construction.drafts import Draft
from vlitqa.construction.excluded_pictures import read_excluded_pictures
from vlitqa.construction.expansion import EXPANSION, Expander
from vlitqa.construction.image_copies import ImageCopies
from vlitqa.construction.mixing import Mixer
from vlitqa.construction.pools import read_pools
from vlitqa.construction.prompt_texts import read_conversation_examples, read_prompt_texts
from vlitqa.construction.recipe import RecipeFile
from vlitqa.construction.region_marks import RegionMarks
from vlitqa.construction.self_instruct import SelfInstruct
from vlitqa.construction.source_images import SourceImages
from vlitqa.construction.textbind import TextBindStrategy, pool_of
from vlitqa.construction.topic_images import TopicImages, captioned_images, sort_into_topics
from vlitqa.construction.topics import Topics
from vlitqa.construction.writing import WritingDesk
from vlitqa.construction.written_drafts import written_drafts
from vlitqa.results.building import BuildTopics

ADAPTION, SELF_INSTRUCT, TEXTBIND = "adaption", "self-instruct", "textbind"
WRITTEN_BY_NANO = (SELF_INSTRUCT,)
"""Those that the nano writer can serve: of a dialogue it does not repeat the descriptions well enough."""


@dataclass(frozen=True)
class OpenStrategy:
    """A recipe whose images are in place, and the writer if it needs one."""

    file: RecipeFile
    sources: SourceImages
    folder: Path
    """The folder of the build, below which its images lie."""
    desk: WritingDesk | None

    def drafts(self, rows_wanted: Callable[[], int]) -> Iterator[Draft]:
        """The drafts of the recipe."""
        if self.sources.mixture:
            return self._mixer().drafts()
        if self.desk is None:
            return adapter_of(self.file, self.sources).drafts()
        if self.file.recipe.strategy == ADAPTION:
            return expander_of(self.file, self.sources).drafts(self.desk, rows_wanted)
        if self.file.recipe.strategy == SELF_INSTRUCT:
            return written_drafts(self._self_instruct(), self.desk, rows_wanted)
        strategy = textbind_of(self.file, self.sources, self._topic_images.images, self._topic_images.topics)
        return written_drafts(strategy, self.desk, rows_wanted)

    def _self_instruct(self) -> SelfInstruct:
        conversations = self_instruct_of(self.file, self.sources)
        if self.file.recipe.self_instruct.regions == "named":
            return conversations
        images = ImageFolder(tuple(map(str, image_roots_of(self.folder, ()))))
        return replace(conversations, marks=RegionMarks(images, self.folder))

    def _mixer(self) -> Mixer:
        copies = ImageCopies(self.folder / "images")
        exams = read_excluded_pictures(map(self.file.below, self.file.recipe.mix.exclude))
        return Mixer(self.file.recipe, self.sources.mixture, copies, exams)

    def topics(self) -> BuildTopics | None:
        """What became of the images that were sorted into topics; None for a strategy without any."""
        if self.file.recipe.strategy != TEXTBIND:
            return None
        sorted_images = self._topic_images
        return BuildTopics(
            unopened=sorted_images.unopened,
            unfitting=sorted_images.unfitting,
            threshold=sorted_images.threshold,
            clusters=sorted_images.topics.asked,
            topics=len(sorted_images.topics.members),
            left_out=sorted_images.topics.left_out,
        )

    @cached_property
    def _topic_images(self) -> TopicImages:
        return sort_into_topics(captioned_images(self.sources.annotated), self.file.recipe, self.folder)


def check_words(file: RecipeFile, sources: SourceImages) -> None:
    """Raises UsageError for tasks, kinds, pools and examples of a strategy that are none, before anything is made."""
    if file.recipe.strategy == ADAPTION:
        chosen_tasks(file.recipe)
        adapter_of(file, sources)
    elif file.recipe.strategy == SELF_INSTRUCT:
        next(self_instruct_of(file, sources).orders(), None)
    elif file.recipe.strategy == TEXTBIND:
        pool_of(file)


def adapter_of(file: RecipeFile, sources: SourceImages) -> Adapter:
    """What adapts the annotations of a recipe."""
    options = file.recipe.adaption
    pools = read_pools(file.below(options.pools) if options.pools else None, expands=options.expand)
    return Adapter(file.recipe, sources.annotated, pools)


def expander_of(file: RecipeFile, sources: SourceImages) -> Expander:
    """What asks a writer to make sentences of the short answers of a recipe."""
    return Expander(adapter_of(file, sources), read_prompt_texts(EXPANSION))


def self_instruct_of(file: RecipeFile, sources: SourceImages) -> SelfInstruct:
    """What asks a writer for conversations about one image."""
    named = file.recipe.self_instruct.examples
    examples = read_conversation_examples(file.below(named) if named else None)
    prompts = ConversationPrompts(file.recipe, read_prompt_texts("self_instruct"), examples)
    return SelfInstruct(sources.annotated, prompts)


def textbind_of(
    file: RecipeFile, sources: SourceImages, images: Sequence[AnnotatedImage], topics: Topics
) -> TextBindStrategy:
    """What asks a writer for dialogues about images in topics."""
    return TextBindStrategy(
        recipe=file.recipe,
        annotated=sources.annotated,
        images=images,
        topics=topics,
        texts=read_prompt_texts(TEXTBIND),
        pool=pool_of(file),
    )
