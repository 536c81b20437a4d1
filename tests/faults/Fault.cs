namespace TinySora.Faults;

/// <summary>Kinds of libc calls on files of one folder, as <c>faults.c</c> counts them.</summary>
internal enum Call
{
    Read, Open, Create, Write, Flush, Rename, Close, Map, Delete, MakeFolder, SetLength,

    /// <summary>Calls that need disk space: new files and folders, writes, lengths.</summary>
    Grow,

    /// <summary>Opens a folder to list it, or reads its next entry.</summary>
    List,
    Seek,

    /// <summary>Reads length, times, type and permissions.</summary>
    Stat,

    /// <summary>Follows a symbolic link.</summary>
    Link,
}

/// <summary>A fault of one kind of call on files.</summary>
/// <param name="Name">Name of the fault.</param>
/// <param name="Error">The error's errno; 0 reads or writes half of the bytes.</param>
/// <param name="Lasts">Whether all later calls fail, too, as on a full disk.</param>
internal sealed record Fault(string Name, Call Call, int Error, bool Lasts = false)
{
    private const int NoPermission = 13, BadDevice = 5, NoRoom = 28, NoMemory = 12, IsPipe = 29;

    /// <summary>Errors of a damaged or remote file system, and of a pipe instead of a file.</summary>
    public static IReadOnlyList<Fault> OfFileSystem { get; } =
    [
        new("bad list of a folder", Call.List, BadDevice),
        new("bad position", Call.Seek, BadDevice),
        new("pipe in place of a file", Call.Seek, IsPipe),
        new("bad properties", Call.Stat, BadDevice),
        new("bad link", Call.Link, BadDevice),
    ];

    /// <summary>All faults of reading and writing, the full disk first.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        new("full disk", Call.Grow, NoRoom, Lasts: true),
        new("no room for a moment", Call.Grow, NoRoom),
        new("bad write", Call.Write, BadDevice),
        new("short write", Call.Write, 0),
        new("bad read", Call.Read, BadDevice),
        new("short read", Call.Read, 0),
        new("no right to read", Call.Open, NoPermission),
        new("no right to create", Call.Create, NoPermission),
        new("no right to make a folder", Call.MakeFolder, NoPermission),
        new("no right to rename", Call.Rename, NoPermission),
        new("no right to delete", Call.Delete, NoPermission),
        new("bad flush", Call.Flush, BadDevice),
        new("bad close", Call.Close, BadDevice),
        new("no memory map", Call.Map, NoMemory),
    ];
}
