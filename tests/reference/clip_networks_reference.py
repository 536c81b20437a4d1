"""Prints rows of NetworkTests for minisora's s4t4_c and causal_s8t4, and for our compact networks: a training step's sums in plain layers of PyTorch.

Run by hand:  python3 tests/reference/clip_networks_reference.py
Weights and clips come from the formulas of Formulas.cs, which go by the published names of the weights. In causal_s8t4 the decoder is
given the codes themselves: no gradient of the reconstruction passes them. Made with PyTorch 1.13.1, float32.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

WIDTH, CODES, HIDDEN, BLOCKS = 4, 16, 8, 2
COMMITMENT = 0.25


class Named(nn.Module):
    """Modules by names, and what is computed with them."""

    def __init__(self, work, **parts):
        super().__init__()
        self.work = work
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, x):
        return self.work(self, x)


def residual(channels, hidden, in_time=1):
    layers = nn.Sequential(nn.ReLU(), nn.Conv3d(channels, hidden, (1 + 2 * in_time, 3, 3), padding=(in_time, 1, 1), bias=False), nn.ReLU(), nn.Conv3d(hidden, channels, 1, bias=False))
    return Named(lambda m, x: x + m.res_block(x), res_block=layers)


def s4t4_c():
    half, double = dict(kernel_size=3, stride=2, padding=1), dict(kernel_size=4, stride=2, padding=1)
    encoder = nn.Sequential(nn.Conv3d(3, 32, **half), nn.ReLU(), nn.Conv3d(32, WIDTH, **half), nn.ReLU(), residual(WIDTH, 32))
    decoder = nn.Sequential(residual(WIDTH, 32), nn.ConvTranspose3d(WIDTH, 32, **double), nn.LeakyReLU(), nn.ConvTranspose3d(32, 32, **double),
                            nn.LeakyReLU(), nn.Conv3d(32, 3, 3, padding=1), nn.Tanh())
    return Named(None, encoder=encoder, decoder=decoder)


def causal(inputs, outputs, kernel, stride=1, bias=True):
    """Zeros around a frame, the larger half before it, and copies of the first frame in front."""
    before, after = kernel // 2, (kernel - 1) // 2

    def work(m, x):
        x = F.pad(x, (before, after, before, after))
        return m.conv(torch.cat([x[:, :, :1]] * (kernel - 1) + [x], 2))

    return Named(work, conv=nn.Conv3d(inputs, outputs, kernel, stride=(stride, 1, 1), bias=bias))


def by_frame(conv):
    def work(m, x):
        b, _, f, _, _ = x.shape
        return m.conv(x.transpose(1, 2).flatten(0, 1)).unflatten(0, (b, f)).transpose(1, 2)

    return Named(work, conv=conv)


def attention(axis, is_causal):
    """Two heads along one axis of (B, F, H, W, C)."""
    def work(m, x):
        q, k, v = (p(x).unflatten(-1, (2, HIDDEN // 2)).movedim(axis, -2) for p in (m.w_qs, m.w_ks, m.w_vs))  # (.., heads, length, d)
        scores = q @ k.transpose(-1, -2) / math.sqrt(HIDDEN // 2)
        if is_causal:
            scores = scores.masked_fill(torch.ones(scores.shape[-2:]).triu(1).bool(), -math.inf)
        return m.fc((scores.softmax(-1) @ v).movedim(-2, axis).flatten(-2))

    return Named(work, **{name: nn.Linear(HIDDEN, HIDDEN, bias=name == "fc") for name in ("w_qs", "w_ks", "w_vs", "fc")})


def block():
    def axial(m, x):
        x = x.movedim(1, -1)
        return (m.attn_w(x) + m.attn_h(x) + m.attn_t(x)).movedim(-1, 1)

    h = HIDDEN
    layers = nn.Sequential(
        nn.BatchNorm3d(h), nn.ReLU(), causal(h, h // 2, 3, bias=False), nn.BatchNorm3d(h // 2), nn.ReLU(), causal(h // 2, h, 1, bias=False),
        nn.BatchNorm3d(h), nn.ReLU(), Named(axial, attn_w=attention(3, False), attn_h=attention(2, False), attn_t=attention(1, True)))
    return Named(lambda m, x: x + m.block(x), block=layers)


def stack():
    return nn.Sequential(*(block() for _ in range(BLOCKS)), nn.BatchNorm3d(HIDDEN), nn.ReLU())


def twice_as_long(x):
    return F.interpolate(x, size=(2 * x.shape[2], *x.shape[3:]), mode="trilinear")


def causal_s8t4():
    h = HIDDEN

    def encode(m, x):
        for conv in m.spatial_conv:
            x = conv(x).relu()
        x = m.spatial_res_stack(x)
        for conv in m.time_conv:
            x = conv(x).relu()
        return m.time_res_stack(x)

    def decode(m, x):
        x = m.time_res_stack(x)
        for conv in m.time_conv:
            x = conv(twice_as_long(x)).relu()
        x = m.spatial_res_stack(x)
        for i, conv in enumerate(m.spatial_conv):
            x = conv((x.relu() if i else x).repeat_interleave(2, 3).repeat_interleave(2, 4))
        return x

    def inner(work, spatial, kernel, stride):
        times = nn.ModuleList(Named(lambda m, x: m.conv(x), conv=causal(h, h, kernel, stride)) for _ in range(2))
        return Named(work, spatial_conv=nn.ModuleList(by_frame(conv) for conv in spatial), spatial_res_stack=stack(), time_conv=times, time_res_stack=stack())

    down = [nn.Conv2d(3 if i == 0 else h, h, 4, stride=2, padding=1) for i in range(3)]
    up = [nn.Conv2d(h, 3 if i == 2 else h, 3, padding=1) for i in range(3)]
    codes = Named(None)
    codes.register_buffer("embeddings", torch.zeros(CODES, WIDTH))
    return Named(
        None, vq=codes,
        encoder=Named(lambda m, x: m.pre_vq_conv(m.encoder(x)), encoder=inner(encode, down, 4, 2), pre_vq_conv=causal(h, WIDTH, 1)),
        decoder=Named(lambda m, x: m.decoder(m.post_vq_conv(x)), decoder=inner(decode, up, 3, 1), post_vq_conv=causal(WIDTH, h, 1)))


def variational(layers, last):
    """Mean and logarithm of the variance, of which the latents are the mean."""
    return Named(
        lambda m, x: (m.mu_layer(y := m.encoder_layers_before_last(x)), m.sigma_layer(y)), encoder_layers_before_last=nn.Sequential(*layers),
        mu_layer=last(), sigma_layer=last())


def scalars(z, levels):
    """Finite scalar quantization (Mentzer et al. 2023): each channel rounded to one of its levels, straight through."""
    levels = torch.tensor(levels, dtype=torch.float32).view(-1, 1, 1, 1)
    reach, offset = (levels - 1) * (1 + 1e-3) / 2, 0.5 * (levels % 2 == 0)
    bounded = (z + torch.atanh(offset / reach)).tanh() * reach - offset
    return (bounded + (bounded.round() - bounded).detach()) / (levels // 2)


def conv(layer, inputs, outputs, time, kernel=3, stride=2):
    return layer(inputs, outputs, (kernel if time else 1, kernel, kernel), (stride if time else 1, stride, stride), (int(time), 1, 1))


def compact(levels, *in_time):
    """The first stage halves space, each other one space, and time where it says so."""
    h = HIDDEN

    def blocks():
        return [residual(h, h) for _ in range(BLOCKS)]

    def pointwise():
        return nn.Conv3d(h, WIDTH, 1)

    layers = [conv(nn.Conv3d, 3, h // 2, False)]
    for i, time in enumerate(in_time):
        layers += [nn.ReLU(), conv(nn.Conv3d, h // 2 if i == 0 else h, h, time)]
    layers += [*blocks(), nn.ReLU()]
    up = [conv(nn.Conv3d, WIDTH, h, True, stride=1), *blocks(), nn.ReLU()]
    for i, time in reversed(list(enumerate(in_time))):
        up += [conv(nn.ConvTranspose3d, h, h // 2 if i == 0 else h, time, kernel=4), nn.ReLU()]
    up += [conv(nn.Conv3d, h // 2, h // 2, False, stride=1), nn.ReLU(), conv(nn.ConvTranspose3d, h // 2, 3, False, kernel=4)]
    model = Named(None, encoder=variational(layers, pointwise) if levels is None else nn.Sequential(*layers, pointwise()), decoder=nn.Sequential(*up))
    model.levels = levels
    return model


def folded(levels, frames):
    """Pictures whose channels are those of so many frames, halved twice."""
    h = HIDDEN

    def blocks(channels):
        return [residual(channels, channels, in_time=0) for _ in range(BLOCKS)]

    def fold(m, x):
        b, c, f, height, width = x.shape
        return x.view(b, c, f // frames, frames, height, width).permute(0, 3, 1, 2, 4, 5).reshape(b, frames * c, f // frames, height, width)

    def unfold(m, x):
        b, c, f, height, width = x.shape
        return x.view(b, frames, c // frames, f, height, width).permute(0, 2, 3, 1, 4, 5).reshape(b, c // frames, f * frames, height, width)

    encoder = nn.Sequential(Named(fold), conv(nn.Conv3d, 3 * frames, h // 2, False), *blocks(h // 2), nn.ReLU(),
                            conv(nn.Conv3d, h // 2, h, False), *blocks(h), nn.ReLU(), nn.Conv3d(h, WIDTH, 1))
    decoder = nn.Sequential(conv(nn.Conv3d, WIDTH, h, False, stride=1), *blocks(h), nn.ReLU(),
                            conv(nn.ConvTranspose3d, h, h // 2, False, kernel=4), *blocks(h // 2), nn.ReLU(),
                            conv(nn.Conv3d, h // 2, h // 2, False, stride=1), nn.ReLU(), conv(nn.ConvTranspose3d, h // 2, 3 * frames, False, kernel=4),
                            Named(unfold))
    model = Named(None, encoder=encoder, decoder=decoder)
    model.levels = levels
    return model


def code(name):
    return sum(map(ord, name)) % 97


def fill(model):
    buffers = ((name, buffer) for name, buffer in model.named_buffers() if name.endswith("embeddings"))
    for name, weight in [*model.named_parameters(), *buffers]:
        scale, shift = ((0.1, float(name.endswith("weight"))) if weight.ndim == 1 else (0.3, 0) if name.endswith("embeddings")
                        else (1 / math.sqrt(weight[0].numel()), 0))
        values = scale * torch.sin(1.7 * torch.arange(weight.numel(), dtype=torch.float64) + code(name)) + shift
        weight.data.copy_(values.float().view(weight.shape))


def clips(*shape):
    """In [-0.5, 0.5]."""
    return (0.5 * torch.sin(0.37 * torch.arange(math.prod(shape), dtype=torch.float64))).float().view(shape)


def total(tensor, name=""):
    values = tensor.detach().contiguous().view(-1).double()
    return float((values * torch.cos(0.9 * torch.arange(len(values), dtype=torch.float64) + code(name))).sum())


def row(name, model, frames, size):
    fill(model)
    x = clips(2, 3, frames, size, size)
    z = model.encoder(x)
    loss = 0
    if isinstance(z, tuple):
        z, log_variance = z
        loss = -0.05 * (1 + log_variance - z ** 2 - log_variance.exp()).mean()
    latents = scalars(z, model.levels) if getattr(model, "levels", None) else z
    if hasattr(model, "vq"):
        flat = z.movedim(1, -1)
        latents = model.vq.embeddings[torch.cdist(flat.flatten(0, -2), model.vq.embeddings).argmin(1)].view(flat.shape).movedim(-1, 1)
        loss = COMMITMENT * F.mse_loss(z, latents)
    decoded = model.decoder(latents)
    loss = loss + F.mse_loss(decoded, x)
    loss.backward()
    gradients = sum(total(p.grad, name) for name, p in model.named_parameters() if p.grad is not None)
    numbers = ", ".join(f"{value:.7g}" for value in (total(z), total(decoded), loss.item(), gradients))
    print(f'{{ "{name}", {frames}, {size}, {sum(p.numel() for p in model.parameters())}, {numbers} }},')


if __name__ == "__main__":
    row("s4t4_c", s4t4_c(), 8, 8)
    row("causal_s8t4", causal_s8t4(), 8, 24)
    for name, frames, size, in_time in (("s1x4x4", 4, 8, [False]), ("s2x4x4", 4, 8, [True]), ("s1x8x8", 4, 16, [False, False])):
        row(f"{name}_kl", compact(None, *in_time), frames, size)
        row(f"{name}_fsq", compact([8, 5, 5, 5], *in_time), frames, size)
    row("s5x4x4_fsq", folded([8, 5, 5, 5], 5), 10, 8)
