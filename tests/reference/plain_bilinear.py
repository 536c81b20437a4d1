"""Prints rows of PlainBilinearTests: frames scaled by PyTorch's interpolate and cut to their middle.

Run by hand:  python3 tests/reference/plain_bilinear.py
Byte i of a frame is 37 i modulo 251. The scaled sides are rounded up and the offsets of the middle down, as in VideoGPT's and minisora's readers.
Made with PyTorch 1.13.1.
"""
import math

import torch
import torch.nn.functional as F


def filled(height, width, size):
    frame = ((torch.arange(height * width) * 37) % 251).view(1, 1, height, width).float()
    scale = size / min(height, width)
    sides = [size, math.ceil(width * scale)] if height < width else [math.ceil(height * scale), size]
    scaled = F.interpolate(frame, size=sides, mode="bilinear", align_corners=False)
    top, left = ((side - size) // 2 for side in sides)
    return (scaled[0, 0, top:top + size, left:left + size] + 0.5).int().flatten().tolist()


if __name__ == "__main__":
    for case in ((7, 12, 3), (12, 7, 3), (16, 16, 4), (5, 8, 6), (4, 5, 4)):
        print(f"[InlineData({', '.join(map(str, case))}, new byte[] {{ {', '.join(map(str, filled(*case)))} }})]")
