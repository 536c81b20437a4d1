"""A tiny BERT out of PyTorch's own transformer layers: a folder as Hugging Face publishes one, and golden vectors of texts.

Run by hand:  /usr/bin/python3 tests/reference/bert_reference.py
Writes        tests/TinySora.Engine.Tests/Golden/bert/   vocab.txt, config.json, model.safetensors and the same as pytorch_model.bin
                                                         in PyTorch's format before 1.6 (with the prefix, the norm
                                                         names and the further tensors of the published file), golden.json

Weights are `noise` of unet3d_reference.py, numbered by their sorted names. Made with PyTorch 1.13.1, float64 throughout.
"""
import json
import struct

import torch
from torch import nn

from unet3d_reference import GOLDEN, noise, rounded
from wordpiece_reference import encode

WIDTH, LAYERS, HEADS, HIDDEN, POSITIONS = 8, 2, 2, 16, 512
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "circle", "##s", "blue", "square", ",", "moving", "left", "日", "é"]
TEXTS = ["a red circle", "a blue square, moving left", "circles 日é", "unknown", "", "a red square " * 300]
# Parts of a prompt with their weights.
WEIGHTED = [[["a ", 1], ["red", 1.4], [" circle", 1]], [["a ", 1], ["blue", 0], [" square", 0.5]]]


def shapes():
    result = {
        "embeddings.word_embeddings.weight": (len(VOCABULARY), WIDTH),
        "embeddings.position_embeddings.weight": (POSITIONS, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH)}
    for norm in ["embeddings"] + [f"encoder.layer.{i}.{n}" for i in range(LAYERS) for n in ("attention.output", "output")]:
        result |= {f"{norm}.LayerNorm.weight": (WIDTH,), f"{norm}.LayerNorm.bias": (WIDTH,)}
    for i in range(LAYERS):
        for name, o, n in (("attention.self.query", WIDTH, WIDTH), ("attention.self.key", WIDTH, WIDTH),
                           ("attention.self.value", WIDTH, WIDTH), ("attention.output.dense", WIDTH, WIDTH),
                           ("intermediate.dense", HIDDEN, WIDTH), ("output.dense", WIDTH, HIDDEN)):
            result |= {f"encoder.layer.{i}.{name}.weight": (o, n), f"encoder.layer.{i}.{name}.bias": (o,)}
    return result


class Bert:
    def __init__(self, w):
        self.w, self.layers = w, []
        for i in range(LAYERS):
            layer = nn.TransformerEncoderLayer(WIDTH, HEADS, HIDDEN, activation="gelu", batch_first=True, layer_norm_eps=1e-12).double().eval()
            get = lambda name: w[f"encoder.layer.{i}.{name}"]
            parts = ("query", "key", "value")
            layer.load_state_dict({
                "self_attn.in_proj_weight": torch.cat([get(f"attention.self.{p}.weight") for p in parts]),
                "self_attn.in_proj_bias": torch.cat([get(f"attention.self.{p}.bias") for p in parts]),
                "self_attn.out_proj.weight": get("attention.output.dense.weight"), "self_attn.out_proj.bias": get("attention.output.dense.bias"),
                "norm1.weight": get("attention.output.LayerNorm.weight"), "norm1.bias": get("attention.output.LayerNorm.bias"),
                "linear1.weight": get("intermediate.dense.weight"), "linear1.bias": get("intermediate.dense.bias"),
                "linear2.weight": get("output.dense.weight"), "linear2.bias": get("output.dense.bias"),
                "norm2.weight": get("output.LayerNorm.weight"), "norm2.bias": get("output.LayerNorm.bias")})
            self.layers.append(layer)

    def __call__(self, ids):  # one text, so that nothing is padded -> (tokens, width)
        w = self.w
        x = (w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:len(ids)]
             + w["embeddings.token_type_embeddings.weight"][0])
        x = nn.functional.layer_norm(x, (WIDTH,), w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"], 1e-12)[None]
        for layer in self.layers:
            x = layer(x.requires_grad_())  # with gradients, or a fused kernel takes over
        return x[0]


def cut(ids):
    return ids if len(ids) <= POSITIONS else ids[:POSITIONS - 1] + ids[-1:]


def mean(x, weights):  # of all tokens but [CLS]
    weights = torch.tensor(weights, dtype=torch.float64)[1:, None]
    return (x[1:] * weights).sum(0) / (weights.sum() + 1e-8)


def write_safetensors(path, tensors):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        kind = {torch.float32: "F32", torch.int64: "I64"}[tensor.dtype]
        raw = tensor.numpy().tobytes()
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    w = {name: noise(i, *shape) for i, (name, shape) in enumerate(sorted(shapes().items()))}
    folder = GOLDEN / "bert"
    folder.mkdir(exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(dict(
        architectures=["BertForMaskedLM"], hidden_act="gelu", hidden_size=WIDTH, intermediate_size=HIDDEN, layer_norm_eps=1e-12,
        max_position_embeddings=POSITIONS, model_type="bert", num_attention_heads=HEADS, num_hidden_layers=LAYERS, pad_token_id=0,
        type_vocab_size=2, vocab_size=len(VOCABULARY)), indent=2) + "\n")
    published = lambda name: "bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    weights = {
        "bert.embeddings.position_ids": torch.arange(POSITIONS)[None],
        **{published(name): tensor.float() for name, tensor in w.items()},
        "bert.pooler.dense.bias": torch.zeros(WIDTH), "cls.predictions.bias": torch.zeros(len(VOCABULARY))}
    write_safetensors(folder / "model.safetensors", weights)
    torch.save(weights, folder / "pytorch_model.bin", _use_new_zipfile_serialization=False)

    vocabulary = {piece: i for i, piece in enumerate(VOCABULARY)}
    bert = Bert(w)
    states = [bert(cut(encode(text, vocabulary))) for text in TEXTS]
    weighted = []
    for parts in WEIGHTED:
        split = [encode(text, vocabulary)[1:-1] for text, _ in parts]
        weights = [1] + [weight for ids, (_, weight) in zip(split, parts) for _ in ids] + [1]
        weighted.append(mean(bert([2] + sum(split, []) + [3]), weights))
    golden = dict(
        texts=TEXTS, mean=rounded(torch.stack([mean(x, [1] * len(x)) for x in states])), cls=rounded(torch.stack([x[0] for x in states])),
        prompts=["".join(t if v == 1 else f"({t}:{v})" for t, v in parts) for parts in WEIGHTED], weighted=rounded(torch.stack(weighted)))
    (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
