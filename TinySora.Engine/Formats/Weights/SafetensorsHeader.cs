using System.Buffers;
using System.Text.Json;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Formats.Weights;

/// <summary>Position of one tensor in a safetensors file.</summary>
/// <param name="Type">Element type in the file's notation: F32, BF16, I64 ...</param>
/// <param name="Begin">Offset of the first byte, relative to the end of the header.</param>
/// <param name="End">Offset after the last byte, relative to the end of the header.</param>
public sealed record SafetensorsEntry(string Name, string Type, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Length in bytes.</summary>
    public long Length => End - Begin;
}

/// <summary>
/// The JSON header of a safetensors file (https://github.com/huggingface/safetensors, "Format"): one object with an entry per tensor and, under
/// <c>__metadata__</c>, a map of strings. Files are not trusted, so everything is checked before any data is read.
/// </summary>
internal sealed record SafetensorsHeader(
    IReadOnlyDictionary<string, string> Metadata, IReadOnlyDictionary<string, SafetensorsEntry> Entries)
{
    private const string MetadataKey = "__metadata__";

    /// <summary>Element types in the file's notation, with bytes per element.</summary>
    public static readonly IReadOnlyDictionary<string, (ScalarType Type, int Size)> Types = new Dictionary<string, (ScalarType, int)>
    {
        ["F64"] = (ScalarType.Float64, 8), ["F32"] = (ScalarType.Float32, 4), ["F16"] = (ScalarType.Float16, 2), ["BF16"] = (ScalarType.BFloat16, 2),
        ["I64"] = (ScalarType.Int64, 8), ["I32"] = (ScalarType.Int32, 4), ["I16"] = (ScalarType.Int16, 2), ["I8"] = (ScalarType.Int8, 1),
        ["U8"] = (ScalarType.Byte, 1), ["BOOL"] = (ScalarType.Bool, 1),
    };

    /// <param name="json">Bytes of the header.</param>
    /// <param name="dataLength">Number of bytes after the header.</param>
    /// <param name="path">Path for messages.</param>
    public static SafetensorsHeader Parse(ReadOnlyMemory<byte> json, long dataLength, string path)
    {
        var metadata = new Dictionary<string, string>();
        var entries = new Dictionary<string, SafetensorsEntry>();
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            foreach (var item in document.RootElement.EnumerateObject())
            {
                if (item.Name == MetadataKey)
                {
                    foreach (var pair in item.Value.EnumerateObject())
                    {
                        metadata[pair.Name] = pair.Value.GetString() ?? "";
                    }
                }
                else if (!entries.TryAdd(item.Name, Entry(item, path)))
                {
                    throw WeightFileErrors.Damaged(path, $"tensor '{item.Name}' is listed twice");
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw WeightFileErrors.Damaged(path, "its header is not the JSON object that the format requires");
        }

        CheckLayout(entries.Values, json.Length, dataLength, path);
        return new SafetensorsHeader(metadata, entries);
    }

    /// <summary>Returns the header as UTF-8 JSON, padded with spaces so that the data begins at a multiple of 64 bytes.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach (var (key, value) in Metadata)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            foreach (var entry in Entries.Values)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.Type);
                WriteNumbers(json, "shape", entry.Shape);
                WriteNumbers(json, "data_offsets", [entry.Begin, entry.End]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        const int alignment = 64, lengthField = sizeof(long);
        var end = lengthField + buffer.WrittenCount;
        var padded = new byte[(end + alignment - 1) / alignment * alignment - lengthField];
        padded.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(padded);
        return padded;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static SafetensorsEntry Entry(JsonProperty item, string path)
    {
        if (!item.Value.TryGetProperty("dtype", out var dtype) || !item.Value.TryGetProperty("shape", out var dimensions)
            || !item.Value.TryGetProperty("data_offsets", out var offsets) || offsets.GetArrayLength() != 2)
        {
            throw WeightFileErrors.Damaged(path, $"tensor '{item.Name}' has no dtype, shape or data_offsets");
        }

        var type = dtype.GetString() ?? "";
        var shape = dimensions.EnumerateArray().Select(size => size.GetInt64()).ToArray();
        var entry = new SafetensorsEntry(item.Name, type, shape, offsets[0].GetInt64(), offsets[1].GetInt64());
        if (!Types.TryGetValue(type, out var element))
        {
            throw WeightFileErrors.UnsupportedType(path, item.Name, type);
        }

        // Computed in 128 bits, so that no crafted shape can overflow to a plausible length.
        var length = shape.Aggregate((Int128)element.Size, (product, size) => Int128.Min(product * size, long.MaxValue));
        if (shape.Any(size => size < 0) || entry.Begin < 0 || entry.End < entry.Begin || length != entry.Length)
        {
            throw WeightFileErrors.Damaged(path,
                $"tensor '{item.Name}' of type {type} and shape [{string.Join(", ", shape)}] "
                + $"cannot have the data offsets {entry.Begin} to {entry.End}");
        }

        return entry;
    }

    /// <summary>Checks that the tensors are contiguous, as the format requires: no gaps, no overlaps, and nothing after the last tensor.</summary>
    private static void CheckLayout(
        IEnumerable<SafetensorsEntry> entries, int headerLength, long dataLength, string path)
    {
        var end = 0L;
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != end)
            {
                throw WeightFileErrors.Damaged(path, $"tensor '{entry.Name}' begins at {entry.Begin} instead of {end}");
            }

            end = entry.End;
        }

        if (end > dataLength)
        {
            var header = headerLength + sizeof(long);
            throw WeightFileErrors.Truncated(path, header + dataLength, header + end);
        }

        if (end < dataLength)
        {
            throw WeightFileErrors.Damaged(path, $"{dataLength - end} bytes follow its last tensor");
        }
    }
}
