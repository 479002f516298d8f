"""transformers' own processor of a BLIP-2, so that its pipelines read what was tuned here."""

from __future__ import annotations

from transformers import Blip2ForConditionalGeneration, Blip2Processor, BlipImageProcessor, PreTrainedTokenizerBase

from reference_models.training.pictures import PictureScaler


def blip2_processor(
    network: Blip2ForConditionalGeneration, tokenizer: PreTrainedTokenizerBase, scaler: PictureScaler
) -> Blip2Processor:
    """The processor that scales pictures and places image tokens as the network was trained with."""
    image_processor = BlipImageProcessor(
        size={"height": scaler.side, "width": scaler.side},
        image_mean=list(scaler.mean),
        image_std=list(scaler.std),
    )
    return Blip2Processor(  # type: ignore[no-untyped-call]
        image_processor, tokenizer, num_query_tokens=network.config.num_query_tokens
    )


def blip2_scaler(processor: Blip2Processor) -> PictureScaler:
    """The scaling that a processor says: BLIP-2 presses every picture into a square."""
    image_processor = processor.image_processor
    return PictureScaler(
        side=image_processor.size["height"],
        shape="squash",
        mean=tuple(image_processor.image_mean),
        std=tuple(image_processor.image_std),
    )
