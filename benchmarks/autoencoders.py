"""The autoencoders that peer.py trains, in plain PyTorch, with the published networks and losses."""
import torch
from torch import nn
import torch.nn.functional as F


def conv(inputs, outputs, kernel=3, stride=1, padding=1):
    return nn.Conv3d(inputs, outputs, kernel, stride, padding)


def up(inputs, outputs):
    return nn.ConvTranspose3d(inputs, outputs, 4, 2, 1)


class Minisora(nn.Module):
    """minisora's s4t4_b_vq: stride 4 in time and space, a codebook trained by gradients. Clips in [-0.5, 0.5]."""

    shape, lr, betas = (2, 3, 16, 64, 64), 1e-3, (0.9, 0.999)

    def __init__(self, width=4, codes=5120, commitment=0.25):
        super().__init__()
        leaky = nn.LeakyReLU
        self.encoder = nn.Sequential(conv(3, 32, stride=2), nn.ReLU(), conv(32, width, stride=2))
        self.decoder = nn.Sequential(up(width, 32), leaky(), conv(32, 32), leaky(), up(32, 32), leaky(), conv(32, 3), nn.Tanh())
        self.codebook = nn.Embedding(codes, width)
        nn.init.normal_(self.codebook.weight)
        self.commitment = commitment

    def groups(self):
        return [self.parameters()]

    def quantize(self, z):
        rows, codes = z.reshape(-1, z.shape[-1]), self.codebook.weight
        distances = (rows ** 2).sum(1, keepdim=True) - 2 * rows @ codes.t() + (codes ** 2).sum(1)
        return self.codebook(distances.argmin(1)).view_as(z)

    def encode(self, x):
        return self.quantize(self.encoder(x).permute(0, 2, 3, 4, 1)).permute(0, 4, 1, 2, 3)

    def losses(self, x):
        z = self.encoder(x).permute(0, 2, 3, 4, 1)
        q = self.quantize(z)
        committed = F.mse_loss(q, z.detach()) + self.commitment * F.mse_loss(q.detach(), z)
        y = self.decoder((z + (q - z).detach()).permute(0, 4, 1, 2, 3))
        yield F.mse_loss(y, x) + committed


class Axial(nn.Module):
    """Two heads of attention along one axis."""

    def __init__(self, width, axis, heads=2):
        super().__init__()
        self.axis, self.heads = axis, heads
        self.queries, self.keys, self.values = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.out = nn.Linear(width, width)

    def forward(self, x):
        def split(t):
            return t.transpose(self.axis, 3).unflatten(-1, (self.heads, -1)).transpose(-2, -3)
        q, k, v = split(self.queries(x)), split(self.keys(x)), split(self.values(x))
        scores = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1)
        return self.out((scores @ v).transpose(-2, -3).flatten(-2).transpose(self.axis, 3))


class AxialBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.axes = nn.ModuleList(Axial(width, axis) for axis in (3, 2, 1))

    def forward(self, x):
        rows = x.movedim(1, -1)
        return sum(axis(rows) for axis in self.axes).movedim(-1, 1)


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.block = nn.Sequential(
            nn.BatchNorm3d(width), nn.ReLU(), nn.Conv3d(width, width // 2, 3, padding=1, bias=False),
            nn.BatchNorm3d(width // 2), nn.ReLU(), nn.Conv3d(width // 2, width, 1, bias=False),
            nn.BatchNorm3d(width), nn.ReLU(), AxialBlock(width))

    def forward(self, x):
        return x + self.block(x)


class Same(nn.Module):
    """A convolution, or a transposed one, with kernel 4, that divides or multiplies each axis by its stride."""

    def __init__(self, inputs, outputs, stride, transposed=False):
        super().__init__()
        self.pad = [side for s in reversed(stride) for side in ((4 - s + 1) // 2, (4 - s) // 2)]
        self.layer = (nn.ConvTranspose3d(inputs, outputs, 4, stride, padding=3) if transposed else nn.Conv3d(inputs, outputs, 4, stride))

    def forward(self, x):
        return self.layer(F.pad(x, self.pad))


class VideoGpt(nn.Module):
    """VideoGPT's VQ-VAE with stride (2, 4, 4) and a moving-average codebook. Clips in [-0.5, 0.5]."""

    shape, lr, betas = (2, 3, 16, 64, 64), 3e-4, (0.9, 0.999)

    def __init__(self, hidden=240, width=256, codes=2048, layers=4):
        super().__init__()
        strides = [(2, 2, 2), (1, 2, 2)]

        def stack():
            return [*(Residual(hidden) for _ in range(layers)), nn.BatchNorm3d(hidden), nn.ReLU()]
        self.encoder = nn.Sequential(
            Same(3, hidden, strides[0]), nn.ReLU(), Same(hidden, hidden, strides[1]), nn.ReLU(), conv(hidden, hidden), *stack(), nn.Conv3d(hidden, width, 1))
        self.decoder = nn.Sequential(
            nn.Conv3d(width, hidden, 1), *stack(), Same(hidden, hidden, strides[0], True), nn.ReLU(), Same(hidden, 3, strides[1], True))
        self.register_buffer("codes", torch.randn(codes, width))
        self.register_buffer("counts", torch.ones(codes))
        self.register_buffer("sums", self.codes.clone())

    def groups(self):
        return [self.parameters()]

    def losses(self, x):
        z = self.encoder(x)
        rows = z.movedim(1, -1).flatten(0, -2)
        distances = (rows ** 2).sum(1, keepdim=True) - 2 * rows @ self.codes.t() + (self.codes ** 2).sum(1)
        hits = distances.argmin(1)
        q = F.embedding(hits, self.codes).view_as(z.movedim(1, -1)).movedim(-1, 1)
        commitment = 0.25 * F.mse_loss(z, q.detach())
        with torch.no_grad():
            chosen = F.one_hot(hits, len(self.codes)).type_as(rows)
            self.counts.mul_(0.99).add_(chosen.sum(0), alpha=0.01)
            self.sums.mul_(0.99).add_(chosen.t() @ rows, alpha=0.01)
            total = self.counts.sum()
            weights = (self.counts + 1e-7) / (total + len(self.codes) * 1e-7) * total
            used = (self.counts >= 1).float().unsqueeze(1)
            fresh = rows[torch.randperm(len(rows))[:len(self.codes)]]
            fresh = fresh.repeat(-(-len(self.codes) // len(fresh)), 1)[:len(self.codes)]
            self.codes.copy_(used * self.sums / weights.unsqueeze(1) + (1 - used) * fresh)
        y = self.decoder(z + (q - z).detach())
        yield F.mse_loss(y, x) / 0.06 + commitment


class FrameLayers(nn.Module):
    """Residual block: group norm, SiLU and convolution, twice, with a 1 x 1 convolution as the shortcut."""

    def __init__(self, inputs, outputs):
        super().__init__()
        def half(i):
            return nn.Sequential(nn.GroupNorm(32, i), nn.SiLU(), nn.Conv2d(i, outputs, 3, padding=1))
        self.first, self.second, self.skip = half(inputs), half(outputs), nn.Conv2d(inputs, outputs, 1)

    def forward(self, x):
        return self.second(self.first(x)) + self.skip(x)


class FrameVae(nn.Module):
    """The Latte tutorial's frame autoencoder for moving digits, with its PatchGAN enabled. Frames in [-1, 1]."""

    shape, lr, betas = (8, 1, 72, 128), 1e-4, (0.5, 0.999)

    def __init__(self, widths=(32, 64, 128), z=4):
        super().__init__()
        down = [layer for i, o in zip(widths, widths[1:]) for layer in (FrameLayers(i, o), nn.Conv2d(o, o, 4, 2, 1))]
        last = widths[-1]
        self.encoder = nn.Sequential(
            nn.Conv2d(1, widths[0], 3, padding=1), *down, nn.GroupNorm(32, last), nn.SiLU(), nn.Conv2d(last, 2 * z, 3, padding=1), nn.Conv2d(2 * z, 2 * z, 1))
        backwards = list(reversed(widths))
        grow = [layer for i, o in zip(backwards, backwards[1:]) for layer in (nn.ConvTranspose2d(i, i, 4, 2, 1), FrameLayers(i, o))]
        self.decoder = nn.Sequential(
            nn.Conv2d(z, z, 1), nn.Conv2d(z, last, 3, padding=1), *grow, nn.GroupNorm(32, widths[0]), nn.SiLU(), nn.Conv2d(widths[0], 1, 3, padding=1))
        self.discriminator = nn.Sequential(
            nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.LeakyReLU(0.2),
            nn.Conv2d(128, 256, 4, 2, 1, bias=False), nn.BatchNorm2d(256), nn.LeakyReLU(0.2), nn.Conv2d(256, 1, 4, 1, 1, bias=False))

    def groups(self):
        return [[*self.encoder.parameters(), *self.decoder.parameters()], self.discriminator.parameters()]

    def losses(self, x):
        mean, logvar = self.encoder(x).clamp(-30, 20).chunk(2, 1)
        y = self.decoder(mean + (logvar / 2).exp() * torch.randn_like(mean))
        kl = 0.5 * (logvar.exp() + mean ** 2 - 1 - logvar).sum((1, 2, 3)).mean()
        judged = self.discriminator(y)
        yield F.mse_loss(y, x) + 5e-6 * kl + 0.5 * F.mse_loss(judged, torch.ones_like(judged))
        fake, real = self.discriminator(y.detach()), self.discriminator(x)
        yield 0.5 * 0.5 * (F.mse_loss(fake, torch.zeros_like(fake)) + F.mse_loss(real, torch.ones_like(real)))


NETWORKS = {"minisora-vqvae": Minisora, "videogpt-vqvae": VideoGpt, "latte-mnist-vae": FrameVae}
