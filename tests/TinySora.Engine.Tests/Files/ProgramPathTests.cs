using System.ComponentModel;
using TinySora.Engine.Files;

namespace TinySora.Engine.Tests.Files;

public sealed class ProgramPathTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("planted")]
    [InlineData("./planted")]
    public void Relative_or_empty_folders_in_PATH_are_not_searched(string entry)
    {
        var planted = Plant();
        var current = Path.GetDirectoryName(planted)!;
        var relative = entry.Length == 0 ? "" : Path.GetRelativePath(Environment.CurrentDirectory, current);
        var other = folder.File("none");
        Assert.Null(ProgramPath.Find("planted-program", entry));
        Assert.Null(ProgramPath.Find("planted-program", relative));
        Assert.Null(ProgramPath.Find("planted-program", string.Join(Path.PathSeparator, entry, other, relative, "")));
        Assert.Equal(planted, ProgramPath.Find("planted-program", string.Join(Path.PathSeparator, entry, relative, current)));
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void File_that_is_not_a_program_is_skipped()
    {
        Needs.Unix("executable bit");
        var planted = Plant();
        File.SetUnixFileMode(planted, UnixFileMode.UserRead);
        Assert.Null(ProgramPath.Find("planted-program", Path.GetDirectoryName(planted)));
    }

    [Theory]
    [InlineData("stty")]
    [InlineData("./stty")]
    public void Program_is_started_only_by_its_absolute_path(string name)
    {
        Assert.Throws<ArgumentException>(() => ProgramPath.Start(new(name)));
        Assert.Throws<ArgumentException>(() => ProgramPath.Start(new(folder.File(name)) { UseShellExecute = true }));
        Assert.ThrowsAny<Win32Exception>(() => ProgramPath.Start(new(Path.GetFullPath(folder.File(name)))));
    }

    [Fact]
    public void Child_of_a_program_is_found_in_absolute_folders_only()
    {
        Needs.Unix("env(1)");
        Assert.Equal("/usr/bin:/bin", PathOfChild(":.:/usr/bin:relative::/bin:"));
        Assert.Null(PathOfChild(":."));
    }

    private static string? PathOfChild(string path)
    {
        System.Diagnostics.ProcessStartInfo start = new(ProgramPath.Find("env")!) { RedirectStandardOutput = true };
        start.Environment["PATH"] = path;
        using var process = ProgramPath.Start(start);
        var lines = process.StandardOutput.ReadToEnd().Split('\n');
        process.WaitForExit();
        return lines.FirstOrDefault(line => line.StartsWith("PATH=", StringComparison.Ordinal))?["PATH=".Length..];
    }

    private string Plant()
    {
        Directory.CreateDirectory(folder.File("planted"));
        var file = Path.Combine(folder.File("planted"), "planted-program" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        File.WriteAllText(file, "#!/bin/sh\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return file;
    }
}
