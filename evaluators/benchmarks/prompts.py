"""Prompts that benchmarks share: a question, and how it is to be answered."""

from __future__ import annotations

from vlitqa.contracts import ExamPrompt

LETTERS_OF_OPTIONS = ExamPrompt(
    text="{question}\n{options}\nAnswer with the letter of the right option alone.", longest=8
)
AS_IT_STANDS = ExamPrompt(text="{question}", longest=16)
YES_OR_NO = ExamPrompt(text="{question} Please answer yes or no.", longest=8)
FEW_WORDS = ExamPrompt(text="{question}\nAnswer with a single word or phrase.", longest=16)
TEXT_IN_THE_IMAGE = ExamPrompt(text="{question}\nAnswer with the words in the image alone.", longest=64)
CAPTION = ExamPrompt(text="Describe the image in one short sentence.", longest=48)
