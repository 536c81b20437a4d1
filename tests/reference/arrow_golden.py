#!/usr/bin/env python3
"""Writes TinySora.Engine.Tests/Golden/Arrow/large.arrow and compressed.arrow: what Apache's JavaScript does not write.

Large lists, an extension type of Hugging Face's datasets for arrays, big-endian and compressed batches; the FlatBuffers by
Google's own library (Debian: python3-flatbuffers), slots after Arrow's Schema.fbs and Message.fbs, buffers 8-byte aligned.

Run by hand: /usr/bin/python3 tests/reference/arrow_golden.py
"""
import pathlib
import struct

import flatbuffers
import numpy as np

folder = pathlib.Path(__file__).resolve().parents[1] / "TinySora.Engine.Tests" / "Golden" / "Arrow"
FLOAT, INT, LIST, LARGE_LIST = 3, 2, 12, 21


def table(b, *slots):
    """slots: None, ('int8' | 'int16' | 'int32' | 'int64', number), or the offset of what was built before."""
    b.StartObject(len(slots))
    for i, slot in enumerate(slots):
        if isinstance(slot, tuple):
            getattr(b, "Prepend" + slot[0].capitalize() + "Slot")(i, slot[1], -1)
        elif slot is not None:
            b.PrependUOffsetTRelativeSlot(i, slot, 0)
    return b.EndObject()


def vector(b, offsets):
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return b.EndVector()


def pairs(b, numbers):
    b.StartVector(16, len(numbers), 8)
    for first, second in reversed(numbers):
        b.PrependInt64(second)
        b.PrependInt64(first)
    return b.EndVector()


def field(b, name, kinds, leaf, metadata=()):
    """kinds: the lists from the outside in; leaf: (type, slots)."""
    texts = [(b.CreateString(k), b.CreateString(v)) for k, v in metadata]
    custom = vector(b, [table(b, *text) for text in texts]) if texts else None
    children = vector(b, [field(b, "element", kinds[1:], leaf)] if kinds else [])
    kind, slots = (kinds[0], ()) if kinds else leaf
    detail = table(b, *slots)
    return table(b, b_text(b, name), ("int8", 1), ("int8", kind), detail, None, children, custom)


def b_text(b, text):
    return b.CreateString(text)


def message(kind, build, body=b""):
    b = flatbuffers.Builder(0)
    header = build(b)
    b.Finish(table(b, ("int16", 4), ("int8", kind), header, ("int64", len(body))))
    data = bytes(b.Output())
    data += bytes(-len(data) % 8)
    return struct.pack("<iI", -1, len(data)) + data + body


def batch(rows, nodes, arrays, compressed=False):
    body, places = b"", []
    for array in arrays:
        places.append((len(body), array.nbytes))
        body += array.tobytes() + bytes(-array.nbytes % 8)

    def build(b):
        first, second = pairs(b, nodes), pairs(b, places)
        return table(b, ("int64", rows), first, second, table(b, ("int8", 1), ("int8", 0)) if compressed else None)

    return message(3, build, body)


def schema(*fields, endianness=0):
    return message(1, lambda b: table(b, ("int16", endianness), vector(b, [field(b, *f) for f in fields])))


none, end = np.zeros(0, "u1"), struct.pack("<iI", -1, 0)
int64, float32 = (INT, [("int32", 64), ("int8", 1)]), (FLOAT, [("int16", 1)])
extension = [("ARROW:extension:name", "datasets.features.features.Array2DExtensionType"), ("ARROW:extension:metadata", "[[2, 3], \"float32\"]")]

# Two rows: latents (1, 2) and (2, 1), an array (2, 3) each. A bitmap that says that all is there, as datasets may write.
everything = np.array([0b11], "u1")
(folder / "large.arrow").write_bytes(
    schema(("latents", [LARGE_LIST, LARGE_LIST], int64), ("array", [LIST, LIST], float32, extension))
    + batch(2, [(2, 0), (3, 0), (4, 0), (2, 0), (4, 0), (12, 0)], [
        everything, np.array([0, 1, 3], "<i8"), none, np.array([0, 2, 3, 4], "<i8"), none, np.arange(4, dtype="<i8") - 2,
        none, np.array([0, 2, 4], "<i4"), none, np.array([0, 3, 6, 9, 12], "<i4"), none, np.arange(12, dtype="<f4") / 4])
    + end)
(folder / "compressed.arrow").write_bytes(schema(("x", [], int64)) + batch(1, [(1, 0)], [none, np.arange(2, dtype="<i8")], compressed=True) + end)
(folder / "big_endian.arrow").write_bytes(schema(("x", [], int64), endianness=1) + end)
