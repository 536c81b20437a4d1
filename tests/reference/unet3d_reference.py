"""Tiny SORA's U-Net written plainly in PyTorch from its description, and golden values of it.

Run by hand:  python3 tests/reference/unet3d_reference.py
Writes        tests/TinySora.Engine.Tests/Golden/unet3d_keys.txt   names and shapes of the published configuration
              tests/TinySora.Engine.Tests/Golden/unet3d.json       outputs, losses, gradients and samples of small ones

Weights and inputs come from a formula that the tests compute too (see `noise`), so only results are stored.
Made with PyTorch 1.13.1, float64 throughout.
"""
import json
import math
import pathlib

import torch
from torch import nn
import torch.nn.functional as F

GOLDEN = pathlib.Path(__file__).parent.parent / "TinySora.Engine.Tests" / "Golden"


class Residual(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn

    def forward(self, x, **kwargs):
        return x + self.fn(x, **kwargs)


class PreNorm(nn.Module):
    def __init__(self, dim, fn):
        super().__init__()
        self.fn = fn
        self.norm = LayerNorm(dim)

    def forward(self, x, **kwargs):
        return self.fn(self.norm(x), **kwargs)


class LayerNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(1, dim, 1, 1, 1))

    def forward(self, x):
        mean = x.mean(1, keepdim=True)
        variance = ((x - mean) ** 2).mean(1, keepdim=True)
        return (x - mean) / (variance + 1e-5).sqrt() * self.gamma


class RmsNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(dim, 1, 1, 1))

    def forward(self, x):
        return x / x.norm(dim=1, keepdim=True).clamp(min=1e-12) * math.sqrt(x.shape[1]) * self.gamma


class Rotary(nn.Module):
    def __init__(self, head_dim):
        super().__init__()
        r = min(32, head_dim)
        self.register_buffer("freqs", torch.tensor([10000 ** (-2 * i / r) for i in range(r // 2)]))

    def forward(self, x):  # (..., frames, features)
        r = 2 * len(self.freqs)
        angle = torch.arange(x.shape[-2], dtype=x.dtype)[:, None] * self.freqs.to(x.dtype)
        a, b = x[..., 0:r:2], x[..., 1:r:2]
        turned = torch.stack((a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()), -1).flatten(-2)
        return torch.cat((turned, x[..., r:]), -1)


class Attention(nn.Module):
    def __init__(self, dim, heads, head_dim, rotary=None):
        super().__init__()
        self.heads, self.scale = heads, head_dim ** -0.5
        self.to_qkv = nn.Linear(dim, 3 * heads * head_dim, bias=False)
        self.to_out = nn.Linear(heads * head_dim, dim, bias=False)
        if rotary is not None:
            self.rotary_emb = rotary

    def forward(self, x, bias=None, focus=None):  # (batch, groups, tokens, channels)
        split = lambda y: y.unflatten(-1, (self.heads, -1)).transpose(-2, -3)
        q, k, v = map(split, self.to_qkv(x).chunk(3, -1))
        q = q * self.scale
        if hasattr(self, "rotary_emb"):
            q, k = self.rotary_emb(q), self.rotary_emb(k)
        logits = q @ k.transpose(-1, -2)
        if bias is not None:
            logits = logits + bias
        if focus is not None:
            others = ~torch.eye(logits.shape[-1], dtype=torch.bool)
            logits = logits.masked_fill(focus.view(-1, 1, 1, 1, 1) & others, -math.inf)
        out = logits.softmax(-1) @ v
        return self.to_out(out.transpose(-2, -3).flatten(-2))


class Tokens(nn.Module):
    """Temporal: tokens (B, H·W, F, c). Spatial: (B, F, H·W, c)."""

    def __init__(self, fn, temporal):
        super().__init__()
        self.fn, self.temporal = fn, temporal

    def forward(self, x, **kwargs):
        b, c, f, h, w = x.shape
        y = x.permute(0, 3, 4, 2, 1).reshape(b, h * w, f, c) if self.temporal else x.permute(0, 2, 3, 4, 1).reshape(b, f, h * w, c)
        y = self.fn(y, **kwargs)
        return y.view(b, h, w, f, c).permute(0, 4, 3, 1, 2) if self.temporal else y.view(b, f, h, w, c).permute(0, 4, 1, 2, 3)


class SpatialLinearAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Conv2d(dim, 3 * heads * 32, 1, bias=False)
        self.to_out = nn.Conv2d(heads * 32, dim, 1)

    def forward(self, x):
        b, c, f, h, w = x.shape
        y = x.transpose(1, 2).reshape(b * f, c, h, w)
        q, k, v = (z.view(b * f, self.heads, 32, h * w) for z in self.to_qkv(y).chunk(3, 1))
        q, k = q.softmax(-2) * 32 ** -0.5, k.softmax(-1)
        context = torch.einsum("bhdn,bhen->bhde", k, v)
        out = torch.einsum("bhde,bhdn->bhen", context, q).reshape(b * f, -1, h, w)
        return self.to_out(out).view(b, f, c, h, w).transpose(1, 2)


class Block(nn.Module):
    def __init__(self, dim, dim_out):
        super().__init__()
        self.proj = nn.Conv3d(dim, dim_out, (1, 3, 3), padding=(0, 1, 1))
        self.norm = RmsNorm(dim_out)

    def forward(self, x, scale=None, shift=None):
        x = self.norm(self.proj(x))
        if scale is not None:
            x = x * (scale + 1) + shift
        return F.silu(x)


class ResBlock(nn.Module):
    def __init__(self, dim, dim_out, cond=None):
        super().__init__()
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(cond, 2 * dim_out)) if cond else None
        self.block1, self.block2 = Block(dim, dim_out), Block(dim_out, dim_out)
        self.res_conv = nn.Conv3d(dim, dim_out, 1) if dim != dim_out else nn.Identity()

    def forward(self, x, e=None):  # e: (B, 1 or F, cond)
        scale = shift = None
        if self.mlp is not None:
            scale, shift = self.mlp(e).transpose(1, 2)[..., None, None].chunk(2, 1)
        return self.block2(self.block1(x, scale, shift)) + self.res_conv(x)


class RelativePositionBias(nn.Module):
    def __init__(self, heads):
        super().__init__()
        self.relative_attention_bias = nn.Embedding(32, heads)

    @staticmethod
    def bucket(d):
        n = abs(d)
        b = n if n < 8 else min(15, 8 + math.floor(8 * math.log(n / 8) / math.log(4)))
        return b + (16 if d < 0 else 0)

    def forward(self, frames):
        ids = torch.tensor([[self.bucket(i - j) for j in range(frames)] for i in range(frames)])
        return self.relative_attention_bias(ids).permute(2, 0, 1)


class Sinusoidal(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, t):
        u = torch.exp(-math.log(10000) * torch.arange(self.dim // 2, dtype=t.dtype) / (self.dim // 2 - 1))
        return torch.cat(((t[:, None] * u).sin(), (t[:, None] * u).cos()), -1)


class FrameTextMlp(nn.Module):
    """TinySora's own addition: text and frame index through a small network, added to the time vector of each frame."""

    def __init__(self, dim, cond_dim, width):
        super().__init__()
        self.index = Sinusoidal(dim)
        self.frame = nn.Linear(dim, width)
        self.text = nn.Linear(cond_dim, width, bias=False)
        self.hidden = nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def forward(self, cond, frames):
        x = self.frame(self.index(torch.arange(frames, dtype=cond.dtype)))[None] + self.text(cond)[:, None]
        return self.output(F.silu(self.hidden(F.silu(x))))


class TextField(nn.Module):
    """TinySora's own addition: functions of frame, row and column, weighted by the text, added to the first features."""

    def __init__(self, cond_dim, width, channels):
        super().__init__()
        self.place = nn.Sequential(nn.Linear(15, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.text = nn.Linear(cond_dim, width)
        self.output = nn.Parameter(torch.empty(width, channels))

    def forward(self, cond, frames, height, width):
        axes = torch.meshgrid(*(torch.linspace(-1, 1, n, dtype=cond.dtype) for n in (frames, height, width)), indexing="ij")
        waves = [w for u in axes for w in (u, (math.pi * u / 2).sin(), (math.pi * u / 2).cos(), (math.pi * u).sin(), (math.pi * u).cos())]
        functions = self.place(torch.stack(waves, -1))
        return torch.einsum("fhwk,bk,kc->bcfhw", functions, self.text(cond), self.output)


class Unet3D(nn.Module):
    def __init__(self, dim, dim_mults, init_dim=None, init_kernel_size=7, use_sparse_linear_attn=True, cond_dim=None,
                 channels=3, attn_heads=8, attn_dim_head=32, stem=1, frame_text_cond=False, text_field=False):
        super().__init__()
        self.stem = stem
        rotary = Rotary(attn_dim_head)
        temporal = lambda c: Residual(PreNorm(c, Tokens(Attention(c, attn_heads, attn_dim_head, rotary), True)))
        spatial = lambda c: Residual(PreNorm(c, SpatialLinearAttention(c, attn_heads))) if use_sparse_linear_attn else nn.Identity()
        pixels = channels * stem * stem
        init_dim = init_dim or dim
        self.time_rel_pos_bias = RelativePositionBias(attn_heads)
        k = init_kernel_size
        self.init_conv = nn.Conv3d(pixels, init_dim, (1, k, k), padding=(0, k // 2, k // 2))
        self.init_temporal_attn = temporal(init_dim)
        self.time_mlp = nn.Sequential(Sinusoidal(dim), nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, 4 * dim))
        self.null_cond_emb = nn.Parameter(torch.randn(1, cond_dim)) if cond_dim else None
        self.frame_mlp = FrameTextMlp(dim, cond_dim, 4 * dim) if frame_text_cond else None
        self.text_field = TextField(cond_dim, 4 * dim, init_dim) if text_field else None
        e = 4 * dim + (cond_dim or 0)
        widths = [init_dim] + [dim * m for m in dim_mults]
        pairs = list(zip(widths, widths[1:]))
        self.downs, self.ups = nn.ModuleList(), nn.ModuleList()
        for i, (a, b) in enumerate(pairs):
            down = nn.Conv3d(b, b, (1, 4, 4), (1, 2, 2), (0, 1, 1)) if i < len(pairs) - 1 else nn.Identity()
            self.downs.append(nn.ModuleList([ResBlock(a, b, e), ResBlock(b, b, e), spatial(b), temporal(b), down]))
        mid = widths[-1]
        self.mid_block1, self.mid_block2 = ResBlock(mid, mid, e), ResBlock(mid, mid, e)
        self.mid_spatial_attn = Residual(PreNorm(mid, Tokens(Attention(mid, attn_heads, 32), False)))
        self.mid_temporal_attn = temporal(mid)
        for i, (a, b) in enumerate(reversed(pairs)):
            up = nn.ConvTranspose3d(a, a, (1, 4, 4), (1, 2, 2), (0, 1, 1)) if i < len(pairs) - 1 else nn.Identity()
            self.ups.append(nn.ModuleList([ResBlock(2 * b, a, e), ResBlock(a, a, e), spatial(a), temporal(a), up]))
        self.final_conv = nn.Sequential(ResBlock(2 * init_dim, dim), nn.Conv3d(dim, pixels, 1))

    def forward(self, x, time, cond=None, dropped=None, focus=None):
        b, _, frames, _, _ = x.shape
        if self.stem > 1:
            x = F.pixel_unshuffle(x.transpose(1, 2), self.stem).transpose(1, 2)
        bias = self.time_rel_pos_bias(frames)
        x = self.init_conv(x)
        e = self.time_mlp(time)[:, None]
        if self.null_cond_emb is not None:
            if dropped is not None:
                cond = torch.where(dropped[:, None], self.null_cond_emb, cond)
            if self.text_field is not None:
                x = x + self.text_field(cond, *x.shape[2:])
            if self.frame_mlp is not None:
                e = e + self.frame_mlp(cond, frames)
            e = torch.cat((e, cond[:, None].expand(-1, e.shape[1], -1)), -1)
        x = r = self.init_temporal_attn(x, bias=bias)
        skips = []
        for block1, block2, spatial, temporal, down in self.downs:
            x = temporal(spatial(block2(block1(x, e), e)), bias=bias, focus=focus)
            skips.append(x)
            x = down(x)
        x = self.mid_spatial_attn(self.mid_block1(x, e))
        x = self.mid_block2(self.mid_temporal_attn(x, bias=bias, focus=focus), e)
        for block1, block2, spatial, temporal, up in self.ups:
            x = block1(torch.cat((x, skips.pop()), 1), e)
            x = up(temporal(spatial(block2(x, e)), bias=bias, focus=focus))
        x = self.final_conv[1](self.final_conv[0](torch.cat((x, r), 1)))
        if self.stem > 1:
            x = F.pixel_shuffle(x.transpose(1, 2), self.stem).transpose(1, 2)
        return x


def noise(seed, *shape):
    """Deterministic values in [-1, 1) that any language can make: the fraction of a large multiple of a sine."""
    n = math.prod(shape)
    waves = (43758.5453 * math.sin(12.9898 * (j + 1) + 78.233 * (seed + 1)) for j in range(n))
    return torch.tensor([2 * (w - math.floor(w)) - 1 for w in waves], dtype=torch.float64).view(shape)


def set_weights(model):
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for i, key in enumerate(sorted(parameters)):
            p = parameters[key]
            s = noise(i, *p.shape)
            p.copy_(1 + 0.2 * s if key.endswith("gamma") else s * math.sqrt(2 * p.shape[0] / p.numel()) if p.dim() > 1 else 0.1 * s)


CASES = {
    "published": dict(options=dict(dim=8, dim_mults=[1, 2], init_kernel_size=7, cond_dim=6, attn_heads=2, attn_dim_head=16),
                      shape=[2, 3, 5, 8, 8], time=[3, 7], dropped=[True, False]),
    "odd_widths": dict(options=dict(dim=8, dim_mults=[1, 2, 2], init_dim=12, init_kernel_size=3, use_sparse_linear_attn=False,
                                    channels=1, attn_heads=2, attn_dim_head=40),
                       shape=[2, 1, 10, 8, 8], time=[0, 4], focus=[True, False]),
    "additions": dict(options=dict(dim=8, dim_mults=[1, 2], init_kernel_size=3, cond_dim=6, attn_heads=2, attn_dim_head=8,
                                    stem=2, frame_text_cond=True, text_field=True),
                       shape=[2, 3, 4, 8, 8], time=[500, 999], dropped=[False, True]),
}


def build(case):
    model = Unet3D(**case["options"]).double()
    set_weights(model)
    return model


def inputs(case):
    cond_dim = case["options"].get("cond_dim")
    flags = {k: torch.tensor(case[k]) for k in ("dropped", "focus") if k in case}
    cond = noise(1001, case["shape"][0], cond_dim) if cond_dim else None
    return noise(1000, *case["shape"]), torch.tensor(case["time"], dtype=torch.float64), cond, flags


def rounded(values):
    return [float(f"{v:.7g}") for v in torch.as_tensor(values).flatten().tolist()]


def run(case):
    model = build(case)
    x, time, cond, flags = inputs(case)
    output = model(x, time, cond, **flags)
    target = noise(1002, *output.shape)
    result = dict(case, l1=(output - target).abs().mean().item(), l2=((output - target) ** 2).mean().item(), output=rounded(output))
    ((output - target) ** 2).mean().backward()
    result["gradients"] = {  # length, and the projection on one direction
        key: rounded([p.grad.norm(), (p.grad * noise(2000, *p.shape)).sum()]) for key, p in sorted(model.named_parameters())}
    return result


def main():
    torch.manual_seed(0)
    default = Unet3D(dim=64, dim_mults=[1, 2, 4, 8], cond_dim=768)
    assert sum(p.numel() for p in default.parameters()) == 41_801_859
    lines = [f"{key} {','.join(map(str, value.shape))}" for key, value in sorted(default.state_dict().items())]
    assert len(lines) == 275 - 12
    (GOLDEN / "unet3d_keys.txt").write_text("\n".join(lines) + "\n")
    (GOLDEN / "unet3d.json").write_text(json.dumps({name: run(case) for name, case in CASES.items()}, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
