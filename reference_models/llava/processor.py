"""transformers' own processor of a LLaVA, so that its pipelines read what was tuned here."""

from __future__ import annotations

from transformers import LlavaForConditionalGeneration, LlavaImageProcessor, LlavaProcessor, PreTrainedTokenizerBase

from reference_models.llava.configs import vision_config
from reference_models.training.pictures import PictureScaler


def processor_of(
    network: LlavaForConditionalGeneration, tokenizer: PreTrainedTokenizerBase, scaler: PictureScaler
) -> LlavaProcessor:
    """The processor that scales pictures and places image tokens as the network was trained with."""
    square = {"height": scaler.side, "width": scaler.side}
    is_cropped = scaler.shape == "crop"
    image_processor = LlavaImageProcessor(
        size={"shortest_edge": scaler.side} if is_cropped else square,
        crop_size=square,
        do_center_crop=is_cropped,
        do_pad=scaler.shape == "pad",
        image_mean=list(scaler.mean),
        image_std=list(scaler.std),
    )
    return LlavaProcessor(  # type: ignore[no-untyped-call]
        image_processor,
        tokenizer,
        patch_size=vision_config(network.config).patch_size,
        vision_feature_select_strategy="default",
        chat_template=tokenizer.chat_template,
        num_additional_image_tokens=1,
    )


def scaler_of(processor: LlavaProcessor) -> PictureScaler:
    """The scaling that a processor says."""
    image_processor = processor.image_processor
    is_padded = getattr(image_processor, "do_pad", False)
    size = dict(image_processor.crop_size if image_processor.do_center_crop else image_processor.size)
    return PictureScaler(
        side=size.get("height") or size["shortest_edge"],
        shape="pad" if is_padded else "crop" if image_processor.do_center_crop else "squash",
        mean=tuple(image_processor.image_mean),
        std=tuple(image_processor.image_std),
    )
