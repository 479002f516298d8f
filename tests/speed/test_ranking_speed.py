"""Options ranked behind one prompt, beside a text for each option as other harnesses do it, by the nano LLaVA."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from msgspec.structs import replace  # noqa: E402

from reference_models.llava.presets import open_model  # noqa: E402
from reference_models.nano.figures import held_out_picture  # noqa: E402
from reference_models.nano.training_scenes import HELD_OUT_SEED  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from tests.speed.test_speed import best_of, show  # noqa: E402
from vlitqa.contracts.models import Prompt, ReferenceModel  # noqa: E402
from vlitqa.records import ImageRef, Record, Turn  # noqa: E402
from vlitqa.shapes.exams import CHOICE_LETTERS, multiple_choices_in  # noqa: E402
from vlitqa.shapes.questions import DIMENSIONS  # noqa: E402

pytestmark = [pytest.mark.speed, pytest.mark.model]

QUESTIONS = 12


def likelihoods_one_by_one(
    model: ReferenceModel, prompts: Sequence[Prompt], options: Sequence[Sequence[str]]
) -> list[list[float]]:
    """One request at a time: the picture, the prompt and one option."""
    likelihoods = []
    for prompt, choices_of_prompt in zip(prompts, options, strict=True):
        likelihoods.append([])
        (turn,) = prompt.record.turns
        for option in choices_of_prompt:
            document = model.document(replace(prompt.record, turns=(replace(turn, response=option),)))
            with torch.no_grad():
                losses = model.losses(batch_rows([[document]], [model.pixels(prompt.pictures[0])]))
            likelihoods[-1].append(-float(losses[:-1].double().sum()))
    return likelihoods


@pytest.mark.parametrize(("count", "at_least"), [(4, 3), (100, 15)])
def test_ranking_behind_one_prompt_beside_a_text_for_each_option(count: int, at_least: float) -> None:
    model = open_model("nano")
    exam = [choice for dimension in DIMENSIONS for choice in multiple_choices_in(dimension, HELD_OUT_SEED, QUESTIONS)]
    answers = sorted({answer for choice in exam for answer in choice.choices})
    answers += [f"not {answer}" for answer in answers]
    choices = exam[:: len(exam) // (36 if count == len(CHOICE_LETTERS) else 3)]
    prompts = [
        Prompt(
            Record((Turn(choice.question.text, None, (0,)),), (ImageRef(str(choice.number)),)),
            (held_out_picture(choice.number),),
        )
        for choice in choices
    ]
    options = [choice.sentences if count == len(CHOICE_LETTERS) else answers[:count] for choice in choices]
    assert {len(texts) for texts in options} == {count}
    ranked = model.rank(prompts, options)
    one_by_one = likelihoods_one_by_one(model, prompts, options)
    for behind_prompt, by_itself in zip(ranked, one_by_one, strict=True):
        assert [likelihood.log_probability for likelihood in behind_prompt] == pytest.approx(by_itself, abs=1e-4)
    together, alone = best_of(
        3, lambda: model.rank(prompts, options), lambda: likelihoods_one_by_one(model, prompts, options)
    )
    show(f"nano LLaVA ranks {count} options", ("one prompt for all and a text for each", f"{alone / together:.1f}x"))
    assert alone > at_least * together
