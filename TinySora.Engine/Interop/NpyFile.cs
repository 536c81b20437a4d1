using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Interop;

/// <summary>
/// NumPy's array file (numpy.lib.format): magic, version, a header that is a Python dictionary, the numbers. It is read as data:
/// nothing in it is executed, and arrays of Python objects are refused.
/// </summary>
public static partial class NpyFile
{
    /// <summary>NumPy refuses longer ones too, unless it is told to trust them.</summary>
    private const int LongestHeader = 10_000;

    private static readonly Dictionary<string, (ScalarType Type, int Size)> Types = new()
    {
        ["<f8"] = (ScalarType.Float64, 8), ["<f4"] = (ScalarType.Float32, 4), ["<f2"] = (ScalarType.Float16, 2),
        ["<i8"] = (ScalarType.Int64, 8), ["<i4"] = (ScalarType.Int32, 4), ["<i2"] = (ScalarType.Int16, 2),
        ["|i1"] = (ScalarType.Int8, 1), ["|u1"] = (ScalarType.Byte, 1), ["|b1"] = (ScalarType.Bool, 1),
    };

    /// <returns>A new tensor on the CPU, of the file's type and shape.</returns>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnreadable.</exception>
    public static Tensor Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var (type, size, shape) = ReadHeader(stream);

            // In 128 bits, so that no crafted shape wraps around to a plausible length.
            var length = shape.Aggregate((Int128)size, (product, count) => Int128.Min(product * count, long.MaxValue));
            var rest = stream.Length - stream.Position;
            if (length != rest)
            {
                throw new InvalidDataException($"the shape ({string.Join(", ", shape)}) takes {length} bytes, and {rest} follow the header");
            }

            var array = empty(shape, type);
            ReadData(stream, array);
            return array;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw DataErrors.NpyUnreadable(path, e);
        }
    }

    private static (ScalarType Type, int Size, long[] Shape) ReadHeader(Stream stream)
    {
        Span<byte> start = stackalloc byte[8];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || start[0] != 0x93 || !start[1..6].SequenceEqual("NUMPY"u8))
        {
            throw new InvalidDataException("it does not begin as such a file does");
        }

        Span<byte> field = stackalloc byte[4];
        field.Clear();
        stream.ReadExactly(start[6] == 1 ? field[..2] : field);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(field);
        if (start[6] is < 1 or > 3 || length > LongestHeader)
        {
            throw new InvalidDataException($"its version is {start[6]} and its header {length} bytes long");
        }

        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        var header = Header().Match(Encoding.UTF8.GetString(bytes));
        if (!header.Success)
        {
            throw new InvalidDataException("its header is not the dictionary that the format asks for");
        }

        var shape = header.Groups["size"].Captures.Select(size => long.TryParse(size.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            ? n
            : throw new InvalidDataException($"its shape holds {size.Value}")).ToArray();
        var type = header.Groups["type"].Value;
        if (!Types.TryGetValue(type, out var known) || (header.Groups["order"].Value == "True" && shape.Length > 1))
        {
            throw new InvalidDataException(
                $"it holds {type} in {(header.Groups["order"].Value == "True" ? "Fortran" : "C")} order; "
                + $"expected C order and one of {string.Join(' ', Types.Keys)}");
        }

        return (known.Type, known.Size, shape);
    }

    /// <summary>In pieces, since a span holds no more than 2 GiB.</summary>
    private static void ReadData(Stream stream, Tensor array)
    {
        using var scope = NewDisposeScope();
        var elements = array.view(-1);
        const long chunk = 1 << 26;
        for (var first = 0L; first < elements.numel(); first += chunk)
        {
            stream.ReadExactly(elements.narrow(0, first, Math.Min(chunk, elements.numel() - first)).bytes);
        }
    }

    /// <summary>NumPy writes the keys in this order, and its format asks writers for nothing else but sorted keys.</summary>
    [GeneratedRegex(@"^\{'descr': '(?<type>[^']+)', 'fortran_order': (?<order>True|False), 'shape': \((?:(?<size>\d+)(?:, ?|,?(?=\))))*\), ?\}\s*$")]
    private static partial Regex Header();
}
