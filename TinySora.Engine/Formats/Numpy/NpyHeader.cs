using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.Numpy;

/// <summary>
/// Header of a NumPy array file (numpy.lib.format): magic bytes, a version, and a Python dictionary. The dictionary is matched as text and never executed.
/// </summary>
internal sealed partial record NpyHeader(NumberFormat Format, bool BigEndian, bool FortranOrder, long[] Shape)
{
    /// <summary>Maximum length of a header in bytes; NumPy also rejects longer headers by default.</summary>
    private const int LongestHeader = 10_000;

    /// <summary>Maximum number of bytes before the numbers: magic bytes, version, header length and header.</summary>
    public const int LongestStart = LongestHeader + 12;

    /// <summary>Alignment of the end of the header in bytes, as the format requires.</summary>
    private const int Alignment = 64;

    /// <summary>Total length in bytes of the magic bytes, version and header length in version 1.</summary>
    private const int PrefixLength = 10;

    private static readonly Dictionary<string, NumberFormat> Formats = new()
    {
        ["f2"] = new(ScalarType.Float16, 2),
        ["f4"] = new(ScalarType.Float32, 4),
        ["f8"] = new(ScalarType.Float64, 8),
        ["c8"] = new(ScalarType.ComplexFloat32, 8, 4),
        ["c16"] = new(ScalarType.ComplexFloat64, 16, 8),
        ["i1"] = new(ScalarType.Int8, 1),
        ["i2"] = new(ScalarType.Int16, 2),
        ["i4"] = new(ScalarType.Int32, 4),
        ["i8"] = new(ScalarType.Int64, 8),
        ["u1"] = new(ScalarType.Byte, 1),
        ["u2"] = NumberFormat.UnsignedOf(16),
        ["u4"] = NumberFormat.UnsignedOf(32),
        ["u8"] = NumberFormat.UnsignedOf(64),
        ["b1"] = new(ScalarType.Bool, 1),
    };

    /// <summary>
    /// Total length of the numbers in bytes. It is computed in 128 bits and capped, so that no crafted shape can overflow to a plausible length.
    /// </summary>
    public long DataLength => (long)Shape.Aggregate((Int128)Format.Size, (product, count) => Int128.Min(product * count, long.MaxValue));

    /// <summary>Returns the header for an array to be written in little-endian byte order and C order.</summary>
    /// <exception cref="ArgumentException">NumPy does not support the type.</exception>
    public static NpyHeader For(ScalarType type, long[] shape) => new(
        Formats.Values.FirstOrDefault(format => format.Type == type && !format.Unsigned)
            ?? throw new ArgumentException($"NumPy has no type for {type}.", nameof(type)),
        false, false, shape);

    /// <param name="length">Length of the stream in bytes; the numbers must fill the rest of it.</param>
    /// <exception cref="InvalidDataException">The header is not that of a numeric array, or the array has a different length.</exception>
    public static NpyHeader Read(Stream stream, long length)
    {
        var start = new byte[8];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length
            || start[0] != 0x93 || !start.AsSpan(1, 5).SequenceEqual("NUMPY"u8))
        {
            throw new InvalidDataException("it does not begin like a NumPy file");
        }

        var lengthField = new byte[sizeof(uint)];
        var lengthSize = start[6] == 1 ? sizeof(ushort) : sizeof(uint);
        stream.ReadExactly(lengthField, 0, lengthSize);
        var headerLength = BinaryPrimitives.ReadUInt32LittleEndian(lengthField);
        if (start[6] is < 1 or > 3 || headerLength > LongestHeader)
        {
            throw new InvalidDataException($"its format version {start[6]} or its header length of {headerLength} bytes is not supported");
        }

        var bytes = new byte[headerLength];
        stream.ReadExactly(bytes);
        var header = Parse(Encoding.UTF8.GetString(bytes));
        var rest = length - start.Length - lengthSize - headerLength;
        return header.DataLength == rest ? header
            : throw new InvalidDataException($"the shape ({string.Join(", ", header.Shape)}) requires {header.DataLength} bytes, but {rest} follow the header");
    }

    /// <param name="length">Length in bytes; 0 for the smallest multiple of 64.</param>
    public byte[] ToBytes(int length = 0)
    {
        var name = Formats.First(pair => pair.Value == Format).Key;
        var sizes = string.Concat(Shape.Select((size, axis) => axis == 0 ? $"{size}," : $" {size},"));
        var shape = Shape.Length > 1 ? sizes[..^1] : sizes;
        var text = $"{{'descr': '{(Format.Size == 1 ? '|' : '<')}{name}', 'fortran_order': False, 'shape': ({shape}), }}";
        if (length == 0)
        {
            length = (PrefixLength + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        }

        byte[] bytes = [0x93, .. "NUMPY"u8, 1, 0, 0, 0, .. Encoding.ASCII.GetBytes(text.PadRight(length - PrefixLength - 1) + '\n')];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(PrefixLength - sizeof(ushort)), (ushort)(length - PrefixLength));
        return bytes;
    }

    private static NpyHeader Parse(string text)
    {
        var header = Dictionary().Match(text);
        if (!new[] { "type", "order", "shape" }.All(key => header.Groups[key].Captures.Count == 1))
        {
            throw new InvalidDataException("its header is not the dictionary that the format requires");
        }

        var type = header.Groups["type"].Value;
        if (!Formats.TryGetValue(type[1..], out var format) || !"<>|=".Contains(type[0], StringComparison.Ordinal))
        {
            throw new InvalidDataException($"its type is {type}; expected <, > or | followed by one of {string.Join(' ', Formats.Keys)}");
        }

        var shape = header.Groups["size"].Captures.Select(size => long.TryParse(size.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            ? n
            : throw new InvalidDataException($"its shape contains the invalid length {size.Value}")).ToArray();
        return new NpyHeader(format, type[0] == '>', header.Groups["order"].Value == "True" && shape.Length > 1, shape);
    }

    /// <summary>
    /// Matches the dictionary with its keys in any order; the caller checks that each key occurs once. The format allows any spelling that Python accepts;
    /// Python 2 wrote some numbers with an L at the end.
    /// </summary>
    [GeneratedRegex(
        """^\s*\{\s*(?:(?:(?<quote>['"])descr\k<quote>\s*:\s*(?<quote>['"])(?<type>[^'"]{2,})\k<quote>"""
        + """|(?<quote>['"])fortran_order\k<quote>\s*:\s*(?<order>True|False)"""
        + """|(?<quote>['"])shape\k<quote>\s*:\s*(?<shape>\(\s*(?:(?<size>\d+)L?\s*(?:,\s*|(?=\))))*\)))\s*(?:,\s*|(?=\})))+\}\s*$""")]
    private static partial Regex Dictionary();
}
