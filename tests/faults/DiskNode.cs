using System.Security.Cryptography;

namespace TinySora.Faults;

/// <summary>A write to a file, or a change of its length.</summary>
/// <param name="Index">Number of the operation.</param>
/// <param name="At">Offset of <paramref name="Bytes"/>, or the new length.</param>
/// <param name="Bytes">Written bytes; <c>null</c> if only the length changed.</param>
/// <param name="Modified">Modification time after the change.</param>
internal sealed record DataChange(int Index, long At, byte[]? Bytes, DateTime Modified);

/// <summary>What a disk may lose of data that was not flushed.</summary>
internal enum Loss
{
    /// <summary>Nothing is lost.</summary>
    Nothing,

    /// <summary>New bytes and the new length are lost.</summary>
    Everything,

    /// <summary>All new bytes are zeros; the length is new.</summary>
    Bytes,

    /// <summary>The last half of the new bytes is zeros; the length is new.</summary>
    LastBytes,

    /// <summary>The first half of the new bytes is zeros; the length is new.</summary>
    FirstBytes,

    /// <summary>The file ends after the first half of the new bytes.</summary>
    End,

    /// <summary>All writes are lost, but truncations are not: a new file is empty.</summary>
    Writes,
}

/// <summary>Content of a file.</summary>
internal sealed record Content(byte[] Bytes, DateTime Modified)
{
    public string Digest => Convert.ToHexString(SHA256.HashData(Bytes));
}

/// <summary>A file or folder, independent of its names.</summary>
internal sealed class DiskNode(bool isFolder, Content? first = null)
{
    private readonly Dictionary<(int Forced, int Last, Loss Loss), string> digests = [];
    private readonly Content first = first ?? new Content([], DateTime.UnixEpoch);
    private readonly List<DataChange> changes = [];
    private readonly List<int> forced = [];

    public bool IsFolder => isFolder;

    /// <summary>Adds a change. Merges consecutive writes, because the disk may lose the same parts of them.</summary>
    /// <param name="isNext">Whether the change directly follows the previous one.</param>
    public void Add(DataChange change, bool isNext = false)
    {
        if (isNext && change.Bytes is not null && changes is [.., { Bytes: byte[] before } last] && last.At + before.Length == change.At)
        {
            changes[^1] = change with { At = last.At, Bytes = [.. before, .. change.Bytes] };
            return;
        }

        changes.Add(change);
    }

    /// <summary>Marks all changes before an operation as flushed.</summary>
    public void Force(int index) => forced.Add(index);

    /// <summary>Whether a change of the names in this folder is flushed after an operation.</summary>
    public bool HasForced(int change, int last) => forced.Exists(index => index > change && index <= last);

    /// <summary>Whether the content is the same after two operations.</summary>
    public bool IsSame(int one, int other) => Count(one) == Count(other);

    /// <summary>Whether data may be lost after an operation.</summary>
    public bool HasUnforced(int last) => Count(last) > CountForced(last);

    /// <summary>Returns the content after an operation, with a loss of data that was not flushed.</summary>
    public Content After(int last, Loss loss = Loss.Nothing) => Make(CountForced(last), Count(last), loss);

    /// <summary>Returns the digest of <see cref="After"/>.</summary>
    public string DigestAfter(int last, Loss loss = Loss.Nothing)
    {
        var key = (CountForced(last), Count(last), loss);
        return digests.TryGetValue(key, out var digest) ? digest : digests[key] = Make(key.Item1, key.Item2, loss).Digest;
    }

    private int Count(int last) => changes.FindLastIndex(change => change.Index <= last) + 1;

    private int CountForced(int last) => forced.FindLastIndex(index => index <= last) is >= 0 and var i ? Count(forced[i]) : 0;

    private Content Make(int durable, int all, Loss loss)
    {
        if (all == 0)
        {
            return first;
        }

        using MemoryStream file = new();
        file.Write(first.Bytes);
        changes.Take(durable).ToList().ForEach(change => Apply(file, change.At, change.Bytes));
        var loose = loss == Loss.Everything ? [] : changes[durable..all];
        var (position, length) = (0, loose.Sum(change => change.Bytes?.Length ?? 0));
        foreach (var (_, at, bytes, _) in loose)
        {
            var left = bytes is null ? null : Lose(bytes, position, length, loss);
            position += bytes?.Length ?? 0;
            if (left is not [])
            {
                Apply(file, at, left);
            }
        }

        return new Content(file.ToArray(), (changes.Take(durable).Concat(loose).LastOrDefault() ?? changes[0]).Modified);
    }

    /// <summary>Returns the remainder of bytes at a position among all new bytes.</summary>
    private static byte[] Lose(byte[] bytes, int position, int all, Loss loss)
    {
        var middle = Math.Clamp((all / 2) - position, 0, bytes.Length);
        return loss switch
        {
            Loss.Nothing => bytes,
            Loss.Bytes => new byte[bytes.Length],
            Loss.LastBytes => [.. bytes[..middle], .. new byte[bytes.Length - middle]],
            Loss.FirstBytes => [.. new byte[middle], .. bytes[middle..]],
            Loss.End => bytes[..middle],
            _ => [],
        };
    }

    /// <param name="at">Offset of the bytes, which may be beyond the end of the file; the new length if there are no bytes.</param>
    private static void Apply(MemoryStream file, long at, byte[]? bytes)
    {
        if (bytes is null)
        {
            file.SetLength(at);
            return;
        }

        file.Position = at;
        file.Write(bytes);
    }
}
