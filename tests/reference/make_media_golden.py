"""Golden files for the GIF, PNG and resampling tests.

Run by hand with Debian's python3-pil and python3-numpy:

    /usr/bin/python3 tests/reference/make_media_golden.py tests/TinySora.Engine.Tests/Golden/Media

Pictures are written by Pillow or, where Pillow has no option for a feature (interlacing, disposal per frame, deferred clear
codes, 16-bit colors), by the few lines below. Pixels that a reader must find come from Pillow's decoder, and are compared
with ffmpeg's where ffmpeg is installed. For each NAME.gif or NAME.png there is a NAME.rgba.gz: frames x height x width x 4.
"""
import gzip
import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(7)
index = {}


# ---- GIF -----------------------------------------------------------------------------------------------------------

def lzw(indices, bits, deferred=False):
    """Image data of one frame; with deferred, a full table is kept and no clear code is sent."""
    clear, codes, size = 1 << bits, {}, bits + 1
    following = clear + 2
    buffer, filled, data = 0, 0, bytearray()

    def emit(code):
        nonlocal buffer, filled
        buffer |= code << filled
        filled += size
        while filled >= 8:
            data.append(buffer & 255)
            buffer >>= 8
            filled -= 8

    emit(clear)
    prefix = int(indices[0])
    for value in map(int, indices[1:]):
        if (prefix, value) in codes:
            prefix = codes[prefix, value]
            continue
        emit(prefix)
        if following < 4096:
            codes[prefix, value] = following
            if following == 1 << size:
                size += 1
            following += 1
        elif not deferred:
            emit(clear)
            codes, size, following = {}, bits + 1, clear + 2
        prefix = value
    emit(prefix)
    if following == 1 << size and size < 12:
        size += 1
    emit(clear + 1)
    if filled:
        data.append(buffer & 255)
    blocks = b"".join(bytes([len(data[i:i + 255])]) + bytes(data[i:i + 255]) for i in range(0, len(data), 255))
    return bytes([bits]) + blocks + b"\0"


def table(palette):
    return bytes(np.asarray(palette, np.uint8).tobytes())


def gif(name, width, height, palette, images, background=0, trailer=b";"):
    """images: dicts with box (left, top), pixels (2-D indices), and optionally delay, disposal, transparent, palette,
    interlaced, deferred."""
    depth = len(palette).bit_length() - 2
    file = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF0 | depth, background, 0) + table(palette)
    file += b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" + b"!\xfe\x05hello\0"
    for image in images:
        pixels = np.asarray(image["pixels"])
        rows = list(range(len(pixels)))
        if image.get("interlaced"):
            rows = rows[0::8] + rows[4::8] + rows[2::4] + rows[1::2]
        transparent = image.get("transparent", -1)
        file += struct.pack("<BBBBHBB", 0x21, 0xF9, 4, image.get("disposal", 0) << 2 | (transparent >= 0),
                            image.get("delay", 12), max(transparent, 0), 0)
        local = image.get("palette")
        flags = (0x80 | len(local).bit_length() - 2 if local is not None else 0) | (0x40 if image.get("interlaced") else 0)
        file += struct.pack("<BHHHHB", 0x2C, *image["box"], pixels.shape[1], pixels.shape[0], flags)
        file += table(local) if local is not None else b""
        bits = max(2, (len(local if local is not None else palette) - 1).bit_length())
        file += lzw(pixels[rows].ravel(), bits, image.get("deferred", False))
    (out / f"{name}.gif").write_bytes(file + trailer)
    expect(name, "gif")


def expect(name, extension):
    """What Pillow reads, compared with what ffmpeg reads."""
    with Image.open(out / f"{name}.{extension}") as image:
        frames, delays = [], []
        for frame in ImageSequence.Iterator(image):
            frames.append(np.array(frame.convert("RGBA")))
            delays.append(frame.info.get("duration", 0))
    rgba = np.stack(frames)
    rgba[rgba[..., 3] == 0] = 0
    save(name, extension, rgba, delays)
    command = ["ffmpeg", "-v", "error", "-i", str(out / f"{name}.{extension}"), "-fps_mode", "passthrough", "-pix_fmt", "rgba",
               "-f", "rawvideo", "-"]
    other = np.frombuffer(subprocess.run(command, capture_output=True).stdout, np.uint8)
    if other.size == rgba.size:
        other = other.reshape(rgba.shape).copy()
        other[other[..., 3] == 0] = 0
        print(f"{name}: ffmpeg differs by at most {np.abs(other.astype(int) - rgba).max()}")
    else:
        print(f"{name}: ffmpeg gives {other.size // rgba[0].size} frames, Pillow {len(rgba)}")


def save(name, extension, rgba, delays):
    (out / f"{name}.rgba.gz").write_bytes(gzip.compress(np.ascontiguousarray(rgba).tobytes(), 9, mtime=0))
    index[f"{name}.{extension}"] = {
        "frames": rgba.shape[0], "height": rgba.shape[1], "width": rgba.shape[2],
        "transparent": bool((rgba[..., 3] < 255).any()), "delays": delays}


def noise(height, width, colors):
    return random.integers(0, colors, (height, width))


colors8 = [(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255), (255, 255, 255)]
colors4 = [(12, 34, 56), (200, 100, 50), (90, 180, 30), (250, 240, 230)]
whole = noise(10, 12, 8)
holes = np.where(noise(10, 12, 3) == 0, 7, noise(10, 12, 7))

gif("disposal-keep", 12, 10, colors8, [
    {"box": (0, 0), "pixels": whole, "disposal": 1},
    {"box": (3, 2), "pixels": noise(5, 6, 7), "transparent": 3, "disposal": 1},
    {"box": (11, 9), "pixels": [[1]], "disposal": 0},
    {"box": (0, 0), "pixels": whole[::-1], "transparent": 0, "disposal": 1, "delay": 12}])
gif("disposal-background", 12, 10, colors8, [
    {"box": (0, 0), "pixels": holes, "transparent": 7, "disposal": 2},
    {"box": (2, 1), "pixels": noise(6, 5, 8), "transparent": 7, "disposal": 2},
    {"box": (4, 4), "pixels": noise(6, 8, 8), "transparent": 7, "disposal": 1},
    {"box": (0, 0), "pixels": noise(3, 3, 8), "transparent": 7, "disposal": 0}])
gif("disposal-previous", 12, 10, colors8, [
    {"box": (0, 0), "pixels": whole, "disposal": 1},
    {"box": (1, 1), "pixels": noise(4, 4, 8), "disposal": 3},
    {"box": (6, 5), "pixels": noise(4, 5, 8), "transparent": 2, "disposal": 3},
    {"box": (5, 0), "pixels": noise(8, 2, 8), "transparent": 1, "disposal": 1},
    {"box": (0, 8), "pixels": noise(2, 9, 8), "disposal": 1}])
gif("local-palettes", 12, 10, colors8, [
    {"box": (0, 0), "pixels": noise(10, 12, 4), "palette": colors4, "delay": 5},
    {"box": (2, 2), "pixels": noise(4, 6, 8), "delay": 5},
    {"box": (0, 0), "pixels": noise(10, 12, 2), "palette": [(1, 2, 3), (254, 253, 252)], "delay": 20}])
gif("interlaced", 12, 21, colors8, [
    {"box": (0, 0), "pixels": noise(21, 12, 8), "interlaced": True},
    {"box": (1, 1), "pixels": noise(9, 9, 8), "interlaced": True}])
gif("interlaced-low", 12, 5, colors8, [
    {"box": (0, 0), "pixels": noise(5, 12, 8)},
    {"box": (1, 1), "pixels": noise(3, 9, 8), "interlaced": True}])
gray256 = [(i, 255 - i, i * 7 % 256) for i in range(256)]
gif("deferred-clear", 80, 64, gray256, [{"box": (0, 0), "pixels": noise(64, 80, 256), "deferred": True}])
gif("no-trailer", 12, 10, colors8, [{"box": (0, 0), "pixels": whole}, {"box": (1, 1), "pixels": noise(3, 3, 8)}], trailer=b"")

photo = [Image.fromarray(np.clip(random.normal(128, 60, (16, 20, 3)) + 10 * i, 0, 255).astype(np.uint8)) for i in range(3)]
photo[0].save(out / "pillow.gif", save_all=True, append_images=photo[1:], duration=120, loop=0)
expect("pillow", "gif")


# ---- PNG -----------------------------------------------------------------------------------------------------------

def png(name, image, **options):
    image.save(out / f"{name}.png", **options)
    expect(name, "png")


def raw_png(name, width, height, depth, color_type, rows, interlaced=0):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    (out / f"{name}.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, interlaced))
        + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


smooth = np.add.outer(np.arange(11) * 9, np.arange(13) * 11) % 256
rgb = np.stack([smooth, smooth[::-1], smooth[:, ::-1]], -1).astype(np.uint8)
alpha = np.dstack([rgb, smooth.astype(np.uint8)])
png("rgb", Image.fromarray(rgb))
png("rgba", Image.fromarray(alpha))
png("gray", Image.fromarray(rgb[..., 0]))
png("gray-alpha", Image.fromarray(alpha).convert("LA"))
png("bits1", Image.fromarray(rgb[..., 0]).convert("1"))
png("palette2", Image.fromarray(rgb).quantize(4), bits=2)
png("palette4", Image.fromarray(rgb).quantize(13), bits=4)
png("palette8-transparent", Image.fromarray(rgb).quantize(200), transparency=3)
png("rgb-transparent", Image.fromarray(rgb), transparency=tuple(int(v) for v in rgb[2, 3]))

rows = b""
for x, y, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
    for line in rgb[y::dy, x::dx]:
        if line.size:
            rows += b"\0" + line.tobytes()
raw_png("interlaced-rgb", 13, 11, 8, 2, rows, interlaced=1)
expect("interlaced-rgb", "png")

deep = random.integers(0, 65536, (7, 5, 3))
raw_png("rgb16", 5, 7, 16, 2, b"".join(b"\0" + line.astype(">u2").tobytes() for line in deep))
# Pillow drops the low byte; the nearest 8-bit value is what is wanted.
nearest = np.dstack([np.rint(deep / 257).astype(np.uint8), np.full((7, 5), 255, np.uint8)])
save("rgb16", "png", nearest[None], [0])

# ---- resampling ----------------------------------------------------------------------------------------------------

# Alpha 0 would hide a color that Pillow keeps and ours does not.
source = Image.fromarray(random.integers(1, 256, (23, 37, 4), dtype=np.uint8))
source.save(out / "resample-source.png")
for mode in ["RGB", "L", "RGBA"]:
    for height, width in [(8, 12), (23, 16), (46, 74), (31, 9), (23, 50)]:
        image = source.convert("RGB").convert("L") if mode == "L" else source.convert(mode)
        name = f"resample-{mode}-{height}x{width}"
        (out / f"{name}.gz").write_bytes(gzip.compress(image.resize((width, height), Image.BILINEAR).tobytes(), 9, mtime=0))
(out / "media.json").write_text(json.dumps(index, indent=1) + "\n")
