using System.Text;

namespace TinySora.Faults;

/// <summary>Kinds of changes that <c>record.h</c> records.</summary>
internal enum Change
{
    Opened = 1, Wrote, Resized, Renamed, Linked, Removed, MadeFolder, RemovedFolder, Forced,
}

/// <summary>A call that changed the file system or flushed a change to the disk.</summary>
/// <param name="Inode">Number of the file; 0 for calls on names.</param>
/// <param name="At">Offset of <see cref="Change.Wrote"/>, length of <see cref="Change.Resized"/>, or effect of <see cref="Change.Opened"/>.</param>
/// <param name="Modified">Modification time of the file after the call, in nanoseconds since 1970.</param>
/// <param name="First">Path of the file or folder; the old path if it was renamed or linked.</param>
/// <param name="Second">New path of a renamed or linked file or folder.</param>
internal sealed record Operation(Change Kind, ulong Inode, long At, long Modified, string First, string Second, byte[] Bytes)
{
    /// <summary><see cref="At"/> of a file that <see cref="Change.Opened"/> created or truncated.</summary>
    public const long Created = 1, Emptied = 2;

    /// <summary>Reads all records of a file.</summary>
    public static IReadOnlyList<Operation> Read(string path)
    {
        // Layout of `struct record`, whose size is a multiple of 8.
        const int header = 40;
        using BinaryReader reader = new(File.OpenRead(path));
        List<Operation> operations = [];
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var length = (int)reader.ReadUInt32();
            var kind = (Change)reader.ReadInt32();
            var (inode, at, modified) = (reader.ReadUInt64(), reader.ReadInt64(), reader.ReadInt64());
            var (first, second) = ((int)reader.ReadUInt32(), (int)reader.ReadUInt32());
            operations.Add(new Operation(
                kind, inode, at, modified, Encoding.UTF8.GetString(reader.ReadBytes(first)), Encoding.UTF8.GetString(reader.ReadBytes(second)),
                reader.ReadBytes(length - header - first - second)));
        }

        return operations;
    }
}
