using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Files;

/// <summary>
/// Forces what was written to the disk, so that it survives a power cut. A name, new or changed, needs a flush of its folder; the folders are noted
/// as files get their names, and flushed together by <see cref="Names"/>: before older files are deleted, before many more files follow, and when a
/// command ends. On Windows NTFS keeps the order of such changes itself, and folders are not flushed.
/// </summary>
public static partial class DiskFlush
{
    private static readonly object Turn = new();

    [ThreadStatic]
    private static bool s_isDeferred;

    private static readonly HashSet<string> Folders = new(StringComparer.Ordinal);

    /// <summary>Whether files that this thread completes are flushed later.</summary>
    internal static bool IsDeferred => s_isDeferred;

    /// <summary>Writes files on this thread that are not flushed one by one: the caller passes them to <see cref="Contents"/>.</summary>
    public static void Defer(Action write)
    {
        s_isDeferred = true;
        try
        {
            write();
        }
        finally
        {
            s_isDeferred = false;
        }
    }

    /// <summary>Begins to write a file to the disk, which makes a flush that follows short.</summary>
    internal static void Begin(SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = StartWriting(file, 0, 0, 2); // SYNC_FILE_RANGE_WRITE
        }
    }

    /// <summary>Flushes the content of a file that was written and closed.</summary>
    /// <exception cref="IOException">The disk refuses; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static void Content(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Flushes the content of files, which takes less time than one by one: the disk begins with all of them at once.</summary>
    /// <inheritdoc cref="Content"/>
    public static void Contents(IReadOnlyList<string> paths)
    {
        if (OperatingSystem.IsLinux())
        {
            foreach (var path in paths)
            {
                using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                Begin(handle);
            }
        }

        foreach (var path in paths)
        {
            Content(path);
        }
    }

    /// <summary>Flushes all that is in a folder, before it gets the name that says that it is whole.</summary>
    /// <param name="failure">The error for a file or folder that the disk refuses.</param>
    /// <exception cref="IOException">The disk refuses; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static void All(string folder, Func<string, Exception, TinySoraException> failure)
    {
        var files = Directory.GetFiles(folder);
        Contents(files);
        Array.ForEach(files, NoteName);
        Names(failure);
    }

    /// <summary>Creates a folder with those above it, as <see cref="Directory.CreateDirectory(string)"/> does, and notes their names.</summary>
    /// <param name="mode">The rights to the folders that are created, on Unix; <c>null</c> for the usual ones.</param>
    /// <exception cref="IOException">The disk refuses; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static void CreateFolder(string path, UnixFileMode? mode = null)
    {
        var created = new List<string>();
        for (var folder = Path.GetFullPath(path); folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            created.Add(folder);
        }

        if (mode is UnixFileMode rights && !OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path, rights);
        }
        else
        {
            Directory.CreateDirectory(path);
        }

        created.ForEach(NoteName);
    }

    /// <summary>Notes that a file or folder got its name, or lost it.</summary>
    public static void NoteName(string path)
    {
        if (!OperatingSystem.IsWindows() && Path.GetDirectoryName(Path.GetFullPath(path)) is string folder)
        {
            lock (Folders)
            {
                Folders.Add(folder);
            }
        }
    }

    /// <summary>Flushes the folders of all names that were noted, by any thread, and returns when they are on the disk.</summary>
    /// <param name="failure">The error for a folder that the disk refuses.</param>
    public static void Names(Func<string, Exception, TinySoraException> failure)
    {
        // A thread waits for the flush of a folder that another one took from the list.
        lock (Turn)
        {
            string[] folders;
            lock (Folders)
            {
                folders = [.. Folders];
                Folders.Clear();
            }

            for (var i = 0; i < folders.Length; i++)
            {
                try
                {
                    Flush(folders[i]);
                }
                catch (Exception e) when (FileFailure.Is(e))
                {
                    lock (Folders)
                    {
                        Folders.UnionWith(folders[i..]);
                    }

                    throw failure(folders[i], e);
                }
            }
        }
    }

    private static void Flush(string folder)
    {
        // .NET opens no folder.
        using var handle = new SafeFileHandle(Open(folder, OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000), ownsHandle: true); // O_RDONLY | O_CLOEXEC
        if (!handle.IsInvalid)
        {
            RandomAccess.FlushToDisk(handle);
        }

        // Otherwise it was deleted since, or this user may write to it and not read it.
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int StartWriting(SafeFileHandle file, long offset, long count, uint flags);
}
