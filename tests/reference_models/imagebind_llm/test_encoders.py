"""The encoders give what the published code gives, whatever else is in a batch, and bear the published names."""

from __future__ import annotations

import hashlib
from typing import cast, get_args

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.encoder_shapes import IMAGEBIND_HUGE, IMAGEBIND_TINY, Modality  # noqa: E402
from reference_models.imagebind_llm.encoders import ImageBindEncoders  # noqa: E402
from tests.given.imagebind_parts import POINT_SEED, SAMPLES, small_encoders  # noqa: E402
from tests.given.named_weights import draw_input  # noqa: E402

pytestmark = pytest.mark.model

ORIGINAL_EMBEDDINGS = {
    "vision": ([0.387455, 0.291895, -0.113123], [-0.568388, -0.477466, -0.382682]),
    "vision-films": ([0.380998, 0.286920, -0.154574], [-0.604916, -0.328764, -0.466579]),
    "text": ([5.949320, 2.492097, 1.707573], [1.026244, -0.367363, -0.696995]),
    "audio": ([-3.870308, -7.912188, -7.824652], [-0.077640, -0.580155, -0.006988]),
    "depth": ([0.259955, -1.782894, -0.313089], [-0.431674, -0.496435, -0.063108]),
    "thermal": ([-3.366377, 3.467110, 1.356886], [-0.364220, -0.362223, 0.283096]),
    "imu": ([-0.809406, 1.722217, 1.850636], [-0.591628, -0.459748, 0.594718]),
    "point": ([0.017391, -0.007418, -0.425390], [-4.185668, 4.150192, -5.071023]),
}
"""The original code of Point-Bind gave these for the same weights and inputs: of the last sample the first three
numbers of its embedding, and the last three of the output of its head. The original of ImageBind gave the same."""
ORIGINAL_NAMES = "20a6b02172e3bfa31dd7313673ca022862935756892eb2386a97f998471da22c"
ORIGINAL_NAMES_WITHOUT_POINTS = "edd4279c93955bf1a0146a13b395ad7b08cff81b22de0ae820fca22cf8f20177"
"""Digests of the sorted names and shapes in the state of the original's huge encoders."""


def modality_of(name: str) -> Modality:
    return cast(Modality, name.partition("-")[0])


@pytest.fixture(scope="module")
def encoders() -> ImageBindEncoders:
    return small_encoders()


@torch.no_grad()
@pytest.mark.parametrize("name", ORIGINAL_EMBEDDINGS)
def test_the_embeddings_are_those_that_the_original_code_gave(encoders: ImageBindEncoders, name: str) -> None:
    samples, (first, last) = SAMPLES[name](), ORIGINAL_EMBEDDINGS[name]
    embeddings = encoders.embed(modality_of(name), samples, seed=POINT_SEED)
    outputs = encoders.project(modality_of(name), samples, seed=POINT_SEED)
    assert embeddings.shape == outputs.shape == (2, 16)
    assert embeddings[-1, :3].tolist() == pytest.approx(first, abs=1e-5)
    assert outputs[-1, -3:].tolist() == pytest.approx(last, abs=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("name", SAMPLES)
def test_an_embedding_does_not_depend_on_the_rest_of_its_batch(encoders: ImageBindEncoders, name: str) -> None:
    samples = SAMPLES[name]()
    both = encoders.embed(modality_of(name), samples)
    alone = torch.cat([encoders.embed(modality_of(name), sample[None]) for sample in samples])
    assert torch.allclose(both, alone, atol=1e-5)
    assert not torch.allclose(both[0], both[1], atol=1e-2)


@torch.no_grad()
def test_an_embedding_is_the_mean_of_those_of_its_clips(encoders: ImageBindEncoders) -> None:
    films = SAMPLES["vision-films"]()
    clips = [encoders.embed("vision", films[:, number]) for number in range(3)]
    assert torch.allclose(encoders.embed("vision", films), sum(clips) / 3, atol=1e-6)
    sounds = SAMPLES["audio"]()
    assert torch.allclose(encoders.embed("audio", sounds[:, 0]), encoders.embed("audio", sounds[:, :1]), atol=1e-6)


@torch.no_grad()
def test_a_still_picture_is_a_film_of_two_equal_frames(encoders: ImageBindEncoders) -> None:
    pictures = SAMPLES["vision"]()
    films = pictures[:, :, None].repeat(1, 1, 2, 1, 1)
    assert torch.equal(encoders.embed("vision", pictures), encoders.embed("vision", films))


@torch.no_grad()
def test_nothing_after_the_end_of_a_text_counts(encoders: ImageBindEncoders) -> None:
    token_ids = SAMPLES["text"]()
    longer = token_ids.clone()
    longer[:, 12:] = 33
    assert torch.allclose(encoders.embed("text", token_ids), encoders.embed("text", longer), atol=1e-5)
    assert torch.allclose(encoders.embed("text", token_ids), encoders.embed("text", token_ids[:, :12]), atol=1e-5)
    longer[:, 1] = 34
    assert not torch.allclose(encoders.embed("text", token_ids), encoders.embed("text", longer), atol=1e-2)


@torch.no_grad()
def test_lengths_are_the_scales_of_the_modalities(encoders: ImageBindEncoders) -> None:
    lengths = {
        name: encoders.embed(name, SAMPLES[name]()[:, :1] if name == "audio" else SAMPLES[name]()).norm(dim=-1)
        for name in get_args(Modality)
    }
    scales = {"vision": 1, "text": 1 / 0.07, "audio": 20, "depth": 5, "thermal": 10, "imu": 5, "point": 1}
    assert {name: length.tolist() for name, length in lengths.items()} == {
        name: pytest.approx([scale, scale]) for name, scale in scales.items()
    }
    loud = small_encoders()
    loud.get_buffer("modality_postprocessors.text.1.log_logit_scale").fill_(9)
    assert loud.embed("text", SAMPLES["text"]()).norm(dim=-1).tolist() == pytest.approx([100, 100])


@torch.no_grad()
def test_a_cloud_has_the_same_embedding_for_a_seed_and_another_for_another(encoders: ImageBindEncoders) -> None:
    clouds = SAMPLES["point"]()
    assert torch.equal(encoders.embed("point", clouds, seed=1), encoders.embed("point", clouds, seed=1))
    assert not torch.equal(encoders.embed("point", clouds, seed=1), encoders.embed("point", clouds, seed=2))


@torch.no_grad()
def test_training_what_holds_the_encoders_leaves_their_statistics_alone(encoders: ImageBindEncoders) -> None:
    whole = torch.nn.Sequential(encoders).train()
    before = {name: tensor.clone() for name, tensor in encoders.state_dict().items()}
    clouds = SAMPLES["point"]()
    assert torch.allclose(encoders.embed("point", clouds)[:1], encoders.embed("point", clouds[:1]), atol=1e-5)
    assert whole.training
    assert not any(module.training for module in encoders.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in encoders.state_dict().items())


def test_the_huge_encoders_have_the_names_and_shapes_of_the_published_weights() -> None:
    with torch.device("meta"):
        encoders = ImageBindEncoders(IMAGEBIND_HUGE)
    state = {name: tuple(tensor.shape) for name, tensor in encoders.state_dict().items()}
    assert digest_of(state) == ORIGINAL_NAMES
    imagebind = {name: shape for name, shape in state.items() if "point" not in name}
    assert digest_of(imagebind) == ORIGINAL_NAMES_WITHOUT_POINTS
    assert (len(state), len(imagebind)) == (1476, 1311)
    parameters = {name: parameter.numel() for name, parameter in encoders.named_parameters()}
    scale_of_texts = 1  # learned by ImageBind, and a buffer here
    assert sum(parameters.values()) + scale_of_texts == 1_223_558_401
    without_points = sum(size for name, size in parameters.items() if "point" not in name)
    assert without_points + scale_of_texts == 1_200_781_057
    some = {
        "modality_preprocessors.vision.rgbt_stem.proj.1.weight": (1280, 3, 2, 14, 14),
        "modality_preprocessors.vision.pos_embedding_helper.pos_embed": (1, 257, 1280),
        "modality_preprocessors.text.mask": (77, 77),
        "modality_preprocessors.audio.pos_embedding_helper.pos_embed": (1, 229, 768),
        "modality_preprocessors.depth.depth_stem.proj.weight": (384, 1, 16, 16),
        "modality_preprocessors.imu.imu_stem.proj.weight": (512, 48),
        "modality_trunks.vision.pre_transformer_layer.0.weight": (1280,),
        "modality_trunks.vision.blocks.31.attn.in_proj_weight": (3840, 1280),
        "modality_trunks.audio.blocks.11.attn.bias_k": (1, 1, 768),
        "modality_trunks.text.blocks.23.mlp.fc1.weight": (4096, 1024),
        "modality_heads.text.proj.1.weight": (1024, 1024),
        "modality_heads.imu.3.weight": (1024, 512),
        "modality_postprocessors.thermal.1.log_logit_scale": (),
        "point_trunk.pc_projection": (768, 512),
        "point_trunk.point_encoder.encoder.second_conv.1.running_mean": (512,),
        "point_trunk.point_encoder.blocks.blocks.11.attn.qkv.weight": (1152, 384),
        "modality_heads.point.2.weight": (1024, 512),
    }
    assert {name: state[name] for name in some} == some


@torch.no_grad()
@pytest.mark.parametrize("name", get_args(Modality))
def test_weights_of_half_the_bits_take_the_same_inputs(encoders: ImageBindEncoders, name: Modality) -> None:
    half = small_encoders().bfloat16()
    embeddings, rough = (model.embed(name, SAMPLES[name]()).float() for model in (encoders, half))
    assert torch.nn.functional.cosine_similarity(embeddings, rough).min().item() > 0.99


@torch.no_grad()
def test_the_tiny_encoders_take_every_modality() -> None:
    encoders, side = ImageBindEncoders(IMAGEBIND_TINY), IMAGEBIND_TINY.side
    inputs = {
        "vision": draw_input("a", 2, 3, side, side),
        "text": torch.tensor([[1, 5, 511], [1, 511, 0]]),
        "audio": draw_input("b", 2, 3, 1, 128, 204),
        "depth": draw_input("c", 2, 1, side, side),
        "thermal": draw_input("d", 2, 1, side, side),
        "imu": draw_input("e", 2, 6, 64),
        "point": draw_input("f", 2, 40, 3),
    }
    assert inputs.keys() == set(get_args(Modality))
    for name, samples in inputs.items():
        embeddings = encoders.embed(modality_of(name), samples)
        assert embeddings.shape == (2, 16)
        assert embeddings.isfinite().all()


def digest_of(state: dict[str, tuple[int, ...]]) -> str:
    lines = [f"{name} {shape}" for name, shape in sorted(state.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
