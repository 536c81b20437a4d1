namespace TinySora.Engine.Media.Gif;

/// <summary>Decodes the GIF variant of Lempel-Ziv-Welch compression: codes of growing width, least significant bit first (GIF89a, appendix F).</summary>
internal sealed class LzwDecoder
{
    private const int MaxCodes = 4096;

    // Every entry of the table is a string that already occurs in the output, so only its position and length are stored.
    private readonly int[] starts = new int[MaxCodes];
    private readonly int[] lengths = new int[MaxCodes];

    /// <summary>
    /// Fills <paramref name="output"/> and returns the number of decoded bytes, which is less than the length of the output if the data ends early.
    /// </summary>
    /// <param name="minCodeSize">Number of bits in one literal, from 1 to 8.</param>
    public int Decode(ReadOnlySpan<byte> data, int minCodeSize, Span<byte> output)
    {
        int clear = 1 << minCodeSize, end = clear + 1, next = end + 1;
        var codeSize = minCodeSize + 1;
        int written = 0, position = 0, bits = 0, bitCount = 0;
        var previousLength = 0;
        while (written < output.Length)
        {
            for (; bitCount < codeSize && position < data.Length; bitCount += 8)
            {
                bits |= data[position++] << bitCount;
            }

            if (bitCount < codeSize)
            {
                return written;
            }

            var code = bits & ((1 << codeSize) - 1);
            bits >>= codeSize;
            bitCount -= codeSize;

            if (code == clear)
            {
                (next, codeSize, previousLength) = (end + 1, minCodeSize + 1, 0);
                continue;
            }
            // The new entry is the previous string and the next byte, which for code == next is the string's own first byte. Encoders may continue with a full
            // table ("deferred clear"); then no entry is added.
            if (previousLength > 0 && next < MaxCodes)
            {
                starts[next] = written - previousLength;
                lengths[next] = previousLength + 1;
                next++;
                if (next == 1 << codeSize && codeSize < 12)
                {
                    codeSize++;
                }
            }
            if (code < clear)
            {
                output[written++] = (byte)code;
                previousLength = 1;
                continue;
            }
            if (code == end || code >= next)
            {
                return written;
            }

            var start = starts[code];
            previousLength = Math.Min(lengths[code], output.Length - written);
            for (var i = 0; i < previousLength; i++)
            {
                output[written++] = output[start + i];
            }
        }
        return written;
    }
}
