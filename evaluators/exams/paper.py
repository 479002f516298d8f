"""The paper of an exam: which questions of a benchmark a model is asked, and in which words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from evaluators.exams.ranking import RankedReplies
from evaluators.exams.replies import Replies, WrittenReplies
from vlitqa.algorithms.counted import counted
from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.catalogue import suggestion
from vlitqa.contracts import Benchmark, BenchmarkCard, ExamPrompt
from vlitqa.errors import DatasetError, UsageError
from vlitqa.results.exams import ExamQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamTerms:
    """The wishes of a user: the name of a prompt, the most tokens of an answer, and how many questions are drawn."""

    prompt: str = ""
    longest: int | None = None
    limit: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamPaper:
    """Questions, the prompt that they are put in, and the most tokens of an answer."""

    questions: tuple[ExamQuestion, ...]
    prompt_name: str
    prompt: ExamPrompt
    longest: int
    """0 where options are ranked."""
    released: Sequence[ExamQuestion]
    """All questions of the benchmark, by which the answers are graded."""
    remarks: tuple[str, ...]
    """Sentences on what the result depends on, and which questions are left out."""

    @property
    def replies(self) -> Replies:
        """The way in which a model is asked."""
        return RankedReplies(self.prompt.ranked_by) if self.prompt.ranked_by else WrittenReplies(self.longest)


def set_paper(benchmark: Benchmark, terms: ExamTerms) -> ExamPaper:
    """The paper of a benchmark; raises UsageError for a prompt that it does not have."""
    card = benchmark.card
    name = terms.prompt or next(iter(card.prompts), "")
    if name not in card.prompts:
        repair = suggestion(name, card.prompts) if card.prompts else "Mark answers of other programs with --answers."
        raise UsageError(f"{card.name} has no prompt {name!r}.", repair=repair)
    prompt = card.prompts[name]
    if prompt.ranked_by and terms.longest:
        raise UsageError(
            f"The prompt {name} of {card.name} ranks options, and no answer is written.", repair="Leave out --longest."
        )
    longest = terms.longest or prompt.longest
    wish = (
        f"its options ranked by the {prompt.ranked_by} over their tokens"
        if prompt.ranked_by
        else (f"for {counted(longest, 'token')} at most")
    )
    remarks = [f"asked with the prompt {name}, version {prompt.version}, {wish}"]
    released = benchmark.questions()
    asked = list(_leave_out(card, released, remarks))
    if not asked:
        raise DatasetError(f"{card.title}: no question below the data root can be asked.", repair="Fetch it again.")
    if terms.limit and terms.limit < len(asked):
        drawn = draw_questions(asked, terms.limit, terms.seed)
        remarks.append(
            f"--limit: {len(drawn):,} of {counted(len(asked), 'question')}, drawn by the seed {terms.seed} "
            "evenly over groups, all about an image together"
        )
        asked = drawn
    return ExamPaper(
        questions=tuple(asked),
        prompt_name=name,
        prompt=prompt,
        longest=longest,
        released=released,
        remarks=tuple(remarks),
    )


def draw_questions(questions: Sequence[ExamQuestion], limit: int, seed: int) -> list[ExamQuestion]:
    """At most so many questions: images of one group after the other, each with all its questions where they fit."""
    by_image: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, question in enumerate(questions):
        by_image[question.group, question.image].append(place)
    by_group: defaultdict[str, list[list[int]]] = defaultdict(list)
    for group, image in sorted(by_image, key=lambda name: shuffle_key("exam", seed, *name)):
        by_group[group].append(by_image[group, image])
    chosen: list[int] = []
    for places in chain.from_iterable(zip_longest(*by_group.values(), fillvalue=())):
        if len(chosen) + len(places) <= limit:
            chosen.extend(places)
    if not chosen:  # every image has more questions than are wanted
        chosen = next(iter(by_image.values()))[:limit]
    return [questions[place] for place in sorted(chosen)]


def _leave_out(card: BenchmarkCard, questions: Iterable[ExamQuestion], remarks: list[str]) -> Iterable[ExamQuestion]:
    """The questions that models are asked; adds a remark on the others."""
    by_part: defaultdict[str, list[ExamQuestion]] = defaultdict(list)
    for question in questions:
        by_part[question.part if question.part in card.unasked else ""].append(question)
    remarks.extend(
        f"{counted(len(by_part[part]), 'question')} not asked: {reason}"
        for part, reason in card.unasked.items()
        if by_part[part]
    )
    return by_part[""]
