namespace TinySora.Engine.Media.Gif;

/// <summary>Encodes the palette indices of one frame as GIF image data, the counterpart of <see cref="LzwDecoder"/>.</summary>
internal static class LzwEncoder
{
    private const int MaxCodes = 4096;
    private const int TableSize = 8192;

    /// <summary>Writes the code size, the codes in sub-blocks of at most 255 bytes, and the block terminator.</summary>
    public static void Encode(Stream output, ReadOnlySpan<byte> indices, int minCodeSize)
    {
        output.WriteByte((byte)minCodeSize);
        var packer = new BitPacker(output);
        int clear = 1 << minCodeSize, next = clear + 2, codeSize = minCodeSize + 1;
        // Open addressing from (string so far, next byte) to the code of both; key 0 marks a free slot.
        var keys = new int[TableSize];
        var codes = new short[TableSize];

        packer.Write(clear, codeSize);
        int prefix = indices[0];
        foreach (var value in indices[1..])
        {
            var key = (prefix << 8 | value) + 1;
            var slot = (int)((uint)key * 2654435769u >> 19);
            while (keys[slot] != key && keys[slot] != 0)
            {
                slot = (slot + 1) % TableSize;
            }

            if (keys[slot] == key)
            {
                prefix = codes[slot];
                continue;
            }
            packer.Write(prefix, codeSize);
            prefix = value;
            if (next < MaxCodes)
            {
                keys[slot] = key;
                codes[slot] = (short)next;
                if (next == 1 << codeSize)
                {
                    codeSize++;
                }

                next++;
            }
            else
            {
                packer.Write(clear, codeSize);
                Array.Clear(keys);
                (next, codeSize) = (clear + 2, minCodeSize + 1);
            }
        }
        packer.Write(prefix, codeSize);
        // The decoder has added one more entry than the encoder, and may therefore have widened its codes already.
        if (next == 1 << codeSize && codeSize < 12)
        {
            codeSize++;
        }

        packer.Write(clear + 1, codeSize);
        packer.Finish();
    }

    private sealed class BitPacker(Stream output)
    {
        private readonly byte[] block = new byte[255];
        private int length;
        private int bits;
        private int bitCount;

        public void Write(int code, int size)
        {
            bits |= code << bitCount;
            for (bitCount += size; bitCount >= 8; bitCount -= 8, bits >>= 8)
            {
                Append((byte)bits);
            }
        }

        public void Finish()
        {
            if (bitCount > 0)
            {
                Append((byte)bits);
            }

            FlushBlock();
            output.WriteByte(0);
        }

        private void Append(byte value)
        {
            block[length++] = value;
            if (length == block.Length)
            {
                FlushBlock();
            }
        }

        private void FlushBlock()
        {
            if (length == 0)
            {
                return;
            }

            output.WriteByte((byte)length);
            output.Write(block, 0, length);
            length = 0;
        }
    }
}
