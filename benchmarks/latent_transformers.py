"""The latent transformers that peer.py trains, in plain PyTorch, with the published networks, losses and sampling steps."""
import math

import torch
from torch import nn
import torch.nn.functional as F

SIZE = (8, 16, 16)  # frames, rows and columns of latents
CLASSES = 200


def waves(t, width):
    """[cos, sin] embedding of positions or timesteps."""
    angles = t.float()[:, None] * torch.exp(-math.log(10000) * torch.arange(width // 2) / (width // 2))
    return torch.cat([angles.cos(), angles.sin()], 1)


def places(rows, columns, width):
    row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    return torch.cat([waves(column.flatten(), width // 2), waves(row.flatten(), width // 2)], 1)


def modulate(x, shift, scale):
    return x * (1 + scale) + shift


def norm(width):
    return nn.LayerNorm(width, eps=1e-6, elementwise_affine=False)


def attend(q, k, v):
    """Softmax attention of queries, keys and values (A, h, L, d)."""
    return ((q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)).softmax(-1) @ v


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.qkv, self.proj, self.heads = nn.Linear(width, 3 * width), nn.Linear(width, width), heads

    def forward(self, x):
        a, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(a, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        return self.proj(attend(q, k, v).transpose(1, 2).reshape(a, tokens, width))


class SplitAttention(nn.Module):
    """Open-Sora's attention, with one linear layer each for queries, keys, values and output."""

    def __init__(self, width, heads):
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(width, width) for _ in range(4))
        self.heads = heads

    def forward(self, x):
        q, k, v = (layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for layer in (self.q, self.k, self.v))
        return self.out(attend(q, k, v).transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x), approximate="tanh"))


class Block(nn.Module):
    """A transformer block with adaLN-Zero conditioning."""

    def __init__(self, width, heads, attention=Attention):
        super().__init__()
        self.norm1, self.attn, self.norm2, self.mlp = norm(width), attention(width, heads), norm(width), Mlp(width)
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))

    def forward(self, x, c):
        shift, scale, gate, shift2, scale2, gate2 = self.modulation(c).unsqueeze(1).chunk(6, -1)
        x = x + gate * self.attn(modulate(self.norm1(x), shift, scale))
        return x + gate2 * self.mlp(modulate(self.norm2(x), shift2, scale2))


class Final(nn.Module):
    def __init__(self, width, outputs):
        super().__init__()
        self.norm, self.linear = norm(width), nn.Linear(width, outputs)
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width))

    def forward(self, x, c):
        shift, scale = self.modulation(c).unsqueeze(1).chunk(2, -1)
        return self.linear(modulate(self.norm(x), shift, scale))


class Diffusion(nn.Module):
    """Predicts noise and, if it is learned, the variance of a step (Nichol and Dhariwal 2021). Latents are (B, C, F, H, W)."""

    channels, steps, batch, learn_sigma = 4, 20, 4, True

    def __init__(self, width):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))
        betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
        bars = (1 - betas).cumprod(0)
        before = torch.cat([torch.ones(1, dtype=torch.float64), bars[:-1]])
        variance = betas * (1 - before) / (1 - bars)
        self.tables = {name: table.float() for name, table in dict(
            signal=bars.sqrt(), sigma=(1 - bars).sqrt(), most=betas.log(), least=torch.cat([variance[1:2], variance[1:]]).log(),
            of_clean=betas * before.sqrt() / (1 - bars), of_noisy=(1 - before) * (1 - betas).sqrt() / (1 - bars)).items()}

    def at(self, t, *names):
        return (self.tables[name][t].view(-1, 1, 1, 1, 1) for name in names)

    def outputs(self):
        return (2 if self.learn_sigma else 1) * self.channels

    def levels(self, t):
        return self.time(waves(t, 256))

    def condition(self, count, absent):
        labels = torch.randint(CLASSES, (count,))
        return torch.where(absent, torch.tensor(CLASSES), labels)

    def loss(self):
        x0 = torch.randn(self.batch, self.channels, *SIZE)
        t, noise = torch.randint(1000, (self.batch,)), torch.randn_like(x0)
        signal, sigma = self.at(t, "signal", "sigma")
        x = signal * x0 + sigma * noise
        out = self(x, t, self.condition(self.batch, torch.rand(self.batch) < 0.1)).float()
        predicted = out[:, :self.channels]
        error = (noise - predicted) ** 2
        if self.learn_sigma:
            error = error + self.bound(x0, x, t, predicted.detach(), out[:, self.channels:])
        return error.mean()

    def bound(self, x0, x, t, predicted, share):
        signal, sigma, least, most, of_clean, of_noisy = self.at(t, "signal", "sigma", "least", "most", "of_clean", "of_noisy")
        f = (share + 1) / 2
        log_variance = f * most + (1 - f) * least
        mean, true_mean = of_clean * (x - sigma * predicted) / signal + of_noisy * x, of_clean * x0 + of_noisy * x
        kl = 0.5 * (-1 + log_variance - least + (least - log_variance).exp() + (true_mean - mean) ** 2 * (-log_variance).exp())
        deviation = (0.5 * log_variance).exp()

        def below(value):
            z = (value - mean) / deviation
            return 0.5 * (1 + torch.tanh((2 / math.pi) ** 0.5 * (z + 0.044715 * z ** 3)))
        upper, lower = below(x0 + 1 / 255), below(x0 - 1 / 255)
        likelihood = torch.where(x0 < -0.999, upper, torch.where(x0 > 0.999, 1 - lower, upper - lower)).clamp(min=1e-12)
        return torch.where(t.view(-1, 1, 1, 1, 1) == 0, -likelihood.log(), kl) / math.log(2)

    def step(self, x, number, scale, condition):
        """Performs one DDIM step, with both branches of guidance in one batch."""
        now = torch.tensor([1000 * (self.steps - number) // self.steps - 1])
        then = now - 1000 // self.steps
        out = self(torch.cat([x, x]), now.expand(2), condition).float()[:, :self.channels]
        text, null = out.chunk(2)
        noise = null + scale * (text - null)
        signal, sigma = self.at(now, "signal", "sigma")
        next_signal, next_sigma = self.at(then, "signal", "sigma") if then >= 0 else (1, 0)
        return next_signal * (x - sigma * noise) / signal + next_sigma * noise

    def both(self):
        """Returns the condition of one clip, and the empty condition for guidance."""
        return self.condition(2, torch.tensor([False, True]))


class Latte(Diffusion):
    """Latte-S/2: alternating spatial and temporal blocks."""

    learn_sigma = False

    def __init__(self, width=384, depth=12, heads=6, patch=2):
        super().__init__(width)
        self.patch, frames, (rows, columns) = patch, SIZE[0], (side // patch for side in SIZE[1:])
        self.embed = nn.Conv2d(self.channels, width, patch, patch)
        self.classes = nn.Embedding(CLASSES + 1, width)
        self.register_buffer("of_places", places(rows, columns, width))
        self.register_buffer("of_frames", waves(torch.arange(frames), width))
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.final = Final(width, patch * patch * self.outputs())

    def forward(self, x, t, labels):
        b, _, f, h, w = x.shape
        x = self.embed(x.transpose(1, 2).flatten(0, 1)).flatten(2).transpose(1, 2) + self.of_places          # (B F, S, C)
        c, s = self.levels(t) + self.classes(labels), x.shape[1]
        in_space, in_time = c.repeat_interleave(f, 0), c.repeat_interleave(s, 0)
        for i in range(0, len(self.blocks), 2):
            x = self.blocks[i](x, in_space)
            x = x.unflatten(0, (b, f)).transpose(1, 2).flatten(0, 1)                                         # (B S, F, C)
            x = self.blocks[i + 1](x + self.of_frames if i == 0 else x, in_time)
            x = x.unflatten(0, (b, s)).transpose(1, 2).flatten(0, 1)
        p, x = self.patch, self.final(x, in_space)
        x = x.view(b, f, h // p, w // p, p, p, -1)
        return torch.einsum("bfhwpqc->bcfhpwq", x).reshape(b, -1, f, h, w)


class StDitBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.space, self.time, self.norm2, self.mlp = norm(width), Attention(width, heads), Attention(width, heads), norm(width), Mlp(width)
        self.table = nn.Parameter(torch.randn(6, width) / width ** 0.5)

    def forward(self, x, c, of_frames):
        b, f, s, _ = x.shape
        shift, scale, gate, shift2, scale2, gate2 = (self.table + c.unflatten(1, (6, -1))).unsqueeze(1).chunk(6, 2)
        y = self.space(modulate(self.norm1(x), shift, scale).flatten(0, 1)).unflatten(0, (b, f))
        x = x + gate * y
        y = x if of_frames is None else x + of_frames
        y = self.time(y.transpose(1, 2).flatten(0, 1)).unflatten(0, (b, s)).transpose(1, 2)
        x = x + gate * y
        return x + gate2 * self.mlp(modulate(self.norm2(x), shift2, scale2))


class StDit(Diffusion):
    """minisora's ST-DiT of depth 6, conditioned on classes."""

    def __init__(self, width=768, depth=6, heads=12, patch=2):
        super().__init__(width)
        self.patch, frames, (rows, columns) = patch, SIZE[0], (side // patch for side in SIZE[1:])
        self.embed = nn.Conv3d(self.channels, width, (1, patch, patch), (1, patch, patch))
        self.classes = nn.Embedding(CLASSES + 1, width)
        self.register_buffer("of_places", places(rows, columns, width))
        self.register_buffer("of_frames", waves(torch.arange(frames), width).unsqueeze(1))
        self.shared = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))
        self.blocks = nn.ModuleList(StDitBlock(width, heads) for _ in range(depth))
        self.norm, self.linear = norm(width), nn.Linear(width, patch * patch * self.outputs())
        self.table = nn.Parameter(torch.randn(2, width) / width ** 0.5)

    def forward(self, x, t, labels):
        b, _, f, h, w = x.shape
        x = self.embed(x).flatten(3).permute(0, 2, 3, 1) + self.of_places                                    # (B, F, S, C)
        level = self.levels(t) + self.classes(labels)
        c = self.shared(level)
        for i, block in enumerate(self.blocks):
            x = block(x, c, self.of_frames if i == 0 else None)
        shift, scale = (self.table + level.unsqueeze(1)).unsqueeze(1).chunk(2, 2)
        p, x = self.patch, self.linear(modulate(self.norm(x), shift, scale))
        x = x.view(b, f, h // p, w // p, p, p, -1)
        return torch.einsum("bfhwpqc->bcfhpwq", x).reshape(b, -1, f, h, w)


class OpenSoraDit(Diffusion):
    """Early Open-Sora's DiT-S/8 on vectors of 256 values; tokens of a learned text encoder precede the patches."""

    channels, words = 256, 5

    def __init__(self, width=384, depth=12, heads=6, patch=8, text=128):
        super().__init__(width)
        self.patch = patch
        self.embed = nn.Conv2d(self.channels, width, patch, patch)
        self.vectors, self.order = nn.Embedding(32, text), nn.Parameter(0.02 * torch.randn(64, text))
        layer = nn.TransformerEncoderLayer(text, 4, 4 * text, dropout=0, activation="gelu", batch_first=True, norm_first=True)
        self.encoder, self.text = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(text)), nn.Linear(text, width)
        frames, (rows, columns) = SIZE[0], (side // patch for side in SIZE[1:])
        table = waves(torch.arange(frames), width).unsqueeze(1) + places(rows, columns, width)
        self.register_buffer("positions", torch.cat([torch.zeros(self.words, width), table.flatten(0, 1)]))
        self.blocks = nn.ModuleList(Block(width, heads, SplitAttention) for _ in range(depth))
        self.final = Final(width, patch * patch * self.outputs())

    def condition(self, count, absent):
        states = self.encoder(self.vectors(torch.randint(32, (count, self.words))) + self.order[:self.words])
        return states.masked_fill(absent.view(-1, 1, 1), 0)

    def forward(self, x, t, text):
        b, _, f, h, w = x.shape
        x = self.embed(x.transpose(1, 2).flatten(0, 1)).flatten(2).unflatten(0, (b, f)).permute(0, 1, 3, 2).flatten(1, 2)
        x, c = torch.cat([self.text(text), x], 1) + self.positions, self.levels(t)
        for block in self.blocks:
            x = block(x, c)
        p, x = self.patch, self.final(x[:, self.words:], c)
        x = x.view(b, f, h // p, w // p, -1, p, p)
        return torch.einsum("bfhwcpq->bcfhpwq", x).reshape(b, -1, f, h, w)


NETWORKS = {"latte-s2": Latte, "st-dit-768": StDit, "dit-s8-concat": OpenSoraDit}
