using System.Runtime.InteropServices;

namespace TinySora.Engine.Files;

/// <summary>
/// Renames a file only if the new name is free, in a single file system operation. <see cref="File.Move(string, string)"/> checks first and renames later;
/// on Unix, it replaces a file that appears between the check and the renaming.
/// </summary>
internal static partial class ExclusiveRename
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint NoReplace = 1; // RENAME_NOREPLACE
    private const uint Exclusive = 4; // RENAME_EXCL
    private const int NotPermitted = 1, AccessDenied = 13, Exists = 17, Invalid = 22, TooManyLinks = 31; // errno, the same on Linux and macOS

    private const int NoSuchCall = -1;

    /// <summary>Windows error codes for a taken name: ERROR_FILE_EXISTS and ERROR_ALREADY_EXISTS.</summary>
    private static readonly int[] Taken = [unchecked((int)0x80070050), unchecked((int)0x800700B7)];

    /// <returns>
    /// Whether the file was renamed; <c>false</c> if a file, folder or link already has the new name. The existing one then remains unchanged.
    /// </returns>
    /// <exception cref="IOException">The rename fails for another reason; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static bool TryMove(string from, string to)
    {
        ProcessScheduler.Yield();
        if (OperatingSystem.IsWindows())
        {
            return TryMoveOnWindows(from, to);
        }

        var error = Rename(from, to);
        return error switch
        {
            0 => true,
            Exists => false,
            AccessDenied => throw new UnauthorizedAccessException($"Access to the path '{to}' is denied."),
            // Use a hard link instead: old kernels and some network file systems do not support exclusive renames.
            NoSuchCall or Invalid or NotPermitted => TryLink(from, to),
            _ => IsUnsupported(error) ? TryLink(from, to) : throw Failure(error, to),
        };
    }

    /// <summary>Returns whether an error number is ENOTSUP or ENOSYS.</summary>
    private static bool IsUnsupported(int error) => OperatingSystem.IsMacOS() ? error is 45 or 78 : error is 95 or 38;

    private static bool TryMoveOnWindows(string from, string to)
    {
        try
        {
            BusyFile.Retry(() => File.Move(from, to));
            return true;
        }
        catch (IOException e) when (Taken.Contains(e.HResult))
        {
            return false;
        }
    }

    /// <returns>0 on success, otherwise the error number.</returns>
    private static int Rename(string from, string to)
    {
        try
        {
            var result = OperatingSystem.IsMacOS() ? RenameOnMac(from, to, Exclusive) : RenameOnLinux(CurrentFolder, from, CurrentFolder, to, NoReplace);
            return result == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        catch (EntryPointNotFoundException)
        {
            return NoSuchCall;
        }
    }

    /// <summary>Renames with a hard link, which cannot be created if the name is taken.</summary>
    private static bool TryLink(string from, string to)
    {
        if (Link(from, to) == 0)
        {
            File.Delete(from);
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error != Exists
            && (error is NotPermitted or Invalid or TooManyLinks || IsUnsupported(error) ? TryCreate(from, to) : throw Failure(error, to));
    }

    /// <summary>Renames after claiming the name with an empty file, for file systems without hard links.</summary>
    private static bool TryCreate(string from, string to)
    {
        try
        {
            new FileStream(to, FileMode.CreateNew).Dispose();
        }
        catch (IOException) when (Path.Exists(to))
        {
            return false;
        }

        File.Move(from, to, overwrite: true);
        return true;
    }

    private static IOException Failure(int error, string path) => new($"{Marshal.GetPInvokeErrorMessage(error)} : '{path}'", error);

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RenameOnLinux(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "renamex_np", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RenameOnMac(string from, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Link(string from, string to);
}
