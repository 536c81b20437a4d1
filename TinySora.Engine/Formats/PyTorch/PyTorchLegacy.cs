using System.Numerics;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Formats.PyTorch;

/// <summary>
/// PyTorch's file format before version 1.6, which torch.save(..., _use_new_zipfile_serialization=False) still writes. It consists of pickles (a magic
/// number, a version, a description of the machine, the object and the list of storage keys), followed by each storage as its number of elements and its
/// bytes.
/// </summary>
internal sealed class PyTorchLegacy : IPyTorchContainer
{
    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356");
    private const long ProtocolVersion = 1001;

    private readonly Stream file;
    private readonly Dictionary<string, long> offsets = [];

    /// <exception cref="TinySoraException">NotPyTorch, RunsCode.</exception>
    /// <exception cref="InvalidDataException">The file is corrupt.</exception>
    public PyTorchLegacy(Stream file, string path)
    {
        this.file = file;
        if (Load(path) is not BigInteger magic || magic != Magic || Load(path) is not ProtocolVersion)
        {
            throw WeightFileErrors.NotPyTorch(path, "it is a pickle written by another program");
        }

        if (Load(path) is not PickledDictionary machine || machine["little_endian"] is not true)
        {
            throw new InvalidDataException("its numbers are big-endian; only little-endian numbers are supported");
        }

        var pickle = new PickleMachine(file, path);
        Root = pickle.Load();
        var keys = Load(path) as List<object?> ?? throw new InvalidDataException("the list of its storages is missing");
        FindStorages(keys, pickle.Storages);
    }

    public object? Root { get; }

    /// <summary>
    /// Returns whether a file begins in this format, with the magic number as the pickle of a ten-byte integer (in a frame from protocol 4 on).
    /// </summary>
    public static bool IsStart(ReadOnlySpan<byte> start) => start is [(byte)PickleOpcode.Proto, >= 2 and <= 5, .. var pickle]
        && (pickle is [(byte)PickleOpcode.Frame, _, _, _, _, _, _, _, _, .. var framed] ? framed : pickle) is [(byte)PickleOpcode.Long1, 10, ..];

    public void Read(string key, long begin, Span<byte> destination)
    {
        file.Position = offsets[key] + begin;
        file.ReadExactly(destination);
    }

    public void Dispose() => file.Dispose();

    private object? Load(string path) => new PickleMachine(file, path).Load();

    private void FindStorages(List<object?> keys, List<PickledStorage> storages)
    {
        var byKey = storages.DistinctBy(storage => storage.Key).ToDictionary(storage => storage.Key);
        Span<byte> field = stackalloc byte[sizeof(long)];
        foreach (var key in keys)
        {
            if (key is not string name || !byKey.TryGetValue(name, out var storage) || !offsets.TryAdd(name, file.Position + sizeof(long)))
            {
                throw new InvalidDataException($"it lists the data '{key}', which is unknown or a duplicate");
            }

            file.ReadExactly(field);
            var count = BitConverter.ToInt64(field);
            if (count != storage.Count)
            {
                throw new InvalidDataException($"its data '{name}' has {count} elements instead of {storage.Count}");
            }

            if (storage.Length > file.Length - file.Position)
            {
                throw new EndOfStreamException($"its data '{name}' is truncated");
            }

            file.Position += (long)storage.Length;
        }

        foreach (var storage in storages)
        {
            if (!offsets.ContainsKey(storage.Key) || storage.Length > byKey[storage.Key].Length)
            {
                throw new InvalidDataException($"the data '{storage.Key}' is missing or incomplete");
            }
        }
    }
}
