"""The chat templates of LLaVA."""

from __future__ import annotations

from collections.abc import Mapping

from reference_models.training.chat_template import ChatTemplate

_VICUNA_SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)
TEMPLATES: Mapping[str, ChatTemplate] = {
    "vicuna_v1": ChatTemplate(
        before_instruction="USER: ", before_response=" ASSISTANT:", after_response="</s>", system=_VICUNA_SYSTEM
    ),
    "plain": ChatTemplate(
        before_instruction="",
        before_response="",
        after_response="\n",
        response_prefix="",
        after_leading_image="",
        has_instructions=False,
    ),
    "short": ChatTemplate(before_instruction="Instruction: ", before_response="\n\nAnswer:", after_response="</s>"),
}
"""The templates by name: Vicuna's of LLaVA 1 and 1.5, that of its first stage, and the nano models'."""
