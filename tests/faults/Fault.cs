namespace TinySora.Faults;

/// <summary>Calls of libc on files of one folder, as <c>faults.c</c> counts them.</summary>
internal enum Call
{
    Read, Open, Create, Write, Flush, Rename, Close, Map, Delete, MakeFolder, SetLength,

    /// <summary>Whatever takes room on the disk: new files and folders, writes, lengths.</summary>
    Grow,

    /// <summary>Opens a folder to list it, or gives its next entry.</summary>
    List,
    Seek,

    /// <summary>Reads length, times, kind and rights.</summary>
    Stat,

    /// <summary>Follows a symbolic link.</summary>
    Link,
}

/// <summary>What may go wrong with files, one kind of call at a time.</summary>
/// <param name="Name">In words.</param>
/// <param name="Error">The system's number of the error; 0: half of the bytes are read or written.</param>
/// <param name="Lasts">All later calls fail, too, as on a disk that stays full.</param>
internal sealed record Fault(string Name, Call Call, int Error, bool Lasts = false)
{
    private const int NoPermission = 13, BadDevice = 5, NoRoom = 28, NoMemory = 12, IsPipe = 29;

    /// <summary>What a file system answers that is itself damaged or far away, and what a pipe answers that was given in place of a file.</summary>
    public static IReadOnlyList<Fault> OfFileSystem { get; } =
    [
        new("bad list of a folder", Call.List, BadDevice),
        new("bad position", Call.Seek, BadDevice),
        new("pipe in place of a file", Call.Seek, IsPipe),
        new("bad properties", Call.Stat, BadDevice),
        new("bad link", Call.Link, BadDevice),
    ];

    /// <summary>Every kind of fault of reading and writing, the full disk first.</summary>
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
