using System.Security.Cryptography;

namespace TinySora.Faults;

/// <summary>A write or a new length of a file.</summary>
/// <param name="Index">Number of the operation.</param>
/// <param name="At">The offset of <paramref name="Bytes"/>, or the new length.</param>
/// <param name="Bytes">What was written; <c>null</c> if only the length changed.</param>
/// <param name="Modified">Modification time after it.</param>
internal sealed record DataChange(int Index, long At, byte[]? Bytes, DateTime Modified);

/// <summary>What a disk may hold of data that was not forced to it.</summary>
internal enum Loss
{
    /// <summary>All of it is there.</summary>
    Nothing,

    /// <summary>Neither new bytes nor the new length.</summary>
    Everything,

    /// <summary>The new length, and zeros.</summary>
    Bytes,

    /// <summary>The new length and the first half of the new bytes, then zeros.</summary>
    LastBytes,

    /// <summary>The new length, zeros, and the last half of the new bytes.</summary>
    FirstBytes,

    /// <summary>The first half of the new bytes and no more length than they take.</summary>
    End,

    /// <summary>The new length of a file that was cut, and none of the bytes that were written: a new file is empty.</summary>
    Writes,
}

/// <summary>Content of a file with its digest.</summary>
internal sealed record Content(byte[] Bytes, DateTime Modified)
{
    public string Digest => Convert.ToHexString(SHA256.HashData(Bytes));
}

/// <summary>A file or folder, whatever its names are.</summary>
internal sealed class DiskNode(bool isFolder, Content? first = null)
{
    private readonly Dictionary<(int Forced, int Last, Loss Loss), string> digests = [];
    private readonly Content first = first ?? new Content([], DateTime.UnixEpoch);
    private readonly List<DataChange> changes = [];
    private readonly List<int> forced = [];

    public bool IsFolder => isFolder;

    /// <summary>Adds a change. A write that continues the one before is part of it: what the disk may lose of both is the same.</summary>
    /// <param name="isNext">Whether no other operation came in between.</param>
    public void Add(DataChange change, bool isNext = false)
    {
        if (isNext && change.Bytes is not null && changes is [.., { Bytes: byte[] before } last] && last.At + before.Length == change.At)
        {
            changes[^1] = change with { At = last.At, Bytes = [.. before, .. change.Bytes] };
            return;
        }

        changes.Add(change);
    }

    /// <summary>Notes that all changes before an operation are on the disk once it is done.</summary>
    public void Force(int index) => forced.Add(index);

    /// <summary>Whether a change of the names in this folder is on the disk after an operation.</summary>
    public bool HasForced(int change, int last) => forced.Exists(index => index > change && index <= last);

    /// <summary>Whether the content is the same after two operations.</summary>
    public bool IsSame(int one, int other) => Count(one) == Count(other);

    /// <summary>Whether data may be lost after an operation.</summary>
    public bool HasUnforced(int last) => Count(last) > CountForced(last);

    /// <summary>The content after an operation, without what is lost of the data that was not forced.</summary>
    public Content After(int last, Loss loss = Loss.Nothing) => Make(CountForced(last), Count(last), loss);

    /// <summary>The digest of <see cref="After"/>.</summary>
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

    /// <summary>What is left of bytes that begin at a position among all new ones.</summary>
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

    /// <param name="at">Where bytes begin, with zeros before them if the file is shorter; without bytes the new length.</param>
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
