using System.Diagnostics;

namespace TinySora.Chaos;

/// <summary>A process that a trial starts, with its input and output redirected.</summary>
internal sealed class Child : IDisposable
{
    /// <summary>Time that the end of a process's output may take after its own: others that it has started may hold it open.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Task<string> error;

    public Child(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        Process = Process.Start(start)!;
        error = Process.StandardError.ReadToEndAsync();
    }

    public Process Process { get; }

    /// <summary>What it has written to standard error, once it has ended.</summary>
    public string Error => Text(error);

    /// <summary>Waits for the end of a process that gets no more input, and kills one that takes longer, with all that it has started.</summary>
    /// <returns>The exit code, <c>null</c> if it was killed, and what it wrote.</returns>
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
