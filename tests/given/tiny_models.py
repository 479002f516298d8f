"""Models of a few thousand random weights, made and saved by the real libraries: what loads them loads real ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import open_clip
import tokenizers
import torch
import transformers
from safetensors.torch import save_file

from vlitqa.backends.judges.prompt import demand_of, prompt_messages
from vlitqa.contracts.tools import JudgeQuestion

CHAT = (
    "{% for message in messages %}{{ message['role'].upper() + ': ' + message['content'] + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
SEEING = (
    "{% for message in messages %}{{ message['role'].upper() + ': ' }}"
    "{% for part in message['content'] if part['type'] == 'image' %}{{ '<image>\n' }}{% endfor %}"
    "{% for part in message['content'] if part['type'] == 'text' %}{{ part['text'] + '\n' }}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
ROOM = 6000
LLAMA = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
CLIP = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 2}


def tiny_tokenizer(template: str | None) -> Any:
    """A tokenizer of letters and bytes; `"1` is one token, so that a border runs through the quote before an answer."""
    words = ["<unk>", "<s>", "</s>", "<image>", *(f"<0x{byte:02X}>" for byte in range(256))]
    words += [*map(chr, range(32, 127)), '"1']
    vocabulary = {word: number for number, word in enumerate(words)}
    model = tokenizers.models.BPE(vocabulary, [('"', "1")], unk_token="<unk>", byte_fallback=True)
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.decoder = tokenizers.decoders.ByteFallback()
    marks = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    fast_tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, additional_special_tokens=["<image>"], **marks
    )
    fast_tokenizer.chat_template = template
    return fast_tokenizer


def text_config() -> Any:
    """The shape of the tiny language model."""
    return transformers.LlamaConfig(
        vocab_size=356, max_position_embeddings=ROOM, initializer_range=0.3, bos_token_id=1, eos_token_id=2, **LLAMA
    )


def make_critic(folder: Path, *, seed: int = 0, template: str | None = CHAT) -> Path:
    """Saves a tiny language model with its tokenizer."""
    torch.manual_seed(seed)
    transformers.LlamaForCausalLM(text_config()).save_pretrained(folder)
    tiny_tokenizer(template).save_pretrained(folder)
    return folder


def train_critic(folder: Path, questions: Sequence[JudgeQuestion], reply: str) -> None:
    """Trains a critic to give one reply to these questions, as a server would put them."""
    model = transformers.LlamaForCausalLM.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(120):
        question = questions[step % len(questions)]
        conversation = [
            {"role": message.role, "content": message.text}
            for message in prompt_messages(question, demand_of(question.answers))
        ]
        prompt = tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True)
        tokens = tokenizer(f"{prompt}{reply}</s>", add_special_tokens=False, return_tensors="pt").input_ids
        reply_length = len(tokenizer(f"{reply}</s>", add_special_tokens=False).input_ids)
        labels = tokens.clone()
        labels[:, :-reply_length] = -100
        loss = model(tokens, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss < 0.02:
            break
    model.save_pretrained(folder)


def make_llava(folder: Path) -> Path:
    """Saves a tiny LLaVA with its processor."""
    torch.manual_seed(0)
    vision = transformers.CLIPVisionConfig(image_size=28, patch_size=14, initializer_range=0.3, **CLIP)
    config = transformers.LlavaConfig(
        vision_config=vision, text_config=text_config(), image_token_index=3, image_seq_length=4
    )
    transformers.LlavaForConditionalGeneration(config).save_pretrained(folder)
    sight = transformers.CLIPImageProcessor(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
    processor = transformers.LlavaProcessor(
        sight,
        tiny_tokenizer(None),
        patch_size=14,
        vision_feature_select_strategy="default",
        chat_template=SEEING,
        num_additional_image_tokens=1,
    )
    processor.save_pretrained(folder)
    return folder


TINY = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 48, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}


def make_matcher(folder: Path, *, seed: int = 0, **preprocessing: object) -> Path:
    """Saves a tiny model of random weights in open_clip's hub format."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_cfg": TINY, "preprocess_cfg": preprocessing}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    torch.manual_seed(seed)
    model = open_clip.CLIP(**TINY)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    return folder


CHINESE = "图片里有一只猫狗红色的圆什么动物请描述它在哪"


def make_sentence_transformer(
    folder: Path, *, pooling: str = "mean", normalize: bool = True, dense: int = 0, prompt: str = ""
) -> Path:
    """Saves a tiny BERT of English letters and Chinese characters in sentence-transformers' own layout."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    bert = folder.with_name(f"{folder.name}-bert")
    bert.mkdir(parents=True)
    letters = [chr(number) for number in range(97, 123)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters), *CHINESE]
    (bert / "vocab.txt").write_text("\n".join(dict.fromkeys(words)) + "\n", encoding="utf-8")
    transformers.BertTokenizerFast(str(bert / "vocab.txt")).save_pretrained(bert)
    torch.manual_seed(0)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = transformers.BertConfig(vocab_size=len(words), max_position_embeddings=128, initializer_range=0.3, **shape)
    transformers.BertModel(config).save_pretrained(bert)
    parts = [modules.Transformer(str(bert), max_seq_length=64), modules.Pooling(32, pooling)]
    parts += [modules.Dense(32, dense)] if dense else []
    parts += [modules.Normalize()] if normalize else []
    prompts = {"prompts": {"query": prompt}, "default_prompt_name": "query"} if prompt else {}
    SentenceTransformer(modules=parts, device="cpu", **prompts).save_pretrained(str(folder))
    return folder
