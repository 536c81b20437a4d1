using System.Diagnostics;

namespace TinySora.Benchmarks;

/// <summary>A Python installation with PyTorch, with which TinySora is compared.</summary>
/// <param name="Python">Path or name of the Python program.</param>
/// <param name="Version">Version of PyTorch.</param>
/// <param name="IsCompiled">Whether the network uses torch.compile.</param>
internal sealed record Peer(string Python, string Version, bool IsCompiled)
{
    /// <summary>
    /// The installations in the environment variable TINYSORA_PYTHON, which has the form of PATH; without the variable, the first installation found.
    /// PyTorch 2.0 or later is also measured with torch.compile.
    /// </summary>
    public static IReadOnlyList<Peer> All { get; } = Find();

    /// <inheritdoc/>
    public override string ToString() => $"PyTorch {Version}{(IsCompiled ? ", compiled" : "")}";

    private static List<Peer> Find()
    {
        var named = Environment.GetEnvironmentVariable("TINYSORA_PYTHON");
        var found = (named?.Split(Path.PathSeparator) ?? ["python3", "/usr/bin/python3"])
            .Select(python => (Python: python, Version: Ask(python)))
            .Where(peer => peer.Version is not null)
            .DistinctBy(peer => peer.Version)
            .Take(named is null ? 1 : int.MaxValue)
            .SelectMany(peer => Ways(peer.Version!).Select(isCompiled => new Peer(peer.Python, peer.Version!, isCompiled)))
            .ToList();
        return found.Count > 0
            ? found
            : throw new InvalidOperationException("No Python with PyTorch was found. Install it (apt-get install python3-torch), or set TINYSORA_PYTHON.");
    }

    private static bool[] Ways(string version) => version.StartsWith("1.", StringComparison.Ordinal) ? [false] : [false, true];

    private static string? Ask(string python)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import torch; print(torch.__version__.split('+')[0])"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEndAsync();
            var version = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            errors.Wait();
            return process.ExitCode == 0 ? version : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
