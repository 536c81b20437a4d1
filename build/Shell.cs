using System.ComponentModel;
using System.Diagnostics;
using TinySora.Engine.Files;

namespace TinySora.Build;

/// <summary>Performs the tasks of a shell script: runs programs, printing each command first, and manages folders in the clone.</summary>
internal static class Shell
{
    internal static string Root { get; } = FindRoot();

    internal static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Deletes folders with their contents, if they exist.</summary>
    internal static void Delete(params string[] folders)
    {
        foreach (var folder in folders.Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Prints and runs a command, and shows its output.</summary>
    /// <exception cref="BuildFailed">The exit code is not 0.</exception>
    internal static void Run(string program, params string[] arguments)
    {
        var code = Try(program, arguments);
        if (code != 0)
        {
            throw new BuildFailed($"{program} failed with exit code {code}.", code);
        }
    }

    /// <summary>Prints and runs a command, shows its output, and returns its exit code.</summary>
    internal static int Try(string program, params string[] arguments) => Try(program, quiet: false, arguments);

    internal static int Try(string program, bool quiet, string[] arguments) => Try(Root, program, quiet, arguments);

    /// <summary>Runs a command like <see cref="Try(string, string[])"/> in another folder than the clone's root.</summary>
    internal static int TryIn(string folder, string program, string[] arguments) => Try(folder, program, quiet: false, arguments);

    private static int Try(string folder, string program, bool quiet, string[] arguments)
    {
        if (!quiet)
        {
            Console.WriteLine($"> {program} {string.Join(' ', arguments.Select(Quote))}");
        }
        using var process = Start(program, arguments, folder: folder);
        // Compiling kernels takes minutes on some machines, and a quiet build prints nothing in the meantime.
        using (arguments.Contains("q") && !Console.IsOutputRedirected ? Seconds() : null)
        {
            process.WaitForExit();
        }
        return process.ExitCode;
    }

    /// <summary>Starts a timer that shows the elapsed time in the terminal until it is disposed.</summary>
    private static Timer Seconds()
    {
        var clock = Stopwatch.StartNew();
        return new Timer(_ => Console.Write($"\r{clock.Elapsed.TotalSeconds:0} s\r"), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1));
    }

    /// <summary>Returns the output of a command, or <c>null</c> if the command fails or cannot be run.</summary>
    internal static string? Capture(string program, params string[] arguments)
    {
        try
        {
            using var process = Start(program, arguments, redirectsOutput: true, redirectsErrors: true);
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            errors.Wait();
            return process.ExitCode == 0 ? output.Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Runs a command, shows its output immediately, and returns the output with the exit code.</summary>
    internal static (int Code, string Output) RunAndCapture(string program, params string[] arguments)
    {
        using var process = Start(program, arguments, redirectsOutput: true);
        var output = new System.Text.StringBuilder();
        while (process.StandardOutput.ReadLine() is string line)
        {
            Console.WriteLine(line);
            output.AppendLine(line);
        }
        process.WaitForExit();
        return (process.ExitCode, output.ToString());
    }

    /// <summary>Returns the full path of a program on the PATH, or <c>null</c>.</summary>
    internal static string? Find(string program) => ProgramPath.Find(program);

    /// <param name="program">An absolute path, or the name of a program on the PATH.</param>
    private static Process Start(string program, string[] arguments, bool redirectsOutput = false, bool redirectsErrors = false, string? folder = null)
    {
        var file = Path.IsPathFullyQualified(program) ? program : Find(program) ?? throw new Win32Exception($"{program} is not on the PATH.");
        return ProgramPath.Start(new(file, arguments)
        {
            WorkingDirectory = folder ?? Root, RedirectStandardOutput = redirectsOutput, RedirectStandardError = redirectsErrors,
        });
    }

    private static string Quote(string argument) => argument.Contains(' ', StringComparison.Ordinal) ? $"'{argument}'" : argument;

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "TinySora.sln")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName ?? throw new BuildFailed("TinySora.sln was not found in the folders above the build program.");
    }
}

/// <summary>A failure that is reported to the user by its message only.</summary>
internal sealed class BuildFailed(string message, int code = 1) : Exception(message)
{
    internal int Code { get; } = code;
}
