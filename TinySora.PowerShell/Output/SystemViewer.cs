using System.ComponentModel;
using System.Diagnostics;
using TinySora.Engine.Files;

namespace TinySora.PowerShell.Output;

/// <summary>Opens files in the program that the system associates with their kind.</summary>
internal static class SystemViewer
{
    /// <summary>Opens a file and does not wait for the program that shows it.</summary>
    /// <param name="file">
    /// An absolute path, which the program takes for no option and no address. Its extension must be that of a picture, a video or a page: on
    /// Windows the extension alone decides what the system does with it.
    /// </param>
    /// <exception cref="Win32Exception">There is no such program, or it cannot be started.</exception>
    public static void Open(string file)
    {
        if (!Path.IsPathFullyQualified(file))
        {
            throw new ArgumentException($"Not an absolute path: {file}", nameof(file));
        }

        using var viewer = OperatingSystem.IsWindows() ? Process.Start(new ProcessStartInfo(file) { UseShellExecute = true }) : Unix(file);
    }

    /// <summary>Never UseShellExecute: on Unix .NET runs a file that has the executable bit.</summary>
    private static Process Unix(string file)
    {
        var opener = OperatingSystem.IsMacOS() ? "open" : "xdg-open";
        return ProgramPath.Start(new(ProgramPath.Find(opener) ?? throw new Win32Exception($"{opener} is not on the PATH."), [file]));
    }
}
