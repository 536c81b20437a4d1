"""Prints what a DiT computes with a convolution over neighbours before each block ("dit conv" of LatentNetworkTests), with a field of text
("dit field"), and without both ("dit new").

Run by hand:  python3 tests/reference/position_conv.py
Each example by itself, without padding. Weights, clips and texts come from the formulas of Formulas.cs and TransformerTesting.cs. Made with PyTorch 1.13.1.
"""
import math

import torch
import torch.nn.functional as F

WIDTH, HEADS, HEAD, DEPTH, PATCH, CHANNELS, FRAMES, ROWS, COLUMNS, FIELD = 16, 2, 8, 2, 2, 3, 4, 2, 3, 128


def code(name):
    return sum(map(ord, name)) % 97


class Weights(dict):
    """By name, made where they are first asked for."""

    def of(self, name, *shape):
        if name not in self:
            scale, shift = (0.1, float(name.endswith("weight"))) if len(shape) == 1 else (1 / math.sqrt(math.prod(shape) / shape[0]), 0)
            i = torch.arange(math.prod(shape), dtype=torch.float64)
            self[name] = (scale * torch.sin(1.7 * i + code(name)) + shift).float().view(shape).requires_grad_()
        return self[name]

    def layer(self, name, x, outputs):
        return F.linear(x, self.of(f"{name}.weight", outputs, x.shape[-1]), self.of(f"{name}.bias", outputs))

    def patches(self, x):
        name = "video_embedder.proj"
        return F.linear(x, self.of(f"{name}.weight", WIDTH, CHANNELS, PATCH, PATCH).flatten(1), self.of(f"{name}.bias", WIDTH))

    def neighbours(self, name, x):
        grid = x.view(FRAMES, ROWS, COLUMNS, WIDTH).permute(3, 0, 1, 2)[None]
        y = F.conv3d(grid, self.of(f"{name}.weight", WIDTH, 1, 3, 3, 3), self.of(f"{name}.bias", WIDTH), padding=1, groups=WIDTH)
        return y[0].permute(1, 2, 3, 0).reshape(-1, WIDTH)


def root_mean_square(x):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6)


def waves(level):
    angles = level * torch.exp(torch.arange(128, dtype=torch.float64) * (-math.log(10000) / 128))
    return torch.cat([angles.cos(), angles.sin()]).float()


def turns(words):
    """Of a head's four pairs two turn with the frame, one with the row and one with the column; those of words do not."""
    places = torch.cartesian_prod(*(torch.arange(n, dtype=torch.float64) for n in (FRAMES, ROWS, COLUMNS)))
    angles = [places[:, axis, None] * torch.exp(torch.arange(pairs, dtype=torch.float64) * (-math.log(10000) / pairs))
              for axis, pairs in enumerate((2, 1, 1))]
    angles = torch.cat([torch.zeros(words, 4, dtype=torch.float64), torch.cat(angles, 1)])[:, None]
    return angles.cos().float(), angles.sin().float()


def waves_of_places():
    """Of each patch and axis u from -1 to 1, sine and cosine of pi u / 2 and of pi u."""
    along = [torch.linspace(-1, 1, n) for n in (FRAMES, ROWS, COLUMNS)]
    u = torch.stack(torch.meshgrid(*along, indexing="ij"), -1).view(-1, 3)
    return torch.stack([u, (u * math.pi / 2).sin(), (u * math.pi / 2).cos(), (u * math.pi).sin(), (u * math.pi).cos()], -1).flatten(1)


def field(weights, text):
    """The sum over k of a_k(text) and what a_k brings, times the k-th function of the patch's place."""
    functions = F.silu(weights.layer("text_field.place.2", F.silu(weights.layer("text_field.place.0", waves_of_places(), FIELD)), FIELD))
    told = weights.layer("text_field.text", text.mean(0), FIELD)
    return functions @ (told[:, None] * weights.of("text_field.output", FIELD, WIDTH))


def turned(x, by):
    (a, b), (cosines, sines) = x.chunk(2, -1), by
    return torch.cat([a * cosines - b * sines, b * cosines + a * sines], -1)


def predict(weights, clip, level, text, case):
    blocks = clip.unflatten(3, (COLUMNS, PATCH)).unflatten(2, (ROWS, PATCH))
    tokens = weights.patches(blocks.permute(1, 2, 4, 0, 3, 5).reshape(-1, CHANNELS * PATCH * PATCH))
    if case == "dit field":
        tokens = tokens + field(weights, text)
    steer = F.silu(weights.layer("t_embedder.mlp.2", F.silu(weights.layer("t_embedder.mlp.0", waves(level), WIDTH)), WIDTH))
    words = len(text)
    x, places = torch.cat([weights.layer("text_embedder.proj", text, WIDTH), tokens]), turns(words)
    for block in range(DEPTH):
        name = f"blocks.{block}"
        if case == "dit conv":
            x = torch.cat([x[:words], x[words:] + weights.neighbours(f"position_convs.{block}", x[words:])])
        m = weights.layer(f"{name}.adaLN_modulation.1", steer, 6 * WIDTH).chunk(6)
        y = root_mean_square(x) * (1 + m[1]) + m[0]
        q, k, v = (weights.layer(f"{name}.attn.to_{part}", y, WIDTH).view(-1, HEADS, HEAD) for part in "qkv")
        q, k = (turned(root_mean_square(part) * weights.of(f"{name}.attn.{which}_norm.weight", HEAD), places) for part, which in ((q, "q"), (k, "k")))
        mixed = torch.einsum("hij,jhd->ihd", (torch.einsum("ihd,jhd->hij", q, k) / math.sqrt(HEAD)).softmax(-1), v)
        x = x + m[2] * weights.layer(f"{name}.attn.to_out.0", mixed.reshape(-1, WIDTH), WIDTH)
        a, b = weights.layer(f"{name}.mlp.fc1", root_mean_square(x) * (1 + m[4]) + m[3], 128).chunk(2, -1)
        x = x + m[5] * weights.layer(f"{name}.mlp.fc2", F.silu(a) * b, WIDTH)
    m = weights.layer("final_layer.adaLN_modulation.1", steer, 2 * WIDTH).chunk(2)
    numbers = weights.layer("final_layer.linear", root_mean_square(x[words:]) * (1 + m[1]) + m[0], 2 * CHANNELS * PATCH * PATCH)
    grid = numbers.view(FRAMES, ROWS, COLUMNS, 2 * CHANNELS, PATCH, PATCH)
    return grid.permute(3, 0, 1, 4, 2, 5).reshape(2 * CHANNELS, FRAMES, ROWS * PATCH, COLUMNS * PATCH)


def total(tensor, name=""):
    values = tensor.detach().double().flatten()
    return (values * torch.cos(0.9 * torch.arange(len(values), dtype=torch.float64) + code(name))).sum().item()


shape = (2, CHANNELS, FRAMES, ROWS * PATCH, COLUMNS * PATCH)
clips = (0.5 * torch.sin(0.37 * torch.arange(math.prod(shape), dtype=torch.float64))).float().view(shape) + 0.5
states = (0.5 * torch.sin(0.23 * torch.arange(48, dtype=torch.float64))).float().view(2, 3, 8) + 0.5
for case in ("dit new", "dit conv", "dit field"):
    weights = Weights()
    second = states[1][:2] if case == "dit new" else torch.zeros(2, 8)  # its text is dropped
    predicted = torch.stack([predict(weights, *example, case) for example in ((clips[0], 3.0, states[0]), (clips[1], 700.0, second))])
    loss = (predicted - 0.5).square().mean()
    loss.backward()
    gradients = sum(total(weight.grad, name) for name, weight in weights.items())
    print(f"{case}: {sum(w.numel() for w in weights.values())}, {total(predicted):.7g}, {loss.item():.7g}, {gradients:.7g}")
