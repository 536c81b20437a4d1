using System.ComponentModel;
using System.Diagnostics;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Files;

namespace TinySora.PowerShell.Output;

/// <summary>Opens files in the program that the system associates with their type.</summary>
internal static class SystemViewer
{
    /// <summary>Opens a file without waiting for the program that shows it.</summary>
    /// <param name="file">
    /// Absolute path, which the program cannot mistake for an option or an address. The extension must be that of an image, a video or a page,
    /// because on Windows the extension alone determines the action.
    /// </param>
    /// <exception cref="Win32Exception">There is no associated program, or it cannot be started.</exception>
    public static void Open(string file)
    {
        if (!Path.IsPathFullyQualified(file) || !(ClipFile.IsClip(file) || file.EndsWith(".html", StringComparison.Ordinal)))
        {
            throw new ArgumentException($"Not an absolute path of an image, a video or a page: {file}", nameof(file));
        }

        using var viewer = OperatingSystem.IsWindows() ? Process.Start(new ProcessStartInfo(file) { UseShellExecute = true }) : Unix(file);
    }

    /// <summary>Opens a file on Unix without UseShellExecute, which would make .NET run executable files.</summary>
    private static Process Unix(string file)
    {
        var opener = OperatingSystem.IsMacOS() ? "open" : "xdg-open";
        return ProgramPath.Start(new(ProgramPath.Find(opener) ?? throw new Win32Exception($"{opener} is not on the PATH."), [file]));
    }
}
