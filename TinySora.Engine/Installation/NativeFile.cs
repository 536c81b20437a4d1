using System.Runtime.InteropServices;
using TinySora.Engine.Files;

namespace TinySora.Engine.Installation;

/// <summary>Finds and loads native libraries, whose file names depend on the operating system.</summary>
internal static class NativeFile
{
    /// <summary>Returns the path of a library in the first folder that contains it; <c>null</c> if no folder contains it.</summary>
    public static string? Find(IEnumerable<string> folders, string library) =>
        folders.SelectMany(folder => new[] { Of(library), library }.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <exception cref="DllNotFoundException">The library cannot be loaded; the message names the file that causes the failure.</exception>
    /// <exception cref="BadImageFormatException">The library cannot be loaded.</exception>
    public static nint Load(string file)
    {
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (Exception e) when (OperatingSystem.IsWindows() && e is DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException(DllDiagnostics.Diagnose(file));
        }
    }

    /// <summary>
    /// Returns the path of a library in the system's folders or, on Linux, only its name, which the loader looks up in these folders. A name without a path
    /// would not be safe on Windows and macOS, whose loaders also search the current folder. <c>null</c> if the library does not exist.
    /// </summary>
    /// <param name="file">File name of the library.</param>
    public static string? Installed(string file) =>
        OperatingSystem.IsLinux() || Path.IsPathFullyQualified(file) ? file
        : SystemFolders().Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

    /// <summary>Loads a library from the system's folders.</summary>
    /// <param name="file">File name of the library.</param>
    public static bool TryLoadInstalled(string file, out nint library)
    {
        library = 0;
        return Installed(file) is string path && NativeLibrary.TryLoad(path, out library);
    }

    private static IEnumerable<string> SystemFolders() => OperatingSystem.IsWindows()
        ? [Environment.SystemDirectory, .. ProgramPath.Folders(Environment.GetEnvironmentVariable("PATH"))]
        : [.. ProgramPath.Folders(Environment.GetEnvironmentVariable("DYLD_LIBRARY_PATH")),
            "/opt/homebrew/lib", "/usr/local/lib", "/opt/local/lib", "/usr/lib"];

    /// <summary>Returns the file name of a library on this operating system.</summary>
    public static string Of(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";
}
