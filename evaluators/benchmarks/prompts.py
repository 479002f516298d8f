"""Prompts that benchmarks share: a question, and how it is to be answered."""

from __future__ import annotations

from collections.abc import Mapping

from vlitqa.contracts import ExamPrompt

LETTERS: Mapping[str, ExamPrompt] = {
    "letters": ExamPrompt(text="{question}\n{options}\nAnswer with the letter of the right option alone.", longest=8)
}
YES_NO: Mapping[str, ExamPrompt] = {"yes-no": ExamPrompt(text="{question} Please answer yes or no.", longest=8)}
LIKELIHOODS: Mapping[str, ExamPrompt] = {
    "likelihood": ExamPrompt(text="{question}", ranked_by="mean"),
    "likelihood-sum": ExamPrompt(text="{question}", ranked_by="sum"),
}
"""The options are ranked, each as the answer to the bare question."""
AS_IT_STANDS = ExamPrompt(text="{question}", longest=16)
FEW_WORDS = ExamPrompt(text="{question}\nAnswer with a single word or phrase.", longest=16)
TEXT_IN_THE_IMAGE = ExamPrompt(text="{question}\nAnswer with the words in the image alone.", longest=64)
CAPTION = ExamPrompt(text="Describe the image in one short sentence.", longest=48)
