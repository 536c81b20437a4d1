namespace TinySora.Build;

/// <summary>Runs tests and benchmarks on this machine's GPU or, if there is none, on the CPU, and writes out/gpu-report.md.</summary>
internal static class Gpu
{
    /// <returns>The exit code: 0, or 1 if a test or benchmark failed.</returns>
    internal static int Run(Options options)
    {
        Environment.SetEnvironmentVariable("TINYSORA_DEVICE", "auto");
        Shell.Run("dotnet", "build", Shell.At("benchmarks"), "-c", options.Configuration, "-v", "q", "-nologo");
        using var report = new StreamWriter(Shell.At("out", "gpu-report.md")) { AutoFlush = true };
        report.WriteLine(FormattableString.Invariant($"# TinySora on this machine, {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC"));
        var failed = 0;
        Line("Machine", "Get-TinySoraDevice | Format-List");
        Part("Tests", Program("TinySora.Engine.Tests", options), "-namespace", "TinySora.Engine.Tests.Gpu", "-noColor");
        foreach (var config in (string[])["default", "shapes-small"])
        {
            Line($"Memory and speed of training, {config}", $"Measure-TinySoraModel -Config {config} -Device auto -Steps 5 | Format-List");
        }
        if (Shell.Capture("python3", "-c", "import torch") is not null)
        {
            Part("Comparison with PyTorch", Program("TinySora.Benchmarks", options), "device", "eager");
            Part("Comparison with compiled PyTorch", Program("TinySora.Benchmarks", options), "device", "compiled");
        }
        Console.WriteLine($"Report: {Shell.At("out", "gpu-report.md")}");
        return failed;

        void Line(string title, string pipeline)
        {
            var command = PowerShell.WithModule(pipeline);
            Part(title, command[0], command[1..]);
        }

        void Part(string title, string program, params string[] arguments)
        {
            Console.WriteLine($"== {title}");
            var (code, output) = Shell.RunAndCapture(program, arguments);
            failed = code == 0 ? failed : 1;
            report.WriteLine($"\n## {title}\n\n{(output.StartsWith("Seconds on", StringComparison.Ordinal) ? output : $"```\n{output.Trim()}\n```")}");
        }
    }

    private static string Program(string project, Options options) => Shell.At(
        "artifacts", "bin", project, options.Configuration.ToLowerInvariant(), OperatingSystem.IsWindows() ? $"{project}.exe" : project);
}
