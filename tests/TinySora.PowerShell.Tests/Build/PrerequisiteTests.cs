using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace TinySora.PowerShell.Tests.Build;

/// <summary>Runs the build program in a separate folder with an apt-get that only prints its arguments.</summary>
[Trait("Starts", "Processes")]
public sealed class PrerequisiteTests : IDisposable
{
    /// <summary>Ctrl-D. A line break after it would count as a second answer if the program reads late.</summary>
    private const string EndOfFile = "\u0004";

    private static readonly string Program = Path.Combine(Cmdlets.Workspace.ModuleFolder, "..", "..", "..", "build", "bin", "Build", "release");

    private readonly string folder = Directory.CreateTempSubdirectory("tinysora-build-").FullName;

    private string Log => Path.Combine(folder, "apt.log");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("", "n", false)]
    [InlineData("", "no", false)]
    [InlineData("", EndOfFile, false)]
    [InlineData("", "y", true)]
    [InlineData("", "", true)]
    [InlineData("--yes", null, true)]
    public void Build_on_a_terminal_asks_before_it_installs_packages(string option, string? answer, bool installs)
    {
        Prepare();
        Needs.Program("script");
        var output = Run(Needs.Find("script")!, ["-qec", $"{Needs.Find("dotnet")} {folder}/bin/Build.dll build {option}", "/dev/null"], answer is null or EndOfFile ? answer : $"{answer}\n");
        Assert.Contains("ffmpeg, for reading and writing video files", output, StringComparison.Ordinal);
        Assert.Equal(answer is not null, output.Contains("Install them now?", StringComparison.Ordinal));
        Assert.Equal(installs, File.Exists(Log));
        Assert.Equal(installs, output.Contains("install -y -q --no-install-recommends ffmpeg", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("--yes")]
    public void Build_without_a_terminal_lists_the_packages_and_installs_them(string option)
    {
        Prepare();
        var output = Run(Needs.Find("dotnet")!, [$"{folder}/bin/Build.dll", "build", .. option.Length > 0 ? [option] : Array.Empty<string>()], null);
        Assert.Contains("as root", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Install them now?", output, StringComparison.Ordinal);
        Assert.Contains("ffmpeg", File.ReadAllText(Log), StringComparison.Ordinal);
    }

    private void Prepare()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Assert.Skip("apt-get is Debian's.");
            return;
        }

        Assert.SkipUnless(File.Exists(Path.Combine(Program, "Build.dll")), "The build program was not built here.");
        Needs.Program("dotnet");
        Directory.CreateDirectory(Path.Combine(folder, "bin"));
        foreach (var file in Directory.GetFiles(Program))
        {
            File.Copy(file, Path.Combine(folder, "bin", Path.GetFileName(file)));
        }

        // The build program takes the folder with this file for the clone, and fails after installing the packages.
        File.WriteAllText(Path.Combine(folder, "TinySora.sln"), "");
        Write("apt-get", $"echo \"$*\" >> '{Log}'");
        Write("sudo", "shift; exec \"$@\"");
        Write("true", "");

        void Write(string name, string script)
        {
            var path = Path.Combine(folder, "programs", name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private string Run(string program, string[] arguments, string? input)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["PATH"] = Path.Combine(folder, "programs");
        start.Environment["SHELL"] = "/bin/sh";
        using var process = Process.Start(start)!;
        using var limit = new Timer(_ => process.Kill(entireProcessTree: true), null, TimeSpan.FromMinutes(2), Timeout.InfiniteTimeSpan);
        var output = new StringBuilder();
        var error = process.StandardError.ReadToEndAsync();
        while (input is not null && !output.ToString().Contains("skips this question) ", StringComparison.Ordinal) && process.StandardOutput.Read() is >= 0 and var c)
        {
            output.Append((char)c);
        }

        process.StandardInput.Write(input);
        process.StandardInput.Close();
        output.Append(process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        return output + error.Result;
    }
}
