using System.Text;

namespace TinySora.Engine.Data.Import;

/// <summary>
/// Passes a tar archive to .NET's reader and checks its headers. The reader allocates the declared length of attributes and long names, so an archive of a
/// few hundred bytes could cause an allocation of 2 GiB.
/// </summary>
internal sealed class TarHeaderStream(Stream archive) : Stream
{
    private const int BlockLength = 512, SizeAt = 124, SizeLength = 12, TypeAt = 156, OwnerAt = 108, SumAt = 148, MagicAt = 257, PrefixAt = 345;

    /// <summary>Maximum length of a name or of a file's attributes in bytes, far above what any program writes.</summary>
    private const long LongestText = 1 << 20;

    private readonly byte[] header = new byte[BlockLength];
    private int filled;

    /// <summary>Position of the next header. After the header of a file, it is unknown until <see cref="Skip"/> is called.</summary>
    private long next;

    /// <summary>Position after the header of the last file.</summary>
    private long data;
    private long position;

    /// <summary>Name of the next file, if it is too long for a header (GNU).</summary>
    private readonly List<byte> longName = [];

    public override bool CanRead => true;

    public override bool CanSeek => archive.CanSeek;

    public override bool CanWrite => false;

    public override long Length => archive.Length;

    public override long Position
    {
        get => position;
        set => Seek(value, SeekOrigin.Begin);
    }

    /// <summary>Sets the length of the last file's content, because the attributes may declare a different length than the header.</summary>
    public void Skip(long length) => next = data + Aligned(length);

    public override int Read(Span<byte> buffer)
    {
        var most = position < next ? next - position : BlockLength - filled;
        buffer = buffer[..(int)Math.Min(buffer.Length, most)];
        var read = position < next ? archive.Read(buffer) : archive.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (position < next && header[TypeAt] == 'L')
        {
            longName.AddRange(buffer[..read]);
        }

        if (position >= next)
        {
            if (read == BlockLength)
            {
                ClearOwner(buffer);
            }

            buffer[..read].CopyTo(header.AsSpan(filled));
            filled += read;
        }

        position += read;
        if (filled == BlockLength)
        {
            filled = 0;
            ParseHeader();
        }

        return read;
    }

    /// <summary>Returns the name of the last file: decoded as Latin-1 if the archive contains it in an encoding other than UTF-8.</summary>
    /// <param name="name">The name as .NET's reader decoded it.</param>
    public string GetName(string name)
    {
        var raw = longName.Count > 0 ? FirstText(longName) : Text(0, 100);
        if (longName.Count == 0 && header.AsSpan(MagicAt).StartsWith("ustar\0"u8) && Text(PrefixAt, 155) is { Length: > 0 } prefix)
        {
            raw = [.. prefix, (byte)'/', .. raw];
        }

        longName.Clear();
        return name.Contains('\uFFFD') && Encoding.UTF8.GetString(raw) == name ? Encoding.Latin1.GetString(raw) : name;

        byte[] Text(int at, int length) => FirstText(header[at..(at + length)]);
        static byte[] FirstText(IEnumerable<byte> bytes) => [.. bytes.TakeWhile(value => value != 0)];
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => position = archive.Seek(offset, origin);

    public override void Flush() => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void ParseHeader()
    {
        // Attributes of the next file or of all (pax), and names too long for a header (GNU).
        if ((char)header[TypeAt] is not ('x' or 'g' or 'L' or 'K'))
        {
            (data, next) = (position, long.MaxValue);
            return;
        }

        var size = Size();
        next = size <= LongestText ? position + Aligned(size) : throw new InvalidDataException("one of its file names or attributes is too long.");
    }

    /// <summary>Sets binary owner and group numbers to 0, which this program does not use, because .NET's reader rejects numbers from 2^31.</summary>
    private static void ClearOwner(Span<byte> header)
    {
        var sum = Encoding.Latin1.GetString(header.Slice(SumAt, 8)).Trim(' ', '\0');
        foreach (var at in (int[])[OwnerAt, OwnerAt + 8])
        {
            var field = header.Slice(at, 8);
            if (field[0] > 127 && sum.Length is > 0 and < 8 && sum.All(digit => digit is >= '0' and <= '7'))
            {
                var less = field.ToArray().Sum(value => value) - (8 * '0');
                field.Fill((byte)'0');
                sum = Convert.ToString(Convert.ToInt32(sum, 8) - less, 8).PadLeft(6, '0');
                Encoding.ASCII.GetBytes(sum + "\0 ").AsSpan(0, 8).CopyTo(header[SumAt..]);
            }
        }
    }

    /// <summary>Parses the length of the data that follows the last header: octal digits, or a binary number whose first byte is above 127.</summary>
    private long Size()
    {
        var digits = Encoding.Latin1.GetString(header, SizeAt, SizeLength).Trim(' ', '\0');
        return header[SizeAt] > 127 ? long.MaxValue
            : digits.Length > 0 && digits.All(digit => digit is >= '0' and <= '7') ? Convert.ToInt64(digits, 8)
            : 0; // rejected by .NET's reader
    }

    private static long Aligned(long length) => (Math.Min(length, long.MaxValue / 4) + BlockLength - 1) / BlockLength * BlockLength;
}
