using System.Diagnostics;
using System.Management.Automation;
using System.Text;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Output with and without a terminal.</summary>
[Collection(nameof(CmdletTests))]
[Trait("Starts", "Processes")]
public sealed class TerminalTests : IDisposable
{
    private const string HalfBlock = "\u2580";
    private const string AnyColor = "\u001b[38;2;";

    /// <summary>The cursor position, which terminals report. .NET's key reading relies on the answer.</summary>
    private const string CursorQuestion = "\u001b[6n";

    private readonly Workspace workspace = new();

    public TerminalTests() => workspace.Good("New-TinySoraDataset data -Count 2 -Frames 3");

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Clips_are_shown_in_a_terminal_with_colors_unless_disabled()
    {
        // The BSD version, which macOS has, takes other arguments.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has this script(1).");
        Needs.Program("script");

        var shown = InTerminal("COLORTERM=truecolor");
        Assert.Contains(AnyColor, shown, StringComparison.Ordinal);
        Assert.Contains(HalfBlock, shown, StringComparison.Ordinal);
        Assert.Contains("1: a ", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(HalfBlock, InTerminal("COLORTERM=truecolor NO_COLOR=1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Redirected_output_has_only_the_object()
    {
        var (code, output, error) = Pwsh.Run(workspace.Folder, Workspace.ModuleFolder, "Show-TinySoraDataset", "data", "sheet.png");
        Assert.True(code == ExitCode.Success, error);
        Assert.Contains("sheet.png", output, StringComparison.Ordinal);
        Assert.DoesNotContain(HalfBlock, output + error, StringComparison.Ordinal);
        Assert.Empty(workspace.Good("Show-TinySoraDataset data other.png").Information);
    }

    [Fact]
    public void Video_plays_the_requested_number_of_times_and_the_cursor_is_restored()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has this script(1).");
        Needs.Program("script");

        const int Frames = 3;
        var shown = InTerminal("COLORTERM=truecolor", "Show-TinySoraVideo data/00000.gif -Repeat 2 -FramesPerSecond 50");
        Assert.Contains("00000.gif", shown, StringComparison.Ordinal);
        Assert.Equal(2 * Frames, shown.Split("A\r\u001b[38;2;").Length - 1);
        Assert.EndsWith("\u001b[?25h", shown[..(shown.LastIndexOf('h') + 1)], StringComparison.Ordinal);

        var sixels = InTerminal("COLORTERM=truecolor", "Show-TinySoraVideo data -Repeat 1 -FramesPerSecond 50 -Graphics Sixel");
        Assert.Equal(2 * Frames, sixels.Split("\u001bP0;1q").Length - 1);
        Assert.Contains("\u001bP0;1q", InTerminal("TERM=foot-direct", "Show-TinySoraVideo data/00000.gif -Repeat 1 -FramesPerSecond 50"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u001b[?61;4;22c", "\u001bP0;1q")]
    [InlineData("\u001b[?62;22c", HalfBlock)]
    public void Unknown_terminal_is_queried_for_its_capabilities(string answer, string drawn)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has this script(1).");
        Needs.Program("script");
        var shown = InTerminal("COLORTERM=truecolor", "Show-TinySoraVideo data/00000.gif -Repeat 1 -FramesPerSecond 50", answer);
        Assert.Contains(drawn, shown, StringComparison.Ordinal);
        Assert.DoesNotContain("22c", shown, StringComparison.Ordinal); // the answer is not displayed
    }

    [Fact]
    public void Prompt_is_edited_while_its_clip_plays_and_Enter_saves_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has this script(1).");
        Needs.Program("script");

        using var session = Open("COLORTERM=truecolor", "Invoke-TinySoraGenerate '\"a red circle\"' -Live -Seed 3 -Steps 2 -OutputPath made");
        Await(session, "Esc quits.");
        Type(session, " moving upx\u007f", "> a red circle moving up\r");
        Assert.Contains(HalfBlock, Type(session, "\u001b[A", "Seed 4, steps: 2,"), StringComparison.Ordinal);
        Type(session, "\r", "Saved: ");
        session.StandardInput.Write("\u001b");
        session.StandardInput.Flush();
        using var limit = new Timer(_ => session.Kill(entireProcessTree: true), null, TimeSpan.FromMinutes(2), Timeout.InfiniteTimeSpan);
        var rest = session.StandardOutput.ReadToEnd();
        session.WaitForExit();
        Assert.True(session.ExitCode == ExitCode.Success, rest);
        Assert.Equal(["a_red_circle_moving_up.gif"], workspace.Names("made"));
        Assert.Equal([4L], workspace.Good("Get-TinySoraRecipe made/*.gif").Values("Seed"));
        Assert.StartsWith("a_red_circle_moving_up.gif\u001b", rest, StringComparison.Ordinal);
    }

    [Fact]
    public void Prompt_cannot_be_edited_without_a_terminal()
    {
        workspace.Bad("Invoke-TinySoraGenerate -Live", "TinySora.Input.NoTerminal", ErrorCategory.InvalidOperation);
        workspace.Bad("Invoke-TinySoraGenerate -Live -AsJob", "TinySora.Input.NoTerminal", ErrorCategory.InvalidOperation);
    }

    [Fact]
    public void Video_cannot_be_shown_without_a_terminal_and_the_error_says_so()
    {
        var run = workspace.Good("Show-TinySoraVideo data");
        Assert.Contains("not a terminal", Assert.Single(run.Warnings), StringComparison.Ordinal);
        Assert.Empty(run.Information);
        workspace.Bad("Show-TinySoraVideo missing.gif -Viewer -ErrorAction Stop", "TinySora.Media.NotFound", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void Viewer_opens_each_video()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("xdg-open is Linux's.");
            return;
        }

        Directory.CreateDirectory(Path.Combine(workspace.Folder, "bin"));
        Program("bin/xdg-open", "echo \"$1\" >> opened.txt");

        // None of these is a video, regardless of its name, and a program with a video's name must not run.
        Program("data/holiday.gif", "touch ran.txt");
        Program("data/holiday.png", "touch ran.txt");
        Program("data/-holiday.mp4", "touch ran.txt");
        File.SetUnixFileMode(Path.Combine(workspace.Folder, "data", "00000.gif"), Executable);
        ProcessStartInfo start = new(
            "env", [$"PATH={workspace.Folder}/bin:{Environment.GetEnvironmentVariable("PATH")}", .. Pwsh.CommandLine, "Show-TinySoraVideo", "data,data/holiday.png", "-Viewer"])
        {
            WorkingDirectory = workspace.Folder, RedirectStandardError = true,
        };
        start.Environment["TINYSORA_MODULE"] = Workspace.ModuleFolder;
        start.Environment["NO_COLOR"] = "1";
        using (var process = Process.Start(start)!)
        {
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            foreach (var name in new[] { "holiday.gif", "holiday.png", "-holiday.mp4" })
            {
                Pwsh.AssertContains(name, error);
            }
        }

        string[] expected = [Path.Combine(workspace.Folder, "data", "00000.gif"), Path.Combine(workspace.Folder, "data", "00001.gif")];
        var opened = Path.Combine(workspace.Folder, "opened.txt");
        Assert.True(SpinWait.SpinUntil(() => File.Exists(opened) && File.ReadAllLines(opened).Length == 2, TimeSpan.FromSeconds(30)));
        Assert.Equal(expected, File.ReadAllLines(opened).Order(StringComparer.Ordinal));
        Assert.False(File.Exists(Path.Combine(workspace.Folder, "ran.txt")));
    }

    /// <summary>Every program that the module starts, planted in the current folder, with relative PATH entries that refer to this folder.</summary>
    [Fact]
    public void Programs_in_the_current_folder_are_not_run()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has this script(1).");
        Needs.Program("script");
        workspace.Good("Start-TinySoraTraining -Config tiny.yaml -ResultsPath runs");
        string[] planted = ["stty", "ffmpeg", "ffprobe", "dotnet", "pwsh", "npm", "node", "mpiexec", "mpirun", "setsid", "xdg-open", "env", "sh"];
        foreach (var name in planted)
        {
            Program(name, $"/usr/bin/touch {workspace.Folder}/ran-{name}.txt; exec /usr/bin/{name} \"$@\"");
        }

        string[] commands =
        [
            "Show-TinySoraVideo data/00000.gif -Repeat 1 -FramesPerSecond 50", // stty
            "Show-TinySoraVideo data/00000.gif -Viewer", // xdg-open
            "Invoke-TinySoraGenerate red -Checkpoint runs -OutputPath film.mp4", // ffmpeg
            "Start-TinySoraTraining -Config tiny.yaml -ResultsPath two -Processes 2", // mpiexec, setsid, pwsh
        ];
        var line = string.Join("; ", commands.Select(command => $"try {{ {command} }} catch {{ }}"));

        // To draw progress, PowerShell asks this terminal for its cursor, and waits a long time for answers that never come.
        const string silently = "$ProgressPreference = 0";
        InTerminal(
            $"'PATH=:.:..:{Environment.GetEnvironmentVariable("PATH")}:.:' COLORTERM=truecolor", $"'{silently}; {line}; exit 0'", "\u001b[?62;22c");
        Assert.Empty(Directory.GetFiles(workspace.Folder, "ran-*.txt").Select(Path.GetFileName));
    }

    /// <summary>Returns the program's output on a terminal of 80 columns, emulated by script(1).</summary>
    /// <param name="answer">The terminal's answer to a query of its attributes; <c>null</c> for none.</param>
    private string InTerminal(string variables, string command = "Show-TinySoraDataset data sheet.png -Force", string? answer = null)
    {
        using var process = Open(variables, command);
        var output = new StringBuilder();
        while (answer is not null && !output.ToString().EndsWith("\u001b[c", StringComparison.Ordinal) && process.StandardOutput.Read() is >= 0 and var c)
        {
            output.Append((char)c);
        }

        process.StandardInput.Write(answer);
        process.StandardInput.Close();
        output.Append(process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        if (process.ExitCode != ExitCode.Success)
        {
            // The test runner loses failures whose message contains control characters.
            Assert.Fail(output.Replace('\u001b', '\u241b').ToString());
        }

        return output.ToString();
    }

    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private void Program(string name, string script)
    {
        var file = Path.Combine(workspace.Folder, name);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, Executable);
        }
    }

    private Process Open(string variables, string command)
    {
        ProcessStartInfo start = new("script",
            ["-qec", $"stty cols 80 rows 40; exec env {variables} {Pwsh.ShellLine} {command}", "/dev/null"])
        {
            WorkingDirectory = workspace.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["TINYSORA_MODULE"] = Workspace.ModuleFolder;
        start.Environment["TERM"] = "xterm-256color";
        start.Environment.Remove("NO_COLOR");
        return Process.Start(start)!;
    }

    private static string Type(Process session, string keys, string answer)
    {
        session.StandardInput.Write(keys);
        session.StandardInput.Flush();
        return Await(session, answer);
    }

    private static string Await(Process session, string text)
    {
        StringBuilder seen = new();
        using var limit = new Timer(_ => session.Kill(entireProcessTree: true), null, TimeSpan.FromMinutes(2), Timeout.InfiniteTimeSpan);
        while (!seen.ToString().EndsWith(text, StringComparison.Ordinal))
        {
            var next = session.StandardOutput.Read();
            Assert.True(next >= 0, $"'{text}' never came: {seen}");
            seen.Append((char)next);
            if (seen.ToString().EndsWith(CursorQuestion, StringComparison.Ordinal))
            {
                session.StandardInput.Write("\u001b[1;1R");
                session.StandardInput.Flush();
            }
        }

        return seen.ToString();
    }
}
