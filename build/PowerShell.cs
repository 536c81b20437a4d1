using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace TinySora.Build;

/// <summary>The PowerShell that runs the demo and the tests: the .NET tool in artifacts/, or an installed PowerShell.</summary>
internal static class PowerShell
{
    private static readonly string DotNet =
        Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    private static string Tool => Shell.At("artifacts", "powershell");

    /// <summary>Folder with pwsh.dll and PowerShell's modules; <c>null</c> if PowerShell is not available.</summary>
    internal static string? Folder { get; private set; }

    /// <summary>Folder of the tool's files for Windows.</summary>
    internal static string ForWindows => Path.Combine(
        Path.GetDirectoryName(Own() ?? throw new BuildFailed("The package registry lacks the .NET tool PowerShell, which tests for Windows require."))!, "win");

    /// <summary>
    /// Path of PowerShell's own program. The tool's command on the PATH would start PowerShell in another process, which does not receive signals.
    /// </summary>
    /// <exception cref="BuildFailed">PowerShell is not available.</exception>
    internal static string Program => Folder is not null ? Path.Combine(Folder, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh") : throw new BuildFailed(
        "PowerShell was not found: the package registry does not have the tool, and pwsh 7.6 or later is not on the PATH. "
        + "See https://aka.ms/powershell-release, or run: dotnet tool install --global PowerShell");

    /// <summary>Downloads the tool from the registry, and finds PowerShell.</summary>
    internal static void Get()
    {
        if (Own() is null)
        {
            Shell.Try("dotnet", "tool", "install", "PowerShell", "--tool-path", Tool, "--version", Machine.Pinned("PowerShellVersion"), "--verbosity", "quiet");
            if (Own() is string tool)
            {
                CompileAhead(tool);
            }
        }
        // The tool's program looks for .NET in the system's default location, or in the folder that this variable specifies.
        Environment.SetEnvironmentVariable("DOTNET_ROOT", DotNet);
        Folder = Own() ?? Installed();
        if (Folder is null)
        {
            Console.WriteLine("PowerShell was found neither on this machine nor in the package registry: "
                + "the module is built, but the demo and the tests cannot run.");
        }
    }

    /// <summary>Compiles the tool's startup code ahead of time, which halves the startup time of a process.</summary>
    private static void CompileAhead(string tool)
    {
        var project = Shell.At("build", "powershell");
        var compiled = Shell.At("artifacts", "build", "powershell");
        if (Shell.Try("dotnet", "publish", project, "-c", "Release", "-v", "q", "-nologo", $"-p:ToolFolder={tool}", "-o", compiled) != 0)
        {
            Console.WriteLine("PowerShell was not compiled ahead of time, so it takes twice as long to start.");
            return;
        }
        foreach (var file in Directory.GetFiles(tool, "*.dll"))
        {
            var ahead = Path.Combine(compiled, Path.GetFileName(file));
            if (File.Exists(ahead))
            {
                File.Copy(ahead, file, overwrite: true);
            }
        }
    }

    /// <summary>Returns the command line that runs a pipeline with the built module imported.</summary>
    internal static string[] WithModule(string pipeline) => Command($"$ErrorActionPreference = 'Stop'; Import-Module ./out/TinySora; {pipeline}");

    /// <summary>Returns the command line that runs a script.</summary>
    internal static string[] Command(string script) => [Program, "-NoProfile", "-NonInteractive", "-Command", script];

    /// <summary>Writes a launcher, which starts PowerShell with the built module available.</summary>
    /// <returns>Path of the launcher.</returns>
    internal static string WriteLauncher()
    {
        if (OperatingSystem.IsWindows())
        {
            var batch = Shell.At("out", "tinysora.cmd");
            File.WriteAllText(batch, $"""
                @rem Starts PowerShell with TinySora's cmdlets: a session, a script with its parameters, or commands.
                @set "PSModulePath=%~dp0;%PSModulePath%"
                @set "DOTNET_ROOT={DotNet}"
                @if "%~1" == "" ("{Program}" -NoLogo) else if /i "%~x1" == ".ps1" ("{Program}" -File %*) else "{Program}" -Command %*

                """.ReplaceLineEndings("\r\n"));
            return batch;
        }
        var launcher = Shell.At("out", "tinysora");
        File.WriteAllText(launcher, $$"""
            #!/bin/sh
            # Starts PowerShell with TinySora's cmdlets: a session, a script with its parameters, or commands.
            here=$(dirname -- "$(readlink -f -- "$0")")
            export PSModulePath="$here${PSModulePath:+:$PSModulePath}" DOTNET_ROOT="{{DotNet}}"
            case ${1-} in
                '') set -- -NoLogo ;;
                *.ps1) set -- -File "$@" ;;
                *) set -- -Command "$@" ;;
            esac
            exec "{{Program}}" "$@"

            """);
        File.SetUnixFileMode(launcher, (UnixFileMode)0b111_101_101);
        return launcher;
    }

    private static string? Own() => !Directory.Exists(Tool) ? null : Directory.GetFiles(Tool, "pwsh.dll", SearchOption.AllDirectories)
        .Select(path => Path.GetDirectoryName(path)!).FirstOrDefault(folder => Path.GetFileName(folder) == (OperatingSystem.IsWindows() ? "win" : "unix"));

    private static string? Installed()
    {
        var version = Shell.Capture("pwsh", "-NoProfile", "-Command", "\"$($PSVersionTable.PSVersion) $PSHOME\"");
        return version is not null && Regex.Match(version, @"^(\d+\.\d+)\S* (.+)$") is { Success: true } found
            && Version.Parse(found.Groups[1].Value) >= new Version(7, 6) ? found.Groups[2].Value : null;
    }
}
