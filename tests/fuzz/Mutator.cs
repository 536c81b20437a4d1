using System.Buffers.Binary;
using System.Text;

namespace TinySora.Fuzz;

/// <summary>Mutates inputs like AFL: bits, bytes, numbers, keywords, ranges, and parts of other inputs.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<string> words)
{
    /// <summary>Maximum length of an input in bytes.</summary>
    private const int Longest = 1 << 16;

    private const int MaxChanges = 6, LongestStretch = 64;

    private static readonly long[] Numbers =
    [
        0, 1, -1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 1000, 1024, 4096, short.MaxValue, short.MinValue, ushort.MaxValue,
        int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 1L << 31, 1L << 32, 1L << 40, 1L << 62,
    ];

    private static readonly string[] Texts =
    [
        "0", "-1", "1e999", "-1e999", "NaN", "Infinity", "9223372036854775808", "2147483648", "1e-400", "0.5", "null", "true", "[]", "{}", "\"\"",
        "\"\\ud800\"",
        "[[", "]", "{\"", "\":", ",", "\n", "\r\n", "\0", "'", "\"", "\\", "..", "/", "%", "\u00e9", "\ufeff", "!!", "&a", "*a", "- ", ": ", "# ", "|",
        ">",
    ];

    /// <summary>Returns a mutated copy of one of the inputs.</summary>
    public byte[] Change(IReadOnlyList<byte[]> inputs)
    {
        var input = inputs[random.Next(inputs.Count)];
        List<byte> bytes = [.. input];
        for (var left = random.Next(1, MaxChanges + 1); left > 0; left--)
        {
            ChangeOnce(bytes, inputs);
        }

        return bytes.Count > Longest ? [.. bytes.Take(Longest)] : [.. bytes];
    }

    private void ChangeOnce(List<byte> bytes, IReadOnlyList<byte[]> inputs)
    {
        if (bytes.Count == 0)
        {
            Insert(bytes, Word());
            return;
        }

        var at = random.Next(bytes.Count);
        var length = Math.Min(random.Next(1, LongestStretch), bytes.Count - at);
        Action[] changes =
        [
            () => bytes[at] ^= (byte)(1 << random.Next(8)),
            () => bytes[at] = (byte)random.Next(256),
            () => bytes[at] = (byte)(bytes[at] + random.Next(-35, 36)),
            () => Overwrite(bytes, at, Number()),
            () => bytes.RemoveRange(at, length),
            () => Insert(bytes, [.. bytes.GetRange(at, length)]),
            () => Overwrite(bytes, random.Next(bytes.Count), [.. bytes.GetRange(at, length)]),
            () => Insert(bytes, Word()),
            () => Overwrite(bytes, at, Word()),
            () => ChangeDigits(bytes, at),
            () => Insert(bytes, Piece(inputs[random.Next(inputs.Count)])),
            () => bytes.RemoveRange(at, random.Next(4) == 0 ? bytes.Count - at : 0),
        ];
        changes[random.Next(changes.Length)]();
    }

    private byte[] Piece(byte[] input)
    {
        var from = random.Next(input.Length + 1);
        return input[from..Math.Min(input.Length, from + random.Next(1, 4 * LongestStretch))];
    }

    /// <summary>Replaces the digits at or after a position with another number.</summary>
    private void ChangeDigits(List<byte> bytes, int at)
    {
        var begin = bytes.FindIndex(at, b => b is >= (byte)'0' and <= (byte)'9');
        if (begin < 0)
        {
            return;
        }

        var end = begin;
        while (end < bytes.Count && bytes[end] is >= (byte)'0' and <= (byte)'9')
        {
            end++;
        }

        bytes.RemoveRange(begin, end - begin);
        bytes.InsertRange(begin, Encoding.UTF8.GetBytes(random.Next(2) == 0 ? Texts[random.Next(10)] : $"{Numbers[random.Next(Numbers.Length)]}"));
    }

    private byte[] Word() => Encoding.UTF8.GetBytes(
        words.Count > 0 && random.Next(2) == 0 ? words[random.Next(words.Count)] : Texts[random.Next(Texts.Length)]);

    /// <summary>Writes a number of one, two, four or eight bytes, in either byte order.</summary>
    private byte[] Number()
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Numbers[random.Next(Numbers.Length)]);
        bytes = bytes[..(1 << random.Next(4))];
        return random.Next(2) == 0 ? bytes : [.. bytes.Reverse()];
    }

    private void Insert(List<byte> bytes, byte[] what) => bytes.InsertRange(random.Next(bytes.Count + 1), what);

    private static void Overwrite(List<byte> bytes, int at, byte[] with)
    {
        for (var i = 0; i < with.Length && at + i < bytes.Count; i++)
        {
            bytes[at + i] = with[i];
        }
    }
}
