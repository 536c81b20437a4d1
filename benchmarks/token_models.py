"""The token models that peer.py trains and samples, in plain PyTorch, with the published networks, and Mamba's reference scan."""
import math

import torch
from torch import nn
import torch.nn.functional as F

WIDTH, DEPTH, BLOCK, BATCH = 768, 8, 512, 4


class CausalAttention(nn.Module):
    def __init__(self, heads, dropout):
        super().__init__()
        self.qkv, self.proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.heads, self.dropout = heads, dropout
        self.register_buffer("later", torch.ones(BLOCK, BLOCK, dtype=torch.bool).triu(1))

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = (part.view(b, t, self.heads, -1).transpose(1, 2) for part in self.qkv(x).chunk(3, 2))
        p = self.dropout if self.training else 0.0
        if hasattr(F, "scaled_dot_product_attention"):
            y = F.scaled_dot_product_attention(q, k, v, dropout_p=p, is_causal=True)
        else:
            weights = (q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])).masked_fill(self.later[:t, :t], -math.inf).softmax(-1)
            y = F.dropout(weights, p) @ v
        return F.dropout(self.proj(y.transpose(1, 2).reshape(b, t, WIDTH)), p)


class GptBlock(nn.Module):
    def __init__(self, heads, dropout):
        super().__init__()
        self.norm1, self.norm2, self.attention = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH), CausalAttention(heads, dropout)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH), nn.Dropout(dropout))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class TokenModel(nn.Module):
    """A token model whose output layer shares the weights of the token embedding."""

    is_compiled = True

    def __init__(self, vocabulary):
        super().__init__()
        self.vocabulary, self.table = vocabulary, nn.Embedding(vocabulary, WIDTH)
        nn.init.normal_(self.table.weight, std=0.02)

    def logits(self, features):
        return F.linear(features, self.table.weight)

    def loss(self):
        tokens = torch.randint(self.vocabulary, (BATCH, BLOCK + 1))
        return F.cross_entropy(self.logits(self(tokens[:, :-1])).flatten(0, 1), tokens[:, 1:].flatten())

    def next(self, tokens):
        """Samples without a cache like the published code: recomputes the window for each token."""
        weights = self.logits(self(tokens[:, -BLOCK:])[:, -1]).float().softmax(-1)
        return torch.cat([tokens, torch.multinomial(weights, 1)], 1)


class Gpt(TokenModel):
    def __init__(self, heads=6, dropout=0.2):
        super().__init__(5121)
        self.positions, self.drop = nn.Embedding(BLOCK, WIDTH), nn.Dropout(dropout)
        self.blocks, self.norm = nn.Sequential(*(GptBlock(heads, dropout) for _ in range(DEPTH))), nn.LayerNorm(WIDTH)

    def forward(self, tokens):
        x = self.table(tokens) + self.positions(torch.arange(tokens.shape[1]))
        return self.norm(self.blocks(self.drop(x)))


class RmsNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * self.weight


class MambaBlock(nn.Module):
    def __init__(self, states=16, taps=4):
        super().__init__()
        inner, self.rank, self.states = 2 * WIDTH, WIDTH // 16, states
        self.norm, self.in_proj, self.out_proj = RmsNorm(), nn.Linear(WIDTH, 2 * inner, bias=False), nn.Linear(inner, WIDTH, bias=False)
        self.conv = nn.Conv1d(inner, inner, taps, groups=inner, padding=taps - 1)
        self.x_proj, self.dt_proj = nn.Linear(inner, self.rank + 2 * states, bias=False), nn.Linear(self.rank, inner)
        self.a_log = nn.Parameter(torch.arange(1, states + 1).float().log().repeat(inner, 1))
        self.d = nn.Parameter(torch.ones(inner))

    def forward(self, x):
        u, gate = self.in_proj(self.norm(x)).chunk(2, -1)
        u = F.silu(self.conv(u.transpose(1, 2))[..., :x.shape[1]]).transpose(1, 2)
        delta, b, c = self.x_proj(u).split([self.rank, self.states, self.states], -1)
        y = scan(u.float(), F.softplus(self.dt_proj(delta).float()), -self.a_log.exp(), b.float(), c.float(), self.d)
        return x + self.out_proj(y * F.silu(gate))


def scan(u, delta, a, b, c, d):
    """Computes the scan in a loop over time, like the published reference, but without a gradient of the whole tensor for each token."""
    kept = torch.exp(delta.unsqueeze(-1) * a)
    taken = (delta * u).unsqueeze(-1) * b.unsqueeze(2)
    h, ys = torch.zeros_like(taken[:, 0]), []
    for share, new, read in zip(kept.unbind(1), taken.unbind(1), c.unbind(1)):
        h = share * h + new
        ys.append(torch.einsum("ben,bn->be", h, read))
    return torch.stack(ys, 1) + u * d


class Mamba(TokenModel):
    is_compiled = False  # compiling would unroll thousands of steps of its loop

    def __init__(self):
        super().__init__(5128)
        self.blocks, self.norm = nn.Sequential(*(MambaBlock() for _ in range(DEPTH))), RmsNorm()

    def forward(self, tokens):
        return self.norm(self.blocks(self.table(tokens)))


NETWORKS = {"nanogpt-768": Gpt, "mamba-768": Mamba}
