using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using TinySora.Engine.Formats.PyTorch;

namespace TinySora.Engine.Tests.Formats.PyTorch;

/// <summary>Pickles assembled opcode by opcode, for content that no honest program writes.</summary>
internal sealed class PickleBytes
{
    private readonly MemoryStream bytes = new();

    public PickleBytes()
    {
        Op(PickleOpcode.Proto, 2);
    }

    public PickleBytes Op(PickleOpcode opcode, params byte[] argument)
    {
        bytes.WriteByte((byte)opcode);
        bytes.Write(argument);
        return this;
    }

    public PickleBytes Raw(ReadOnlySpan<byte> raw)
    {
        bytes.Write(raw);
        return this;
    }

    public PickleBytes Text(string text) => Op(PickleOpcode.ShortUnicode, [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)]);

    public PickleBytes Global(string module, string name) => Op(PickleOpcode.Global, Encoding.ASCII.GetBytes($"{module}\n{name}\n"));

    public PickleBytes Int(long value)
    {
        var number = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        return Op(PickleOpcode.Long1, [8, .. number]);
    }

    /// <summary>Adds a float32 tensor with a storage of <paramref name="count"/> elements.</summary>
    public PickleBytes Tensor(long count, long offset, long[] shape, long[] strides, string key = "0")
    {
        Global("torch._utils", "_rebuild_tensor_v2").Op(PickleOpcode.Mark);
        Op(PickleOpcode.Mark).Text("storage").Global("torch", "FloatStorage").Text(key).Text("cpu").Int(count).Op(PickleOpcode.Tuple).Op(PickleOpcode.PersistentId);
        Int(offset).Tuple(shape).Tuple(strides);
        return Op(PickleOpcode.False).Op(PickleOpcode.EmptyDictionary).Op(PickleOpcode.Tuple).Op(PickleOpcode.Reduce);
    }

    public byte[] Stop()
    {
        Op(PickleOpcode.Stop);
        return bytes.ToArray();
    }

    /// <summary>Writes the archive as PyTorch packs it.</summary>
    public static void WriteZip(string path, byte[] pickle, CompressionLevel level = CompressionLevel.NoCompression, params (string Name, byte[] Content)[] more)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, content) in more.Prepend(("archive/data.pkl", pickle)))
        {
            using var entry = archive.CreateEntry(name, level).Open();
            entry.Write(content);
        }
    }

    private PickleBytes Tuple(long[] numbers)
    {
        Op(PickleOpcode.Mark);
        foreach (var number in numbers)
        {
            Int(number);
        }

        return Op(PickleOpcode.Tuple);
    }
}
