"""Prints what Latte and DiT compute with text where the published code does otherwise than ours by default: sums for LatentNetworkTests.

Run by hand:  python3 tests/reference/told_transformers.py
Text of a Latte modulates its blocks and not its final layer; patches of a DiT that sees texts in one sequence with them (concat) are numbered behind
the longest text of the batch. Weights, clips and texts come from the formulas of Formulas.cs and TransformerTesting.cs. Made with PyTorch 1.13.1, float64.
"""
import math

import torch
import torch.nn.functional as F

WIDTH, HEADS, PATCH, CHANNELS, FRAMES, TEXT, TOKENS = 16, 2, 2, 3, 4, 8, 5


def code(name):
    return sum(map(ord, name)) % 97


class Weights(dict):
    """By name, made where they are first asked for."""

    def layer(self, name, x, outputs):
        weight, bias = (self.of(f"{name}.{part}", shape) for part, shape in (("weight", (outputs, x.shape[-1])), ("bias", (outputs,))))
        return x @ weight.T + bias

    def of(self, name, shape):
        if name not in self:
            scale = 0.1 if len(shape) == 1 else 1 / math.sqrt(math.prod(shape) / shape[0])
            i = torch.arange(math.prod(shape), dtype=torch.float64)
            self[name] = (scale * torch.sin(1.7 * i + code(name))).float().double().view(shape).requires_grad_()
        return self[name]


def formula(*shape):
    return (0.5 * torch.sin(0.37 * torch.arange(math.prod(shape), dtype=torch.float64))).view(shape) + 0.5


def total(values, name=""):
    values = values.detach().flatten()
    return (values * torch.cos(0.9 * torch.arange(len(values), dtype=torch.float64) + code(name))).sum().item()


def waves(places, width, cosines_first=False):
    """Of frequencies 10000^(-2k/width)."""
    turns = places.double().unsqueeze(-1) * 10000 ** (-torch.arange(width // 2, dtype=torch.float64) / (width // 2))
    return torch.cat([turns.cos(), turns.sin()] if cosines_first else [turns.sin(), turns.cos()], -1)


def places(rows, columns):
    """Columns in the first half of the width, rows in the second; (2, rows * columns)."""
    return torch.arange(columns).repeat(rows), torch.arange(rows).repeat_interleave(columns)


def table(columns, rows):
    return torch.cat([waves(columns, WIDTH // 2), waves(rows, WIDTH // 2)], -1)


def level(w, t):
    return w.layer("t_embedder.mlp.2", F.silu(w.layer("t_embedder.mlp.0", waves(t, 256, cosines_first=True), WIDTH)), WIDTH)


def norm(x, shift, scale):
    return F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale) + shift


def attend(q, k, v, absent=None):
    q, k, v = (x.unflatten(-1, (HEADS, -1)).transpose(-2, -3) for x in (q, k, v))
    weights = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if absent is not None:
        weights = weights.masked_fill(absent[:, None, None], -math.inf)
    return (weights.softmax(-1) @ v).transpose(-2, -3).flatten(-2)


def block(w, name, x, condition, attention):
    """x (B, ..., C), condition (B, C)."""
    m = w.layer(f"{name}.adaLN_modulation.1", F.silu(condition), 6 * WIDTH)
    m = m.view(len(x), *[1] * (x.ndim - 2), 6 * WIDTH).chunk(6, -1)
    x = x + m[2] * attention(f"{name}.attn", norm(x, m[0], m[1]))
    y = F.gelu(w.layer(f"{name}.mlp.fc1", norm(x, m[3], m[4]), 4 * WIDTH), approximate="tanh")
    return x + m[5] * w.layer(f"{name}.mlp.fc2", y, WIDTH)


def final(w, x, condition):
    shift, scale = w.layer("final_layer.adaLN_modulation.1", F.silu(condition), 2 * WIDTH).chunk(2, -1)
    shape = len(x), *[1] * (x.ndim - 2), WIDTH
    return w.layer("final_layer.linear", norm(x, shift.view(shape), scale.view(shape)), PATCH * PATCH * 2 * CHANNELS)


def patches(clips):
    """(B, C, F, H, W) to (B, F, rows * columns, C p p)."""
    b, c, f, h, w = clips.shape
    x = clips.view(b, c, f, h // PATCH, PATCH, w // PATCH, PATCH)
    return x.permute(0, 2, 3, 5, 1, 4, 6).reshape(b, f, -1, c * PATCH * PATCH)


def project(w, name, clips):
    weight, bias = w.of(f"{name}.weight", (WIDTH, CHANNELS, PATCH, PATCH)), w.of(f"{name}.bias", (WIDTH,))
    return patches(clips) @ weight.flatten(1).T + bias


def latte(w, clips, t, texts):
    """Numbers of a patch: rows, columns, channels. Texts (B, TOKENS, TEXT), zeros where there are none."""
    (b, _, f, h, _), rows = clips.shape, clips.shape[3] // PATCH
    x = project(w, "x_embedder.proj", clips) + table(*places(rows, clips.shape[4] // PATCH))
    noise = level(w, t)
    told = noise + w.layer("text_embedding_projection.1", F.silu(texts.flatten(1)), WIDTH)

    def attention(name, y):
        return w.layer(f"{name}.proj", attend(*w.layer(f"{name}.qkv", y, 3 * WIDTH).chunk(3, -1)), WIDTH)

    x = block(w, "blocks.0", x, told, attention)
    x = x.transpose(1, 2) + waves(torch.arange(f), WIDTH)
    x = block(w, "blocks.1", x, told, attention).transpose(1, 2)
    x = final(w, x, noise).view(b, f, rows, -1, PATCH, PATCH, 2 * CHANNELS)
    return x.permute(0, 6, 1, 2, 4, 3, 5).reshape(b, 2 * CHANNELS, f, h, -1)


def dit(w, clips, t, texts, present):
    """Numbers of a patch: channels, rows, columns. The place of a token is its number in a row of 512 after the other."""
    b, _, f, h, _ = clips.shape
    x = project(w, "video_embedder.proj", clips).flatten(1, 2)
    words = w.layer("text_embedder.proj", texts, WIDTH)
    absent = F.pad(~present, (0, x.shape[1]))
    x = torch.cat([words, x], 1)
    numbers = torch.arange(x.shape[1])
    x = x + table(numbers % 512, numbers // 512)
    noise = level(w, t)

    def attention(name, y):
        return w.layer(f"{name}.to_out.0", attend(*(w.layer(f"{name}.{part}", y, WIDTH) for part in ("to_q", "to_k", "to_v")), absent), WIDTH)

    for i in range(2):
        x = block(w, f"blocks.{i}", x, noise, attention)
    x = final(w, x[:, words.shape[1]:], noise).view(b, f, h // PATCH, -1, 2 * CHANNELS, PATCH, PATCH)
    return x.permute(0, 4, 1, 2, 5, 3, 6).reshape(b, 2 * CHANNELS, f, h, -1)


def report(name, w, predicted):
    loss = (predicted - 0.5).square().mean()
    loss.backward()
    print(name, sum(x.numel() for x in w.values()), total(predicted), loss.item(), sum(total(x.grad, key) for key, x in w.items()))


def main():
    levels = torch.tensor([3, 700])
    texts = (0.5 * torch.sin(torch.arange(2 * 3 * TEXT, dtype=torch.float64) * 0.23)).float().double().view(2, 3, TEXT) + 0.5
    present = torch.tensor([[True, True, True], [True, True, False]])
    texts = texts * present.unsqueeze(-1)
    second = F.pad(texts * torch.tensor([0, 1]).view(2, 1, 1), (0, 0, 0, TOKENS - 3))
    weights = Weights()
    report("latte, the first without its text, 4 x 4", weights, latte(weights, formula(2, CHANNELS, FRAMES, 4, 4), levels, second))
    weights = Weights()
    report("dit, 4 x 6", weights, dit(weights, formula(2, CHANNELS, FRAMES, 4, 6), levels, texts, present))


if __name__ == "__main__":
    main()
