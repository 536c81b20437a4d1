using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace TinySora.Faults;

/// <summary>The program <c>tinysora</c> with a module, as tests start it.</summary>
/// <param name="host">The program's assembly, without .dll.</param>
/// <param name="module">The folder of the module.</param>
internal sealed class TinySoraProgram(string host, string module)
{
    private readonly ConcurrentDictionary<int, StringBuilder> said = [];

    /// <summary>The same program with another module.</summary>
    public TinySoraProgram Of(Func<string, string> stage) => new(host, stage(module));

    /// <summary>Starts it with one thread: sums are rounded differently with another number, and what is free differs from moment to moment.</summary>
    public Process Start(string folder, IReadOnlyDictionary<string, string> variables, IReadOnlyList<string> words) =>
        Start(folder, variables, new ProcessStartInfo("dotnet", [$"{host}.dll", .. words]));

    /// <summary>Starts another program, which starts this one.</summary>
    /// <inheritdoc cref="Start(string, IReadOnlyDictionary{string, string}, IReadOnlyList{string})"/>
    public Process Start(string folder, IReadOnlyDictionary<string, string> variables, ProcessStartInfo start)
    {
        start.WorkingDirectory = folder;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["TINYSORA_MODULE"] = module;
        start.Environment["TINYSORA_THREADS"] = "1";
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        var error = said[process.Id] = new StringBuilder();
        process.ErrorDataReceived += (_, e) =>
        {
            lock (error)
            {
                error.AppendLine(e.Data);
            }
        };
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Writes the script by which several processes of one run are started; returns its folder.</summary>
    public string WriteLauncher(string folder)
    {
        var script = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName, "tinysora");
        File.WriteAllText(script, $"#!/bin/sh\nexec dotnet '{host}.dll' \"$@\"\n");
#pragma warning disable CA1416 // all of this runs on Linux alone, see FaultLayer.IsPossible
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
#pragma warning restore CA1416
        return Path.GetDirectoryName(script)!;
    }

    /// <summary>What a process has written to standard error.</summary>
    public string Said(Process process)
    {
        var error = said[process.Id];
        lock (error)
        {
            return error.ToString().Trim();
        }
    }
}
