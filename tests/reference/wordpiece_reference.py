"""BERT's tokenizer with case kept, written from its description (Devlin et al. 2019, "tokenization"), and ids it gives.

Run by hand:  /usr/bin/python3 tests/reference/wordpiece_reference.py VOCAB   with the vocab.txt of bert-base-cased
Writes        tests/TinySora.Engine.Tests/Golden/wordpiece.json

Kept are the ids of the sentences and those pieces of the vocabulary that can occur in them, at their published places; the
others cannot change a result, since they are no substring of any word.
"""
import json
import pathlib
import sys
import unicodedata

GOLDEN = pathlib.Path(__file__).parent.parent / "TinySora.Engine.Tests" / "Golden"
IDEOGRAPHS = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
              (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]
LONGEST_WORD = 100

# Ids that others published for bert-base-cased: they hold the vocabulary file to be the right one.
PUBLISHED = {
    "Hello, y'all! How are you 😁 ?": [101, 8667, 117, 194, 112, 1155, 106, 1731, 1132, 1128, 100, 136, 102],
    "Hello I'm a single sentence": [101, 8667, 146, 112, 182, 170, 1423, 5650, 102],
    "This is a rather long sequence. It is at least longer than the sequence A.":
        [101, 1188, 1110, 170, 1897, 1263, 4954, 119, 1135, 1110, 1120, 1655, 2039, 1190, 1103, 4954, 138, 119, 102],
}
TEXTS = [
    *PUBLISHED, "", " \t\r\n ", "a red circle moving right", "RED Red red rEd", "unaffable reddish-orange",
    "Using a Transformer network is simple", "3.14159 1,000,000 2nd x2",
    "café naïve Zürich Ångström señor", "cafe\u0301 nai\u0308ve", "ﬁ Ⅷ ① ½ ™ €",
    "日本語の動画 video中文字符x", "𠀀𪛖 豈 한국어", "Привет, мир! مرحبا नमस्ते ελληνικά",
    "U.S.A. e-mail: foo@bar.com #1 (50%) $3^2 `x` ~y|z_w", "“quoted” — dash… ¿qué? «a» a、b。c·d", "a++b==c<d>e",
    "red\0circle cir\u200bcle \ufeffblue\u00adish one\vtwo\x1fthree\x7ffour\u0085five", "a\u2028b\u2029c\u00a0d\u3000e\u2009f \ufffdg",
    "\ue000private 🤖robot👍🏽", "[CLS] a [MASK] [UNK] [SEP] ##ing",
    "x" * 100, "x" * 101, "é" * 100 + " " + "𝒳" * 100 + " " + "𝒳" * 101, "Donaudampfschifffahrtsgesellschaftskapitän",
]


def words(text):
    spaced = ""
    for c in text:
        category = unicodedata.category(c)
        if c in "\t\n\r" or category == "Zs":
            spaced += " "
        elif c == "\ufffd" or category in ("Cc", "Cf"):
            continue
        elif (33 <= ord(c) <= 126 and not c.isalnum()) or category[0] == "P" or any(a <= ord(c) <= b for a, b in IDEOGRAPHS):
            spaced += f" {c} "
        else:
            spaced += c
    return spaced.split()


def pieces(word, vocabulary):
    found, begin = [], 0
    while begin < len(word):
        for end in range(len(word), begin, -1):
            piece = ("##" if begin else "") + word[begin:end]
            if piece in vocabulary:
                found.append(piece)
                begin = end
                break
        else:
            return ["[UNK]"]
    return found


def encode(text, vocabulary):
    split = [p for w in words(text) for p in (pieces(w, vocabulary) if len(w) <= LONGEST_WORD else ["[UNK]"])]
    return [vocabulary[p] for p in ["[CLS]", *split, "[SEP]"]]


def main(path):
    lines = pathlib.Path(path).read_text(encoding="utf-8").split("\n")
    vocabulary = {line: i for i, line in enumerate(lines) if line}
    for text, ids in PUBLISHED.items():
        assert encode(text, vocabulary) == ids, text
    kept = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
    for word in {w for text in TEXTS for w in words(text) if len(w) <= LONGEST_WORD}:
        for begin in range(len(word)):
            for end in range(begin + 1, len(word) + 1):
                kept |= {("##" if begin else "") + word[begin:end]} & vocabulary.keys()
    golden = dict(size=len(vocabulary), pieces={p: vocabulary[p] for p in sorted(kept, key=vocabulary.get)},
                  texts=[[text, encode(text, vocabulary)] for text in TEXTS])
    (GOLDEN / "wordpiece.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(len(kept), "pieces,", len(TEXTS), "texts")


if __name__ == "__main__":
    main(sys.argv[1])
