using System.Text.RegularExpressions;

namespace TinySora.Engine.Tests.Architecture;

/// <summary>Programs and native libraries are loaded from absolute paths: a bare name is also searched in the current folder, which is unsafe.</summary>
public sealed partial class ProgramStartTests
{
    /// <summary>Requires an absolute path.</summary>
    private const string Start = "TinySora.Engine/Files/ProgramPath.cs";

    /// <summary>Opens a file by the association of Windows, by an absolute path.</summary>
    private const string Viewer = "TinySora.PowerShell/Output/SystemViewer.cs";

    [Fact]
    public void Programs_are_started_in_one_place()
    {
        string[] folders = ["TinySora.Engine", "TinySora.PowerShell", "build"];
        var files = folders.SelectMany(folder => Repository.Sources(folder, ".cs", ".ps1", ".psm1", ".psd1")).ToList();
        Assert.Contains(Start, files);
        Assert.Contains(Viewer, files);
        Assert.Empty(Lines(files.Except([Start, Viewer]), Starting()));
    }

    [Fact]
    public void Bare_names_of_native_libraries_are_not_loaded()
    {
        // Loading by assembly searches the module's folders; on Linux the loader does not search the current folder.
        Assert.Empty(Lines(Repository.Sources("TinySora.Engine", ".cs").Concat(Repository.Sources("TinySora.PowerShell", ".cs")), BareLibrary()));
    }

    [Theory]
    [InlineData("using var process = Process.Start(start)!;")]
    [InlineData("var process = new Process { StartInfo = start };")]
    [InlineData("process.Start();")]
    [InlineData("new(file) { UseShellExecute = true }")]
    [InlineData("Start-Process notepad")]
    [InlineData("Invoke-Item $file")]
    public void Program_start_is_detected(string line) => Assert.Matches(Starting(), line);

    [Theory]
    [InlineData("NativeLibrary.TryLoad(\"nvcuda\", out var driver)")]
    [InlineData("NativeLibrary.Load(OperatingSystem.IsWindows() ? \"nvcuda.dll\" : \"libcuda.so.1\")")]
    [InlineData("NativeLibrary.TryLoad(name, out _)")]
    public void Bare_library_name_is_detected(string line) => Assert.Matches(BareLibrary(), line);

    private static IEnumerable<string> Lines(IEnumerable<string> files, Regex wanted) =>
        files.SelectMany(path => File.ReadLines(Repository.At(path)).Select((line, i) => (Line: line, At: $"{path}:{i + 1}")))
            .Where(line => wanted.IsMatch(line.Line)).Select(line => line.At);

    [GeneratedRegex(@"\bProcess\.Start\(|\bprocess\.Start\(|new Process\b(?!\w)|UseShellExecute = true|\bStart-Process\b|\bInvoke-Item\b|ShellExecute\(")]
    private static partial Regex Starting();

    [GeneratedRegex("""NativeLibrary\.(Try)?Load\((?!(file|found|beside|path)\b|\$"/proc/|("?\w+"?, typeof\())""")]
    private static partial Regex BareLibrary();
}
