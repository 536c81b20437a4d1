using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TinySora.Faults;

/// <summary>Compares the files below a folder bit by bit, except for times.</summary>
internal static class Tree
{
    /// <summary>Suffix of a file that does not have its final name yet.</summary>
    private const string AtomicSuffix = ".partial";

    /// <summary>Files with process, rate or time, which differ from run to run; locks do, too.</summary>
    private static readonly string[] OfTheMoment = [".lock-holder", "status.json", "dashboard.html"];

    /// <summary>Folder of caches of decoded clips and texts, which are rebuilt if missing and written by several threads in any order.</summary>
    private const string Caches = ".tinysora";

    /// <summary>Keys of metadata and metrics that differ from run to run.</summary>
    private static readonly string[] Times = ["saved_at", "elapsed_seconds", "elapsed", "clips_per_second", "started_at", "ended_at", "installedAt"];

    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.GetDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }

        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    /// <summary>Returns a digest of each file by its relative path.</summary>
    public static SortedDictionary<string, string> Read(string folder) => new(
        Files(folder).Where(file => Path.GetExtension(file) != ".lock" && !OfTheMoment.Contains(Path.GetFileName(file)) && !IsCache(file))
            .ToDictionary(file => Path.GetRelativePath(folder, file), file => Convert.ToHexString(SHA256.HashData(Timeless(file)))),
        StringComparer.Ordinal);

    /// <summary>Returns the extra, missing and differing files.</summary>
    public static string? Difference(SortedDictionary<string, string> there, SortedDictionary<string, string> should)
    {
        // A run that is stopped before its first step saves its initial state.
        var differences = there.Keys.Except(should.Keys).Where(name => Path.GetFileName(name) != "step-00000000.safetensors")
            .Select(name => $"{name} is left over")
            .Concat(should.Keys.Except(there.Keys).Select(name => $"{name} is missing"))
            .Concat(should.Keys.Intersect(there.Keys).Where(name => there[name] != should[name]).Select(name => $"{name} differs")).ToList();
        return differences.Count == 0 ? null : string.Join(", ", differences);
    }

    /// <summary>Returns incomplete files under their final names.</summary>
    public static IReadOnlyList<string> Damaged(string folder) =>
    [
        .. Files(folder).Where(file => !file.EndsWith(AtomicSuffix, StringComparison.Ordinal) && !IsWhole(Path.GetExtension(file), file))
            .Select(file => Path.GetRelativePath(folder, file)),
    ];

    /// <summary>Returns the content of a file, or a fixed text if a process has locked it.</summary>
    private static byte[] Bytes(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (IOException)
        {
            return [.. "still held open"u8];
        }
    }

    private static bool IsCache(string file) =>
        Path.GetFileName(Path.GetDirectoryName(file)) == Caches && !file.EndsWith(AtomicSuffix, StringComparison.Ordinal);

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 });

    private static bool IsWhole(string extension, string file)
    {
        var bytes = Bytes(file);
        return extension switch
        {
            ".safetensors" => IsWholeSafetensors(bytes),
            ".gif" => bytes is [(byte)'G', (byte)'I', (byte)'F', .., 0x3B],
            ".png" => bytes.AsSpan().IndexOf("IEND"u8) == bytes.Length - 8,
            ".npy" => bytes is [0x93, (byte)'N', ..],
            ".json" or ".html" or ".yaml" or ".txt" => bytes.Length > 0,
            _ => true,
        };
    }

    private static bool IsWholeSafetensors(byte[] bytes)
    {
        if (bytes.Length < sizeof(long) || BinaryPrimitives.ReadInt64LittleEndian(bytes) is not (> 0 and var length) || length > bytes.Length - sizeof(long))
        {
            return false;
        }

        var header = JsonNode.Parse(bytes.AsSpan(sizeof(long), (int)length))!.AsObject();
        var end = header.Where(tensor => tensor.Key != "__metadata__").Select(tensor => (long)tensor.Value!["data_offsets"]![1]!).DefaultIfEmpty().Max();
        return bytes.Length == sizeof(long) + length + end;
    }

    private static byte[] Timeless(string file)
    {
        var bytes = Bytes(file);
        try
        {
            return Path.GetExtension(file) switch
            {
                ".safetensors" => TimelessSafetensors(bytes),
                ".jsonl" => Encoding.UTF8.GetBytes(string.Join('\n', Encoding.UTF8.GetString(bytes).Split('\n').Select(Timeless))),
                ".json" => Encoding.UTF8.GetBytes(TimelessJson(JsonNode.Parse(bytes))),
                _ => bytes,
            };
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return bytes; // damaged, so it will differ
        }

        static string Timeless(string line) => line.Length == 0 ? "" : TimelessJson(JsonNode.Parse(line));
    }

    private static byte[] TimelessSafetensors(byte[] bytes)
    {
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = JsonNode.Parse(bytes.AsSpan(sizeof(long), length))!;
        _ = TimelessJson(header["__metadata__"]);
        return [.. Encoding.UTF8.GetBytes(header.ToJsonString()), .. bytes.AsSpan(sizeof(long) + length)];
    }

    private static string TimelessJson(JsonNode? json)
    {
        foreach (var key in json is JsonObject ? Times : [])
        {
            json!.AsObject().Remove(key);
        }

        return json?.ToJsonString() ?? "";
    }
}
