"""A saved BLIP-2 comes back and answers as before; a folder that is none, or not whole, is refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("transformers", reason="pip install 'vlitqa[models]'")

from safetensors.torch import load_file, save_file  # noqa: E402
from transformers import Blip2ForConditionalGeneration, Blip2Processor  # noqa: E402

from reference_models.blip2.key_map import transformers_to_lavis  # noqa: E402
from reference_models.blip2.model import Blip2  # noqa: E402
from reference_models.blip2.presets import make_tiny_blip2, open_model  # noqa: E402
from reference_models.training.descriptions import ModelDescription, write_description  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from tests.reference_models.blip2.samples import asked, fill_with_scattered_values, grey_picture, prompt_of  # noqa: E402
from vlitqa.errors import ToolMissing, UsageError, VlitqaError  # noqa: E402

pytestmark = pytest.mark.model

PROMPTS = [prompt_of(asked("What is it?", None, 0), 200), prompt_of(asked("Why?", None))]
WEIGHTS = "model.safetensors"


def saved(folder: Path, *, reads_instruction: bool = False) -> Blip2:
    """A BLIP-2 that was saved in a folder."""
    model = make_tiny_blip2("question", reads_instruction=reads_instruction)
    fill_with_scattered_values(model.network)
    model.save(folder)
    return model


@pytest.mark.parametrize("reads_instruction", [False, True])
def test_a_saved_model_answers_as_before(tmp_path: Path, *, reads_instruction: bool) -> None:
    model = saved(tmp_path, reads_instruction=reads_instruction)
    again = open_model(str(tmp_path))
    assert again.answer(PROMPTS, longest=12) == model.answer(PROMPTS, longest=12)
    options = [["a dog", "no"]] * len(PROMPTS)
    assert again.rank(PROMPTS, options) == model.rank(PROMPTS, options)
    assert (again.template_name, again.scaler) == (model.template_name, model.scaler)
    weights = again.network.state_dict()
    assert all(torch.equal(weights[name], weight) for name, weight in model.network.state_dict().items())


def test_transformers_loads_it_and_finds_the_same_loss(tmp_path: Path) -> None:
    model = saved(tmp_path)
    document = model.document(asked("What is it?", "A dog.", 0))
    pixels = model.pixels(grey_picture(90))
    batch = batch_rows([[document]], [pixels])
    network = Blip2ForConditionalGeneration.from_pretrained(tmp_path)
    processor = Blip2Processor.from_pretrained(tmp_path)
    text = processor.tokenizer.decode(document.token_ids[16:])
    inputs = processor(images=grey_picture(90).pixels, text=text, add_special_tokens=False, return_tensors="pt")
    assert inputs.input_ids.tolist() == batch.token_ids.tolist()
    torch.testing.assert_close(inputs.pixel_values[0], pixels, atol=1e-5, rtol=0)
    with torch.no_grad():
        labels = batch.token_ids.masked_fill(~batch.is_target, -100)
        loss = network(**inputs, labels=labels).loss
        assert loss.item() == pytest.approx(model.losses(batch).mean().item(), abs=1e-5)


@pytest.mark.parametrize("reads_instruction", [False, True])
def test_weights_that_lavis_named_are_loaded(tmp_path: Path, *, reads_instruction: bool) -> None:
    model = saved(tmp_path, reads_instruction=reads_instruction)
    weights = {name: weight.clone() for name, weight in transformers_to_lavis(model.network.state_dict()).items()}
    del weights["opt_model.lm_head.weight"]  # the embeddings of tokens once more
    save_file(weights, tmp_path / WEIGHTS)
    assert open_model(str(tmp_path)).answer(PROMPTS, longest=12) == model.answer(PROMPTS, longest=12)


def test_a_folder_of_another_model_is_refused(tmp_path: Path) -> None:
    saved(tmp_path)
    write_description(tmp_path, ModelDescription("llava"))
    with pytest.raises(UsageError, match="a model of the kind llava, not blip2") as caught:
        open_model(str(tmp_path))
    assert "--model llava" in caught.value.repair


@pytest.mark.parametrize("change", [{"model_type": "llava"}, {"text_config": {"model_type": "t5"}}])
def test_a_configuration_of_another_model_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    saved(tmp_path)
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), **change}))
    with pytest.raises(ToolMissing, match="is no BLIP-2 with OPT"):
        open_model(str(tmp_path))


def test_a_truncated_file_of_weights_is_refused(tmp_path: Path) -> None:
    saved(tmp_path)
    content = (tmp_path / WEIGHTS).read_bytes()
    for length in (0, 7, 1000, len(content) - 1):
        (tmp_path / WEIGHTS).write_bytes(content[:length])
        with pytest.raises(ToolMissing, match="cannot be loaded") as caught:
            open_model(str(tmp_path))
        assert caught.value.repair


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    saved(tmp_path)
    (tmp_path / WEIGHTS).rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(ToolMissing, match="has no safetensors") as caught:
        open_model(str(tmp_path))
    assert "can hold code" in caught.value.repair


@pytest.mark.parametrize("layout", ["transformers", "lavis"])
def test_weights_that_lack_one_are_refused(tmp_path: Path, layout: str) -> None:
    saved(tmp_path)
    weights = load_file(tmp_path / WEIGHTS)
    del weights["qformer.encoder.layer.1.attention.attention.query.weight"]
    save_file(transformers_to_lavis(weights) if layout == "lavis" else weights, tmp_path / WEIGHTS, {"format": "pt"})
    with pytest.raises(ToolMissing, match=r"lack qformer\.encoder\.layer\.1\.attention\.attention\.query\.weight"):
        open_model(str(tmp_path))


def test_weights_that_no_part_reads_are_refused(tmp_path: Path) -> None:
    saved(tmp_path, reads_instruction=True)
    config = json.loads((tmp_path / "config.json").read_text())
    config["qformer_config"]["use_qformer_text_input"] = False
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ToolMissing, match="hold instruction_embeddings"):
        open_model(str(tmp_path))


@pytest.mark.parametrize("layout", ["transformers", "lavis"])
def test_weights_of_other_sizes_are_refused(tmp_path: Path, layout: str) -> None:
    saved(tmp_path)
    weights = load_file(tmp_path / WEIGHTS)
    weights["query_tokens"] = torch.zeros(1, 3, 48)
    save_file(transformers_to_lavis(weights) if layout == "lavis" else weights, tmp_path / WEIGHTS, {"format": "pt"})
    with pytest.raises(ToolMissing, match="cannot be loaded"):
        open_model(str(tmp_path))


def test_a_name_that_leads_nowhere_says_how_to_fetch_it() -> None:
    with pytest.raises(VlitqaError) as caught:
        open_model("someone/no-such-model")
    assert "hf download" in caught.value.repair
