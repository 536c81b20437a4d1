#!/usr/bin/env python3
"""Writes TinySora.Engine.Tests/Golden/tensorboard.events, or prints what an event file holds, from the format's description.

The check sum is computed bit by bit (Castagnoli's polynomial, reflected 0x82F63B78), messages are put together by hand.
Run by hand: /usr/bin/python3 tests/reference/tensorboard_events.py [FILE]
"""
import pathlib
import struct
import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283  # the check value of the catalogues


def masked(data):
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def block(field, data):
    return bytes([field << 3 | 2]) + varint(len(data)) + data


def event(time, step, content):
    body = b"\x09" + struct.pack("<d", time) + (b"\x10" + varint(step) if step else b"") + content
    length = struct.pack("<Q", len(body))
    return length + masked(length) + body + masked(body)


def scalars(**values):
    return block(5, b"".join(
        block(1, block(1, tag.encode()) + b"\x15" + struct.pack("<f", value)) for tag, value in values.items()))


def read_varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        if key & 7 == 0:
            value, at = read_varint(data, at)
        elif key & 7 == 1:
            value, at = struct.unpack_from("<d", data, at)[0], at + 8
        elif key & 7 == 5:
            value, at = struct.unpack_from("<f", data, at)[0], at + 4
        else:
            length, at = read_varint(data, at)
            value, at = data[at:at + length], at + length
        yield key >> 3, value


def show(path):
    data, at = pathlib.Path(path).read_bytes(), 0
    while at < len(data):
        length = struct.unpack_from("<Q", data, at)[0]
        body = data[at + 12:at + 12 + length]
        assert data[at + 8:at + 12] == masked(data[at:at + 8]), "check sum of the length"
        assert data[at + 12 + length:at + 16 + length] == masked(body), "check sum of the event"
        at += 16 + length
        found = dict(fields(body))
        values = [dict(fields(value)) for number, value in fields(found.get(5, b"")) if number == 1]
        print(found.get(2, 0), found.get(3, b"").decode() or ("restart" if 7 in found else
              " ".join(f"{value[1].decode()}={value[2]:g}" for value in values)))


if len(sys.argv) > 1:
    show(sys.argv[1])
else:
    second = 1700000000.25
    golden = pathlib.Path(__file__).resolve().parents[1] / "TinySora.Engine.Tests" / "Golden" / "tensorboard.events"
    golden.write_bytes(
        event(second, 0, block(3, b"brain.Event:2"))
        + event(second, 1, block(7, b"\x08\x01"))
        + event(second, 1, scalars(Loss=0.75, LearningRate=1e-4))
        + event(second, 300, scalars(Loss=0.0, GradientNorm=float("inf")))
        + event(second, 200, block(7, b"\x08\x01")))
