"""Golden runs of minisora's token models: nanoGPT, mdGPT in both ways, and Mamba.

Run by hand:  python3 tests/reference/run_minisora_tokens.py
Writes        tests/TinySora.Engine.Tests/Golden/runs/{nanogpt,mdgpt-last,mdgpt-frames,mamba}.json

Checked against the published code, unmodified, in float64: losses and norms to 1e-14, weights to 4e-13, nanoGPT's sample token by token (mdGPT's
were not compared); mdGPT's cross attention at one clip a batch, since it mixes those of a batch. Mamba's package was not at hand: it is from the paper.

AdamW with what their published commands set, on clips of 2 x 4 x 4 tokens of five codes; a sample is drawn by inverting the cumulative
distribution.
"""
import math

import torch
from torch import nn
import torch.nn.functional as F

from golden_runs import STEPS, Chance, Run, clip, examples, fill

SEED, BATCH, EXAMPLES = 12, 2, 6
CODES, CLIP, FRAME = 5, (2, 4, 4), 16
WIDTH, HEADS, LAYERS = 16, 2, 2
TEMPERATURE, TOP_K, SAMPLE_SEEDS = 0.8, 4, [5, 6]


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_attn, self.c_proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        q, k, v = (y.unflatten(-1, (HEADS, -1)).transpose(1, 2) for y in self.c_attn(x).chunk(3, -1))
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        logits = (q @ k.transpose(-1, -2) / math.sqrt(WIDTH // HEADS)).masked_fill(later, -math.inf)
        return self.c_proj((logits.softmax(-1) @ v).transpose(1, 2).flatten(2))


class CrossAttention(nn.Module):
    """Of each example to its own context; the original mixes those of a batch."""

    def __init__(self):
        super().__init__()
        self.q_linear, self.kv_linear, self.proj = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, x, context):
        split = lambda y: y.unflatten(-1, (HEADS, -1)).transpose(1, 2)
        k, v = map(split, self.kv_linear(context).chunk(2, -1))
        logits = split(self.q_linear(x)) @ k.transpose(-1, -2) / math.sqrt(WIDTH // HEADS)
        return self.proj((logits.softmax(-1) @ v).transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self, has_context):
        super().__init__()
        self.ln_1, self.ln_2, self.attn = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH), Attention()
        self.mlp = nn.ModuleDict(dict(c_fc=nn.Linear(WIDTH, 4 * WIDTH), c_proj=nn.Linear(4 * WIDTH, WIDTH)))
        if has_context:
            self.ln_3, self.ln_4, self.cross_attn = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH), CrossAttention()

    def forward(self, x, context):
        x = x + self.attn(self.ln_1(x))
        if context is not None:
            x = x + self.cross_attn(self.ln_3(x), self.ln_4(context))
        return x + self.mlp["c_proj"](F.gelu(self.mlp["c_fc"](self.ln_2(x))))


class Gpt(nn.Module):
    def __init__(self, vocabulary, block, has_context=False):
        super().__init__()
        self.transformer = nn.ModuleDict(dict(
            wte=nn.Embedding(vocabulary, WIDTH), wpe=nn.Embedding(block, WIDTH),
            h=nn.ModuleList([Block(has_context) for _ in range(LAYERS)]), ln_f=nn.LayerNorm(WIDTH)))

    def embed(self, ids, places):
        return self.transformer["wte"](ids) + self.transformer["wpe"](places)

    def forward(self, ids, places=None, context=None):
        """Logits; places are numbers from 0 where they are not given."""
        x = self.embed(ids, torch.arange(ids.shape[1]) if places is None else places)
        seen = None if context is None else self.embed(context, torch.arange(context.shape[1]))
        for block in self.transformer["h"]:
            x = block(x, seen)
        return self.transformer["ln_f"](x) @ self.transformer["wte"].weight.T


class RootMeanSquare(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x):
        return x / ((x ** 2).mean(-1, keepdim=True) + 1e-5).sqrt() * self.weight


class Mixer(nn.Module):
    """Gu and Dao 2023, token after token."""

    STATES = 16

    def __init__(self):
        super().__init__()
        channels, self.rank = 2 * WIDTH, math.ceil(WIDTH / 16)
        self.in_proj, self.out_proj = nn.Linear(WIDTH, 2 * channels, bias=False), nn.Linear(channels, WIDTH, bias=False)
        self.conv1d = nn.Conv1d(channels, channels, 4, groups=channels, padding=3)
        self.x_proj, self.dt_proj = nn.Linear(channels, self.rank + 2 * self.STATES, bias=False), nn.Linear(self.rank, channels)
        self.A_log, self.D = nn.Parameter(torch.empty(channels, self.STATES)), nn.Parameter(torch.empty(channels))

    def forward(self, x):
        x, z = self.in_proj(x).chunk(2, -1)
        x = F.silu(self.conv1d(x.transpose(1, 2))[..., :x.shape[1]].transpose(1, 2))
        low, b, c = self.x_proj(x).split([self.rank, self.STATES, self.STATES], -1)
        delta = F.softplus(self.dt_proj(low))
        state, outputs = 0, []
        for t in range(x.shape[1]):
            step = delta[:, t, :, None]
            state = (step * -self.A_log.exp()).exp() * state + step * b[:, t, None] * x[:, t, :, None]
            outputs.append((state * c[:, t, None]).sum(-1) + self.D * x[:, t])
        return self.out_proj(torch.stack(outputs, 1) * F.silu(z))


class MambaLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.mixer = RootMeanSquare(), Mixer()


class Mamba(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.backbone = nn.ModuleDict(dict(
            embedding=nn.Embedding(vocabulary, WIDTH), layers=nn.ModuleList([MambaLayer() for _ in range(LAYERS)]), norm_f=RootMeanSquare()))

    def forward(self, ids):
        x = self.backbone["embedding"](ids)
        for layer in self.backbone["layers"]:
            x = x + layer.mixer(layer.norm(x))
        return self.backbone["norm_f"](x) @ self.backbone["embedding"].weight.T


def tokens(k):
    """(32): example k, from the codes."""
    return (clip(k, math.prod(CLIP)) * CODES).long()


def batch(step):
    return torch.stack([tokens(k) for k in examples(step, BATCH, EXAMPLES)])


def started(ids):
    return torch.cat((torch.full((len(ids), 1), CODES), ids), 1)


def entropy(logits, targets):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def window_loss(model, step, chance, block):
    """A stretch of each clip behind its start token."""
    x = started(batch(step))
    window = x.gather(1, chance.whole(x.shape[1] - block, BATCH, 1) + torch.arange(block + 1))
    return entropy(model(window[:, :-1]), window[:, 1:])


def last_loss(model, step, chance, block):
    """The last token of a window that begins at the first frame, or is as long as the block: another frame's turn comes when this one is through."""
    target = 1 + step
    x = started(batch(step))
    return entropy(model(x[:, max(0, target - block):target])[:, -1:], x[:, target:target + 1])


def frame_loss(model, step, chance, length):
    """Some tokens of a frame, which attends to the one before it; to zeros where there is none."""
    x, frame = batch(step).view(BATCH, CLIP[0], FRAME), chance.whole(CLIP[0], BATCH, 1)
    of = lambda number: x[torch.arange(BATCH), number[:, 0]]
    context = torch.where(frame > 0, of((frame - 1).clamp(min=0)), 0)
    places = chance.whole(FRAME - length + 1, BATCH, 1) + torch.arange(length + 1)
    window = started(of(frame)).gather(1, places)
    return entropy(model(window[:, :-1], places[:, :-1], context), window[:, 1:])


def pick(logits, chances):
    """(B): among the likeliest, where the sum of probabilities in the order of ids passes a chance."""
    logits = logits / TEMPERATURE
    least = logits.topk(TOP_K).values[:, -1:]
    below = logits.masked_fill(logits < least, -math.inf).softmax(-1).cumsum(-1)
    drawn = torch.stack([torch.rand(1, generator=chance.generator, dtype=torch.float64) for chance in chances])
    return (below <= drawn * below[:, -1:]).sum(-1)


def sample(next_logits):
    """(B, 32) tokens one after the other, given logits of what follows those before; start tokens are shown as the first code."""
    chances = [Chance(seed) for seed in SAMPLE_SEEDS]
    ids = torch.full((len(chances), 1), CODES)
    for _ in range(math.prod(CLIP)):
        ids = torch.cat((ids, pick(next_logits(ids), chances)[:, None]), 1)
    return torch.where(ids < CODES, ids, 0)[:, 1:]


def frame_logits(model, ids):
    first = (ids.shape[1] - 1) // FRAME * FRAME
    clean = torch.where(ids < CODES, ids, 0)[:, 1:]
    context = clean[:, first - FRAME:first] if first > 0 else torch.zeros(len(ids), FRAME, dtype=torch.int64)
    seen = started(ids[:, 1 + first:])
    return model(seen, torch.arange(seen.shape[1]), context)[:, -1]


def gpt_optimizer(model):
    """Weight decay for what has two axes; a parameter without a gradient decays, too."""
    groups = [dict(params=[p for p in model.parameters() if (p.dim() >= 2) == decays], weight_decay=0.1 * decays) for decays in (True, False)]
    return torch.optim.AdamW(groups, lr=5e-4, betas=(0.9, 0.99))


def train(model, optimizer, loss, rate):
    run = Run(model)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        run.step(loss(model, step, Chance.of(SEED, step)), optimizer, max_norm=1.0)
    return run


def cosine(step):
    return 1e-4 + 0.5 * (1 + math.cos(math.pi * step / STEPS)) * 4e-4


def warming(step):
    """As the cosine, but ten times slower at first: one token alone leaves queries and keys without a gradient, and Adam makes steps of rounding."""
    return 5e-4 * (step + 1) / 10 if step < 9 else 5e-4


CASES = {
    "nanogpt": (lambda: Gpt(CODES + 1, 12), lambda *a: window_loss(*a, block=12), lambda model, ids: model(ids[:, -12:])[:, -1]),
    "mdgpt-last": (lambda: Gpt(CODES + 4, 12, True), lambda *a: last_loss(*a, block=12), lambda model, ids: model(ids[:, -12:])[:, -1]),
    "mdgpt-frames": (lambda: Gpt(CODES + 4, 24, True), lambda *a: frame_loss(*a, length=10), frame_logits),
    "mamba": (lambda: Mamba(8), lambda *a: window_loss(*a, block=12), lambda model, ids: model(ids)[:, -1]),
}


def computed(name):
    create, loss, logits = CASES[name]
    model = fill(create())
    is_mamba = name == "mamba"
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4, weight_decay=0.01) if is_mamba else gpt_optimizer(model)
    rate = {"mamba": lambda step: 5e-4, "mdgpt-last": warming}.get(name, cosine)
    run = train(model, optimizer, loss, rate)
    with torch.no_grad():
        return run, sample(lambda ids: logits(model, ids))


def main():
    for name in CASES:
        run, drawn = computed(name)
        run.write(name, sample=drawn)


if __name__ == "__main__":
    main()
