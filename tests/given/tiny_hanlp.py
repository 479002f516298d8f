"""A tiny untrained model of HanLP, saved as HanLP saves its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def tiny_hanlp_model(folder: Path) -> Path:
    """Saves a multi-task model with HanLP's classes for tokens, two graphs and roles; its trainer is not used."""
    (folder / "sdp").mkdir(parents=True)
    _save_tiny_model(folder, _save_tiny_transformer(folder / "transformer"))
    return folder


def _save_tiny_transformer(folder: Path) -> Path:
    from transformers import BertConfig, BertTokenizerFast

    folder.mkdir()
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters), *".,?"]
    (folder / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(words), max_position_embeddings=64, **sizes)
    config.architectures = ["BertModel"]
    config.save_pretrained(folder)
    return folder


def _save_tiny_model(folder: Path, transformer: Path) -> None:
    import torch
    from hanlp.components.mtl.multi_task_learning import MultiTaskLearning
    from hanlp.components.mtl.tasks.sdp import BiaffineSemanticDependencyParsing
    from hanlp.components.mtl.tasks.srl.bio_srl import SpanBIOSemanticRoleLabeling
    from hanlp.components.mtl.tasks.tok.tag_tok import TaggingTokenization
    from hanlp.layers.embeddings.contextual_word_embedding import ContextualWordEmbedding

    sizes = {"dependencies": "tok", "n_mlp_arc": 8, "n_mlp_rel": 8}
    tasks = {
        "tok": TaggingTokenization(),
        "sdp/dm": BiaffineSemanticDependencyParsing(**sizes),
        "sdp/pas": BiaffineSemanticDependencyParsing(**sizes),
        "srl": SpanBIOSemanticRoleLabeling(dependencies="tok", n_mlp_rel=8, delimiter=" "),
    }
    tasks["tok"].dict_force = {"isn't"}  # HanLP's own models have such a dictionary
    tasks["tok"].vocabs["tag"] = _vocabulary("B", "M", "E", "S")
    for name in ("sdp/dm", "sdp/pas"):
        tasks[name].vocabs["rel"] = _vocabulary("root", "ARG1", "ARG2")
    tasks["srl"].vocabs["srl"] = _vocabulary("O", "B-ARG0", "I-ARG0", "B-ARG1", "B-ARGM-TMP")
    encoder = ContextualWordEmbedding("token", str(transformer), average_subwords=True, max_sequence_length=64)
    component = MultiTaskLearning()
    component.config.update(encoder=encoder, task_names=list(tasks), **tasks)
    component.on_config_ready()
    torch.manual_seed(7)
    component.model = component.build_model(training=False)
    for parameter in component.model.decoders.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    component.save(str(folder))


def _vocabulary(*words: str) -> Any:
    from hanlp.common.vocab import Vocab

    vocab = Vocab(pad_token=None, unk_token=None)
    for word in words:
        vocab.add(word)
    vocab.lock()
    return vocab
