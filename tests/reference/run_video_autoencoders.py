"""Golden runs of the autoencoders of clips: minisora's VQ-VAE and VAE, and VideoGPT's VQ-VAE.

Run by hand:  python3 tests/reference/run_video_autoencoders.py
Writes        tests/TinySora.Engine.Tests/Golden/runs/{s4t4_b_vq,vae_s4t4_b,videogpt}.json

Checked against the published code, unmodified, in float64: minisora's to 5e-16; VideoGPT's losses to 3e-16, its weights to 2e-10 (those of
biases that batch norm takes away, 1e-11 without), its sample to 2e-12.

Adam with what their trainings set; the sample is what the trained autoencoder leaves of two clips.
"""
import math

import torch
from torch import nn
import torch.nn.functional as F

from golden_runs import STEPS, Chance, Run, clip, examples, fill

SEED, BATCH, EXAMPLES = 14, 2, 6
CODES, WIDTH = 16, 4


class Quantizer(nn.Module):
    """A codebook that follows gradients, as minisora has it."""

    def __init__(self):
        super().__init__()
        self.codebook = nn.Embedding(CODES, WIDTH)

    def forward(self, z):
        """(N, D): what goes straight through, and what is to be minimized; unused codes are drawn to the nearest input."""
        codes = self.codebook.weight
        distances = torch.cdist(z.detach(), codes.detach())
        q = codes[distances.argmin(1)]
        loss = F.mse_loss(q, z.detach()) + 0.25 * F.mse_loss(z, q.detach()) + 0.1 * F.mse_loss(codes, z.detach()[distances.argmin(0)])
        return z + (q - z).detach(), loss

    def nearest(self, z):
        return self.codebook.weight[torch.cdist(z, self.codebook.weight).argmin(1)]


class VariationalEncoder(nn.Module):
    def __init__(self, first, activation, last):
        super().__init__()
        self.encoder_layers_before_last, self.mu_layer, self.sigma_layer = nn.Sequential(first, activation), last, nn.Conv3d(32, WIDTH, 3, 2, 1)

    def forward(self, x):
        x = self.encoder_layers_before_last(x)
        return self.mu_layer(x), self.sigma_layer(x)


class Minisora(nn.Module):
    """s4t4_b with a codebook, or drawing its latents."""

    SHAPE = (3, 8, 8, 8)

    def __init__(self, is_variational):
        super().__init__()
        layers = nn.Conv3d(3, 32, 3, 2, 1), nn.ReLU(), nn.Conv3d(32, WIDTH, 3, 2, 1)
        self.encoder = VariationalEncoder(*layers) if is_variational else nn.Sequential(*layers)
        self.decoder = nn.Sequential(
            nn.ConvTranspose3d(WIDTH, 32, 4, 2, 1), nn.LeakyReLU(), nn.Conv3d(32, 32, 3, 1, 1), nn.LeakyReLU(),
            nn.ConvTranspose3d(32, 32, 4, 2, 1), nn.LeakyReLU(), nn.Conv3d(32, 3, 3, 1, 1), nn.Tanh())
        self.vq = None if is_variational else Quantizer()

    def loss(self, x, chance):
        if self.vq is None:
            mean, log_variance = self.encoder(x)
            kl = -0.5 * (1 + log_variance - mean ** 2 - log_variance.exp()).mean()
            drawn = chance.normal(BATCH, *mean.shape[2:], WIDTH).movedim(-1, 1)  # channels are drawn last
            return F.mse_loss(self.decoder(mean + (log_variance / 2).exp() * drawn), x) + 0.1 * kl
        z = self.encoder(x)
        q, loss = self.vq(rows(z))
        return F.mse_loss(self.decoder(clips(q, z.shape)), x) + loss

    def reconstruct(self, x):
        z = self.encoder(x)
        return self.decoder(z[0] if self.vq is None else clips(self.vq.nearest(rows(z)), z.shape))


def rows(z):
    """(B, C, F, H, W) to (N, C)."""
    return z.movedim(1, -1).flatten(0, -2)


def clips(z, shape):
    return z.view(shape[0], *shape[2:], shape[1]).movedim(-1, 1)


class SamePad(nn.Module):
    """A convolution whose input is padded by kernel - stride, the larger half in front."""

    def __init__(self, inputs, outputs, kernel, stride=(1, 1, 1), bias=True, transposed=False):
        super().__init__()
        pads = [kernel - s for s in reversed(stride)]
        self.pad = [half for p in pads for half in (p - p // 2, p // 2)]
        if transposed:
            self.convt = nn.ConvTranspose3d(inputs, outputs, kernel, stride, padding=kernel - 1)
        else:
            self.conv = nn.Conv3d(inputs, outputs, kernel, stride, bias=bias)

    def forward(self, x):
        layer = self.conv if hasattr(self, "conv") else self.convt
        return layer(F.pad(x, self.pad))


class AxisAttention(nn.Module):
    HEADS = 2

    def __init__(self, width, axis):
        super().__init__()
        self.axis = axis
        self.w_qs, self.w_ks, self.w_vs = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.fc = nn.Linear(width, width)

    def forward(self, x):  # (B, F, H, W, C)
        x = x.transpose(self.axis, -2)
        q, k, v = (layer(x).unflatten(-1, (self.HEADS, -1)).transpose(-2, -3) for layer in (self.w_qs, self.w_ks, self.w_vs))
        mixed = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1) @ v
        return self.fc(mixed.transpose(-2, -3).flatten(-2)).transpose(self.axis, -2)


class AxialAttention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.attn_w, self.attn_h, self.attn_t = (AxisAttention(width, axis) for axis in (3, 2, 1))

    def forward(self, x):
        x = x.movedim(1, -1)
        return (self.attn_w(x) + self.attn_h(x) + self.attn_t(x)).movedim(-1, 1)


class AxialBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        half = width // 2
        self.block = nn.Sequential(
            nn.BatchNorm3d(width), nn.ReLU(), SamePad(width, half, 3, bias=False), nn.BatchNorm3d(half), nn.ReLU(),
            SamePad(half, width, 1, bias=False), nn.BatchNorm3d(width), nn.ReLU(), AxialAttention(width))

    def forward(self, x):
        return x + self.block(x)


def stack(width):
    return nn.Sequential(AxialBlock(width), AxialBlock(width), nn.BatchNorm3d(width), nn.ReLU())


STRIDES = [(2, 2, 2), (1, 2, 2)]


class VideoGptEncoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.convs = nn.ModuleList([SamePad(3 if i == 0 else width, width, 4, stride) for i, stride in enumerate(STRIDES)])
        self.conv_last, self.res_stack = SamePad(width, width, 3), stack(width)

    def forward(self, x):
        for conv in self.convs:
            x = F.relu(conv(x))
        return self.res_stack(self.conv_last(x))


class VideoGptDecoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.res_stack = stack(width)
        self.convts = nn.ModuleList([SamePad(width, width if i == 0 else 3, 4, stride, transposed=True) for i, stride in enumerate(STRIDES)])

    def forward(self, x):
        x = self.res_stack(x)
        return self.convts[1](F.relu(self.convts[0](x)))


class VideoGpt(nn.Module):
    """Strides 2, 4, 4; its codes are running means of what they stand for."""

    SHAPE, HIDDEN = (3, 4, 24, 24), 8

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = VideoGptEncoder(self.HIDDEN), VideoGptDecoder(self.HIDDEN)
        self.pre_vq_conv, self.post_vq_conv = SamePad(self.HIDDEN, WIDTH, 1), SamePad(WIDTH, self.HIDDEN, 1)
        self.codes = None

    def loss(self, x, chance):
        z = self.pre_vq_conv(self.encoder(x))
        flat = rows(z)
        drawn = lambda: flat.detach()[chance.order(len(flat))][:CODES]
        if self.codes is None:
            self.codes = drawn()
            self.sums, self.counts = self.codes.clone(), torch.ones(CODES, dtype=torch.float64)
        tokens = torch.cdist(flat.detach(), self.codes).argmin(1)
        q = self.codes[tokens]
        hits = F.one_hot(tokens, CODES).double()
        self.counts = 0.99 * self.counts + 0.01 * hits.sum(0)
        self.sums = 0.99 * self.sums + 0.01 * hits.T @ flat.detach()
        total = self.counts.sum()
        means = self.sums / ((self.counts + 1e-7) / (total + CODES * 1e-7) * total)[:, None]
        self.codes = torch.where(self.counts[:, None] >= 1, means, drawn())
        recon = F.mse_loss(self.decode(flat + (q - flat).detach(), z.shape), x)
        return recon / 0.06 + 0.25 * F.mse_loss(flat, q)

    def decode(self, q, shape):
        return self.decoder(self.post_vq_conv(clips(q, shape)))

    def reconstruct(self, x):
        self.eval()
        z = self.pre_vq_conv(self.encoder(x))
        return self.decode(self.codes[torch.cdist(rows(z), self.codes).argmin(1)], z.shape)


CASES = {"s4t4_b_vq": (lambda: Minisora(False), 1e-3), "vae_s4t4_b": (lambda: Minisora(True), 1e-3), "videogpt": (VideoGpt, 3e-4)}


def batch(model, numbers):
    return torch.stack([clip(k, *model.SHAPE) for k in numbers]) - 0.5


def computed(name):
    create, rate = CASES[name]
    model = fill(create())
    run, optimizer = Run(model), torch.optim.Adam(model.parameters(), lr=rate)
    for step in range(STEPS):
        run.step(model.loss(batch(model, examples(step, BATCH, EXAMPLES)), Chance.of(SEED, step)), optimizer)
    with torch.no_grad():
        return run, model.reconstruct(batch(model, [0, 1])) + 0.5


def main():
    for name in CASES:
        run, left = computed(name)
        run.write(name, sample=left[:1])


if __name__ == "__main__":
    main()
