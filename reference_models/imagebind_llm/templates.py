"""The templates of ImageBind-LLM, whose text has nothing in the places of images."""

from __future__ import annotations

from collections.abc import Mapping

from reference_models.training.chat_template import ChatTemplate

INSTRUCTION_TEMPLATES: Mapping[str, ChatTemplate] = {
    "alpaca": ChatTemplate(
        before_instruction="### Instruction:\n",
        before_response="\n\n### Response:",
        after_response="</s>",
        response_prefix="",
        system=(
            "Below is an instruction that describes a task. Write a response that appropriately completes the request."
        ),
        after_system="\n\n",
        after_leading_image="",
    ),
    "short": ChatTemplate(
        before_instruction="Instruction: ",
        before_response="\n\nAnswer:",
        after_response="</s>",
        after_leading_image="",
    ),
}
"""The templates by name: that of Alpaca, whose later turns repeat all but its first words, and the nano models'."""
