using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Files;

/// <summary>
/// Flushes written files to disk, so that they survive a power cut. A new or changed name also requires flushing its folder. Folders are recorded when
/// files are renamed, and <see cref="FlushNames"/> flushes them together: before older files are deleted, before many files are written, and when a command
/// ends. On Windows, folders are not flushed because NTFS keeps the order of such changes.
/// </summary>
public static partial class DiskFlush
{
    private static readonly object Turn = new();

    [ThreadStatic]
    private static bool s_isDeferred;

    private static readonly HashSet<string> Folders = new(StringComparer.Ordinal);

    /// <summary>Whether flushing is deferred for files completed on this thread.</summary>
    internal static bool IsDeferred => s_isDeferred;

    /// <summary>Runs an action that writes files without flushing each of them. The caller must pass the files to <see cref="FlushFiles"/>.</summary>
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

    /// <summary>Starts writing a file to disk, so that a later flush takes less time.</summary>
    internal static void StartWriteback(SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = StartWriting(file, 0, 0, 2); // SYNC_FILE_RANGE_WRITE
        }
    }

    /// <summary>Flushes the content of a closed file.</summary>
    /// <exception cref="IOException">The disk reports an error; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static void FlushFile(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>
    /// Flushes the content of several files. This is faster than flushing them one by one, because the disk starts writing all of them first.
    /// </summary>
    /// <inheritdoc cref="FlushFile"/>
    public static void FlushFiles(IReadOnlyList<string> paths)
    {
        if (OperatingSystem.IsLinux())
        {
            foreach (var path in paths)
            {
                using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                StartWriteback(handle);
            }
        }

        foreach (var path in paths)
        {
            FlushFile(path);
        }
    }

    /// <summary>Flushes a folder's content. Call this method before renaming the folder to mark it as complete.</summary>
    /// <param name="failure">Creates the error for a folder that cannot be flushed.</param>
    /// <exception cref="IOException">The disk reports an error; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static void FlushFolder(string folder, Func<string, Exception, TinySoraException> failure)
    {
        var files = Directory.GetFiles(folder);
        FlushFiles(files);
        Array.ForEach(files, NoteName);
        FlushNames(failure);
    }

    /// <summary>Creates a folder and its parents, like <see cref="Directory.CreateDirectory(string)"/>, and records the new names for flushing.</summary>
    /// <param name="mode">Unix permissions of the created folders; <c>null</c> for the default.</param>
    /// <exception cref="IOException">The disk reports an error; also <see cref="UnauthorizedAccessException"/>.</exception>
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

    /// <summary>Records that a file or folder was renamed or deleted, so that its folder will be flushed.</summary>
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

    /// <summary>Flushes the folders of all names that any thread has recorded, and returns when the names are on disk.</summary>
    /// <param name="failure">Creates the error for a folder that cannot be flushed.</param>
    public static void FlushNames(Func<string, Exception, TinySoraException> failure)
    {
        // Also wait for folders that another thread has taken from the list and is flushing.
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
        // Call open(2), because .NET cannot open folders.
        using var handle = new SafeFileHandle(Open(folder, OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000), ownsHandle: true); // O_RDONLY | O_CLOEXEC
        if (!handle.IsInvalid)
        {
            RandomAccess.FlushToDisk(handle);
        }

        // Ignore other failures: the folder was deleted in the meantime, or this user may write to it but not read it.
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int StartWriting(SafeFileHandle file, long offset, long count, uint flags);
}
