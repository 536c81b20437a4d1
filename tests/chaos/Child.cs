using System.Diagnostics;

namespace TinySora.Chaos;

/// <summary>A process started by a trial, with redirected input and output.</summary>
internal sealed class Child : IDisposable
{
    /// <summary>Maximum time between the end of a process and the end of its output, which child processes may keep open.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Task<string> error;

    public Child(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        Process = Process.Start(start)!;
        error = Process.StandardError.ReadToEndAsync();
    }

    public Process Process { get; }

    /// <summary>Standard error of the process, once it has ended.</summary>
    public string Error => Text(error);

    /// <summary>Closes the input and waits for the end of the process. After a timeout, kills the process and its children.</summary>
    /// <returns>The exit code, or <c>null</c> if the process was killed, and the output.</returns>
    public (int? Code, string Said) Finish(TimeSpan longest)
    {
        Process.StandardInput.Close();
        var output = Process.StandardOutput.ReadToEndAsync();
        if (Process.WaitForExit(longest))
        {
            return (Process.ExitCode, Error + Text(output));
        }

        Process.Kill(entireProcessTree: true);
        return (null, "");
    }

    public void Dispose() => Process.Dispose();

    private static string Text(Task<string> written) => written.Wait(Patience) ? written.Result.Trim() : "";
}
