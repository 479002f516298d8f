"""A tiny Grounding DINO with random weights, saved by transformers, with the special tokens of BERT."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import (
    BertConfig,
    BertTokenizerFast,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    GroundingDinoImageProcessor,
    GroundingDinoProcessor,
    SwinConfig,
)

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SPECIAL = {0: "[PAD]", 100: "[UNK]", 101: "[CLS]", 102: "[SEP]", 103: "[MASK]", 1012: ".", 1029: "?"}
"""By their numbers, which transformers has in its code."""
TEXT_LENGTH = 32


def save_tiny_detector(folder: Path, *, side: int = 64, seed: int = 0) -> Path:
    """Saves one that knows the words circle and square, and spells all others."""
    words = [_SPECIAL.get(number, f"[unused{number}]") for number in range(1030)]
    words += [*_LETTERS, *(f"##{letter}" for letter in _LETTERS), "circle", "square"]
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    torch.manual_seed(seed)
    GroundingDinoForObjectDetection(_config(len(words))).save_pretrained(folder)
    images = GroundingDinoImageProcessor(size={"shortest_edge": side, "longest_edge": 2 * side})
    GroundingDinoProcessor(images, BertTokenizerFast(str(folder / "vocab.txt"))).save_pretrained(folder)
    return folder


def _config(words: int) -> GroundingDinoConfig:
    bert = BertConfig(
        vocab_size=words,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
    )
    swin = SwinConfig(
        image_size=64,
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 2, 2],
        window_size=4,
        out_indices=[2, 3, 4],
    )
    return GroundingDinoConfig(
        backbone_config=swin,
        text_config=bert,
        num_queries=8,
        d_model=64,
        encoder_layers=1,
        decoder_layers=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        max_text_len=TEXT_LENGTH,
    )
