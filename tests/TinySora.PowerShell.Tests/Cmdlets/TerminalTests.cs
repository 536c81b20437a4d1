using System.Diagnostics;
using TinySora.Host;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>What Show-TinySoraDataset shows where its output is a terminal, and where it is none.</summary>
[Collection(nameof(CmdletTests))]
public sealed class TerminalTests : IDisposable
{
    private const string HalfBlock = "\u2580";
    private const string AnyColour = "\u001b[38;2;";

    private readonly Workspace workspace = new();

    public TerminalTests() => workspace.Good("New-TinySoraDataset data -Count 2");

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Clips_are_shown_in_a_terminal_with_colours_and_not_where_the_user_wants_none()
    {
        // BSD's, which macOS has, is called otherwise.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has this script(1).");
        Needs.Program("script");

        var shown = InTerminal("COLORTERM=truecolor");
        Assert.Contains(AnyColour, shown, StringComparison.Ordinal);
        Assert.Contains(HalfBlock, shown, StringComparison.Ordinal);
        Assert.Contains("1: a ", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(HalfBlock, InTerminal("COLORTERM=truecolor NO_COLOR=1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Redirected_output_has_the_object_alone()
    {
        var (code, output, error) = HostProgram.Run(workspace.Folder, Workspace.ModuleFolder, "Show-TinySoraDataset", "data", "sheet.png");
        Assert.True(code == ExitCode.Success, error);
        Assert.Contains("sheet.png", output, StringComparison.Ordinal);
        Assert.DoesNotContain(HalfBlock, output + error, StringComparison.Ordinal);
        Assert.Empty(workspace.Good("Show-TinySoraDataset data other.png").Information);
    }

    /// <summary>The program's output to a terminal of 80 columns, which script(1) plays.</summary>
    private string InTerminal(string variables)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "tinysora.dll");
        ProcessStartInfo start = new("script",
            ["-qec", $"stty cols 80; exec env {variables} dotnet '{program}' Show-TinySoraDataset data sheet.png -Force", "/dev/null"])
        {
            WorkingDirectory = workspace.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["TINYSORA_MODULE"] = Workspace.ModuleFolder;
        start.Environment["TERM"] = "xterm-256color";
        start.Environment.Remove("NO_COLOR");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == ExitCode.Success, output);
        return output;
    }
}
