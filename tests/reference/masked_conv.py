"""Prints what a masked transformer with a convolution over neighbours before each block computes ("masked conv" of TokenNetworkTests), and without ("masked").

Run by hand:  python3 tests/reference/masked_conv.py
Weights and tokens come from the formulas of Formulas.cs and TokenTesting.cs. Made with PyTorch 1.13.1.
"""
import math

import torch
import torch.nn.functional as F

VOCABULARY, WIDTH, HEADS, HEAD, LAYERS, BATCH, GRID = 12, 16, 2, 8, 2, 2, (2, 3, 2)
COUNT = math.prod(GRID)
PLACES = torch.cartesian_prod(*(torch.arange(n) for n in GRID))


def code(name):
    return sum(map(ord, name)) % 97


class Weights(dict):
    """By name, made where they are first asked for."""

    def of(self, name, *shape):
        name = f"transformer.{name}"
        if name not in self:
            scale, shift = (0.1, float(name.endswith("weight"))) if len(shape) == 1 else (1 / math.sqrt(math.prod(shape) / shape[0]), 0)
            i = torch.arange(math.prod(shape), dtype=torch.float64)
            self[name] = (scale * torch.sin(1.7 * i + code(name)) + shift).float().view(shape).requires_grad_()
        return self[name]

    def layer(self, name, x, outputs):
        return F.linear(x, self.of(f"{name}.weight", outputs, x.shape[-1]), self.of(f"{name}.bias", outputs))

    def norm(self, name, x):
        return F.layer_norm(x, [WIDTH], self.of(f"{name}.weight", WIDTH), self.of(f"{name}.bias", WIDTH))

    def neighbours(self, name, x):
        grid = x.view(BATCH, *GRID, WIDTH).permute(0, 4, 1, 2, 3)
        y = F.conv3d(grid, self.of(f"{name}.weight", WIDTH, 1, 3, 3, 3), self.of(f"{name}.bias", WIDTH), padding=1, groups=WIDTH)
        return y.permute(0, 2, 3, 4, 1).flatten(1, 3)


def turned(x):
    """Of a head's four pairs two turn with the frame, one with the row and one with the column."""
    angles = torch.cat([PLACES[:, axis, None].double() * torch.exp(torch.arange(pairs, dtype=torch.float64) * (-math.log(10000) / pairs))
                        for axis, pairs in enumerate((2, 1, 1))], 1)[:, None]
    (a, b), cosines, sines = x.chunk(2, -1), angles.cos().float(), angles.sin().float()
    return torch.cat([a * cosines - b * sines, b * cosines + a * sines], -1)


def logits(weights, tokens, convolves):
    table = weights.of("wte.weight", VOCABULARY, WIDTH)
    x = table[tokens] + sum(weights.of(f"wpe.{axis}.weight", rows, WIDTH)[PLACES[:, axis]] for axis, rows in enumerate(GRID)) / 3
    for block in range(LAYERS):
        name = f"h.{block}"
        if convolves:
            x = x + weights.neighbours(f"{name}.position_conv", x)
        q, k, v = weights.layer(f"{name}.attn.c_attn", weights.norm(f"{name}.ln_1", x), 3 * WIDTH).view(BATCH, COUNT, 3, HEADS, HEAD).unbind(2)
        chances = (torch.einsum("bihd,bjhd->bhij", turned(q), turned(k)) / math.sqrt(HEAD)).softmax(-1)
        x = x + weights.layer(f"{name}.attn.c_proj", torch.einsum("bhij,bjhd->bihd", chances, v).flatten(2), WIDTH)
        hidden = F.gelu(weights.layer(f"{name}.mlp.c_fc", weights.norm(f"{name}.ln_2", x), 4 * WIDTH))
        x = x + weights.layer(f"{name}.mlp.c_proj", hidden, WIDTH)
    return weights.norm("ln_f", x) @ table.T


def total(tensor, name=""):
    values = tensor.detach().double().flatten()
    return (values * torch.cos(0.9 * torch.arange(len(values), dtype=torch.float64) + code(name))).sum().item()


def ids(factor, shift):
    i = torch.arange(BATCH * COUNT)
    return (factor * i * i + 3 * i + shift) % VOCABULARY


for case in ("masked", "masked conv"):
    weights = Weights()
    predicted = logits(weights, ids(7, 1).view(BATCH, COUNT), case == "masked conv")
    loss = F.cross_entropy(predicted.flatten(0, 1), ids(5, 2))
    loss.backward()
    gradients = sum(total(weight.grad, name) for name, weight in weights.items())
    norm = math.sqrt(sum(weight.grad.square().sum().item() for weight in weights.values()))
    print(f"{case}: {sum(w.numel() for w in weights.values())}, {total(predicted):.7g}, {loss.item():.7g}, {gradients:.7g}, {norm:.7g}, "
          f"{weights['transformer.wte.weight'].grad[3, 5].item():.7g}")
