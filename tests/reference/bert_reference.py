"""A tiny BERT out of PyTorch's own transformer layers, and golden values of it.

Run by hand:  python3 tests/reference/bert_reference.py
Writes        tests/TinySora.Engine.Tests/Golden/bert.json

Weights are `noise` of unet3d_reference.py, numbered by the sorted names that the Hugging Face layout gives them.
Made with PyTorch 1.13.1, float64 throughout.
"""
import json
import math

import torch
from torch import nn

from unet3d_reference import GOLDEN, noise, rounded

WIDTH, LAYERS, HEADS, HIDDEN, VOCABULARY, POSITIONS = 8, 2, 2, 16, 20, 12


def shapes():
    result = {
        "embeddings.word_embeddings.weight": (VOCABULARY, WIDTH),
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


def main():
    w = {name: noise(i, *shape) for i, (name, shape) in enumerate(sorted(shapes().items()))}
    layers = []
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
        layers.append(layer)
    ids = torch.tensor([[2, 5, 6, 7, 3], [2, 8, 3, 0, 0]])
    mask = ids != 0
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:5] + w["embeddings.token_type_embeddings.weight"][0]
    x = nn.functional.layer_norm(x, (WIDTH,), w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"], 1e-12)
    for layer in layers:
        x = layer(x.requires_grad_(), src_key_padding_mask=~mask)  # with gradients, or a fused kernel takes over
    m = mask[:, 1:, None].double()
    golden = dict(mean=rounded((x[:, 1:] * m).sum(1) / (m.sum(1) + 1e-8)), cls=rounded(x[:, 0]))
    (GOLDEN / "bert.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
