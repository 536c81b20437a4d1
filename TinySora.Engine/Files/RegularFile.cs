using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Files;

/// <summary>
/// Reads files that may be untrusted. A link could point to any of the user's files, and opening a pipe blocks until it has a writer. Anything but a
/// regular file is therefore rejected as unreadable, without blocking and without reading from it.
/// </summary>
internal static unsafe class RegularFile
{
    private const int ReadOnly = 0;
    private const int NoEntry = 2;
    private const int AccessDenied = 13;
    private const int Interrupted = 4;

    /// <summary>Constants of statx(2): AT_EMPTY_PATH, STATX_TYPE, the size of struct statx, and the offset, mask and value of the file type in it.</summary>
    private const int OfHandle = 0x1000, TypeOnly = 1, StatusLength = 256, ModeAt = 28, TypeMask = 0xF000, RegularType = 0x8000;

    /// <summary>Flags of flock(2) for a shared lock without waiting: LOCK_SH and LOCK_NB.</summary>
    private const int SharedLock = 1 | 4;

    /// <summary>The system's error code for a socket, which cannot be opened by its path (ENXIO).</summary>
    private const int NoDevice = 6;

    /// <summary>The function open(2) in this process. A library that is loaded before the C library may replace it, for example for fault injection.</summary>
    private static readonly delegate* unmanaged<byte*, int, int> OpenFunction = OperatingSystem.IsWindows() ? null
        : (delegate* unmanaged<byte*, int, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "open");

    private static readonly int NonBlocking = OperatingSystem.IsMacOS() ? 0x4 : 0x800;
    private static readonly int CloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;
    private static readonly int NoFollow = OperatingSystem.IsMacOS() ? 0x100
        : RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <summary>The system's error code for a lock held by another process (EAGAIN).</summary>
    private static readonly int Held = OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>The system's error code for a link that must not be followed (ELOOP).</summary>
    private static readonly int IsLink = OperatingSystem.IsMacOS() ? 62 : 40;

    /// <summary>Opens a file for reading. Its writer may append to, replace or delete the file in the meantime.</summary>
    /// <remarks>Like FileShare.Read, this method fails if another process has opened the file exclusively.</remarks>
    /// <param name="followsLink">
    /// Whether the last part of the path may be a link, for example because the user specified it. Parent folders may always be links.
    /// </param>
    /// <exception cref="IOException">
    /// The file is a link, a pipe, a device or a socket, or cannot be opened; also <see cref="UnauthorizedAccessException"/>.
    /// </exception>
    public static FileStream Open(string path, bool followsLink = false)
    {
        var stream = OperatingSystem.IsWindows() ? OnWindows(path, followsLink) : new FileStream(Handle(path, followsLink), FileAccess.Read);
        return OnFailure.Dispose(stream, () => IsRegular(stream) ? stream : throw new IOException($"'{path}' is not a regular file."));
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="limit">Maximum length in bytes.</param>
    /// <exception cref="IOException">The errors that <see cref="Open"/> throws, or the file is longer than the limit.</exception>
    public static byte[] ReadAllBytes(string path, long limit)
    {
        using var stream = Open(path);
        return ReadAllBytes(stream, path, limit);
    }

    /// <summary>Reads all bytes of an open file.</summary>
    /// <inheritdoc cref="ReadAllBytes(string, long)"/>
    public static byte[] ReadAllBytes(FileStream stream, string path, long limit)
    {
        // Read only as many bytes as the file's length, because an endless device has length 0.
        var bytes = new byte[Math.Min(stream.Length, limit + 1)];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= limit ? bytes[..length] : throw new IOException($"'{path}' is longer than {limit} bytes.");
    }

    /// <summary>Reads a whole UTF-8 text file.</summary>
    /// <inheritdoc cref="ReadAllBytes(string, long)"/>
    public static string ReadAllText(string path, long limit)
    {
        using var reader = new StreamReader(new MemoryStream(ReadAllBytes(path, limit)), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Returns whether a path is a pipe, a device or a socket, without following links.</summary>
    public static bool IsSpecial(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        try
        {
            using var file = new FileStream(Handle(path, followsLink: false), FileAccess.Read);
            return !IsRegular(file) && !Directory.Exists(path);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            return e.HResult == NoDevice;
        }
    }

    /// <exception cref="IOException">The path is a link.</exception>
    public static void RefuseLink(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw Link(path);
        }
    }

    private static bool IsRegular(FileStream file)
    {
        if (!OperatingSystem.IsLinux())
        {
            return file.CanSeek;
        }

        Span<byte> status = stackalloc byte[StatusLength];
        fixed (byte* start = status)
        {
            return Status(file.SafeFileHandle, "", OfHandle, TypeOnly, start) == 0
                && (BitConverter.ToUInt16(status[ModeAt..]) & TypeMask) == RegularType;
        }
    }

    private static FileStream OnWindows(string path, bool followsLink)
    {
        if (!followsLink)
        {
            RefuseLink(path);
        }

        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    private static SafeFileHandle Handle(string path, bool followsLink)
    {
        while (true)
        {
            var file = SystemOpen(path, ReadOnly | NonBlocking | CloseOnExec | (followsLink ? 0 : NoFollow));
            if (file >= 0)
            {
                return Shared(new SafeFileHandle(file, ownsHandle: true), path);
            }

            var error = Marshal.GetLastSystemError();
            if (error != Interrupted)
            {
                throw error == IsLink && !followsLink ? Link(path)
                    : error == NoEntry && !Directory.Exists(Path.GetDirectoryName(path)) ? new DirectoryNotFoundException($"The folder of '{path}' is missing.")
                    : error == NoEntry ? new FileNotFoundException($"'{path}' does not exist.", path)
                    : error == AccessDenied ? new UnauthorizedAccessException($"Access to '{path}' is denied.")
                    : new IOException($"'{path}': {new Win32Exception(error).Message}", error);
            }
        }
    }

    /// <summary>Takes the lock with which .NET on Unix enforces exclusive access.</summary>
    private static SafeFileHandle Shared(SafeFileHandle file, string path) => OnFailure.Dispose(file, () =>
        Lock(file, SharedLock) == 0 || Marshal.GetLastPInvokeError() != Held ? file : throw new IOException($"'{path}' is in use.", Held));

    private static IOException Link(string path) => new($"'{path}' is a link. Links are followed only if they are specified directly.");

    /// <summary>Calls statx(2), whose structure is the same on all processors.</summary>
    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static extern int Status(SafeFileHandle file, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte* status);

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static extern int Lock(SafeFileHandle file, int operation);

    private static int SystemOpen(string path, int flags)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return OpenFunction(name, flags);
        }
    }
}
