"""A tiny CLIP out of PyTorch's own transformer layers: a folder as Hugging Face publishes one, and golden vectors of texts.

Run by hand:  /usr/bin/python3 tests/reference/clip_reference.py
Writes        tests/TinySora.Engine.Tests/Golden/clip/   vocab.json, merges.txt, config.json, model.safetensors (with the prefix and
                                                         the further tensors of the published file), golden.json

One merged piece has a greater id than <|endoftext|>, so that the two published rules of pooling differ: the state at
<|endoftext|>, or in files with eos_token_id 2 at the greatest id. Weights are `noise` of unet3d_reference.py, numbered by their
sorted names. Made with PyTorch 1.13.1, float64 throughout.
"""
import json

import torch
from torch import nn

from bert_reference import write_safetensors
from bpe_reference import END, START, encode, vocabulary
from unet3d_reference import GOLDEN, noise, rounded

WIDTH, LAYERS, HEADS, HIDDEN, POSITIONS, PROJECTION = 8, 2, 2, 16, 16, 6
MERGES = [("r", "e"), ("re", "d</w>"), ("c", "i"), ("ci", "r"), ("l", "e</w>"), ("cir", "c"), ("circ", "le</w>"), ("m", "o"),
          ("l", "e"), ("le", "f"), ("lef", "t</w>")]
TEXTS = ["a red circle", "A red circle, moving left!", "circle left left red", "! 日é!", "", "a red square " * 10]
ACTIVATIONS = dict(quick_gelu=lambda x: x * torch.sigmoid(1.702 * x), gelu=nn.functional.gelu)


def shapes(vocabulary_size):
    result = {"embeddings.token_embedding.weight": (vocabulary_size, WIDTH), "embeddings.position_embedding.weight": (POSITIONS, WIDTH)}
    for norm in ["final_layer_norm"] + [f"encoder.layers.{i}.layer_norm{n}" for i in range(LAYERS) for n in (1, 2)]:
        result |= {f"{norm}.weight": (WIDTH,), f"{norm}.bias": (WIDTH,)}
    for i in range(LAYERS):
        for name, o, n in (*((f"self_attn.{part}_proj", WIDTH, WIDTH) for part in ("q", "k", "v", "out")),
                           ("mlp.fc1", HIDDEN, WIDTH), ("mlp.fc2", WIDTH, HIDDEN)):
            result |= {f"encoder.layers.{i}.{name}.weight": (o, n), f"encoder.layers.{i}.{name}.bias": (o,)}
    return result


def states(ids, w, activation):  # one text, so that nothing is padded -> (tokens, width)
    x = (w["embeddings.token_embedding.weight"][ids] + w["embeddings.position_embedding.weight"][:len(ids)])[None]
    causal = torch.full((len(ids), len(ids)), -torch.inf, dtype=torch.float64).triu(1)
    for i in range(LAYERS):
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, HIDDEN, activation=ACTIVATIONS[activation], batch_first=True, norm_first=True).double().eval()
        get = lambda name: w[f"encoder.layers.{i}.{name}"]
        layer.load_state_dict({
            **{f"self_attn.in_proj_{kind}": torch.cat([get(f"self_attn.{p}_proj.{kind}") for p in "qkv"]) for kind in ("weight", "bias")},
            **{f"{ours}.{kind}": get(f"{theirs}.{kind}") for kind in ("weight", "bias") for ours, theirs in (
                ("self_attn.out_proj", "self_attn.out_proj"), ("norm1", "layer_norm1"), ("norm2", "layer_norm2"),
                ("linear1", "mlp.fc1"), ("linear2", "mlp.fc2"))}})
        x = layer(x.requires_grad_(), src_mask=causal)  # with gradients, or a fused kernel takes over
    return nn.functional.layer_norm(x[0], (WIDTH,), w["final_layer_norm.weight"], w["final_layer_norm.bias"], 1e-5)


def main():
    ids = vocabulary(MERGES)
    last = MERGES[-1][0] + MERGES[-1][1]
    pieces = [p for p in ids if p != last] + [last]
    ids, ranks = {p: i for i, p in enumerate(pieces)}, {pair: i for i, pair in enumerate(MERGES)}
    w = {name: noise(i, *shape).float().double() for i, (name, shape) in enumerate(sorted(shapes(len(ids)).items()))}
    projection = noise(len(w), PROJECTION, WIDTH).float().double()

    folder = GOLDEN / "clip"
    folder.mkdir(exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(ids, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in MERGES), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(dict(
        architectures=["CLIPModel"], model_type="clip", projection_dim=PROJECTION, logit_scale_init_value=2.6592,
        text_config=dict(
            model_type="clip_text_model", hidden_act="quick_gelu", hidden_size=WIDTH, intermediate_size=HIDDEN, layer_norm_eps=1e-5,
            max_position_embeddings=POSITIONS, num_attention_heads=HEADS, num_hidden_layers=LAYERS, bos_token_id=ids[START],
            eos_token_id=ids[END], projection_dim=PROJECTION, vocab_size=len(ids)),
        vision_config=dict(model_type="clip_vision_model", hidden_size=4, num_hidden_layers=1, hidden_act="relu")), indent=2) + "\n")
    write_safetensors(folder / "model.safetensors", {
        "logit_scale": torch.zeros(()), "text_model.embeddings.position_ids": torch.arange(POSITIONS)[None],
        **{f"text_model.{name}": tensor.float() for name, tensor in w.items()},
        "text_projection.weight": projection.float(), "visual_projection.weight": torch.zeros(PROJECTION, 4),
        "vision_model.encoder.layers.0.mlp.fc1.weight": torch.zeros(4, 4), "vision_model.embeddings.position_ids": torch.arange(5)[None]})

    encoded = [encode(text, ids, ranks, POSITIONS) for text in TEXTS]
    golden = dict(texts=TEXTS, ids=encoded)
    for activation in ACTIVATIONS:
        x = [states(tokens, w, activation) for tokens in encoded]
        at_end = torch.stack([s[tokens.index(ids[END])] for s, tokens in zip(x, encoded)])
        at_greatest = torch.stack([s[tokens.index(max(tokens))] for s, tokens in zip(x, encoded)])
        golden[activation] = dict(end=rounded(at_end), greatest=rounded(at_greatest), features=rounded(at_end @ projection.T),
                                  states=[rounded(s) for s in x])
    (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
