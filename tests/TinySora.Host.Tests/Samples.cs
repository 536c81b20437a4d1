using System.Management.Automation;
using System.Reflection;
using TinySora.Host;
using TinySora.Host.Modules;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>Runs pipelines of the sample cmdlets in a folder of their own.</summary>
internal sealed class Samples : IDisposable
{
    public static readonly string AssemblyPath = Path.Combine(AppContext.BaseDirectory, "Samples", "SampleCmdlets.dll");

    private static readonly HostModule Module = HostModule.Load(AssemblyPath);

    public static Assembly Assembly => Module.Cmdlets[0].Type.Assembly;

    public string Folder { get; } = Directory.CreateTempSubdirectory("tinysora-host-").FullName;

    public static HostRun Run(string pipeline) => Session().Run(pipeline);

    /// <summary>For several pipelines one after the other.</summary>
    public static HostSession Session() => new(Module);

    /// <summary>The one object of a pipeline that must succeed.</summary>
    public static object? Value(string pipeline) => Assert.Single(Objects(pipeline));

    /// <summary>The objects of a pipeline that must succeed.</summary>
    public static IReadOnlyList<object?> Objects(string pipeline)
    {
        var run = Run(pipeline);
        Assert.True(run.ExitCode == ExitCode.Success, run.ErrorOutput);
        return run.Objects;
    }

    /// <summary>The one error of a pipeline, whose id begins as given.</summary>
    public static ErrorRecord Error(string pipeline, string id, int exitCode)
    {
        var run = Run(pipeline);
        var error = Assert.Single(run.Errors);
        Assert.StartsWith(id, error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(exitCode, run.ExitCode);
        return error;
    }

    public HostRun RunHere(string pipeline, Func<string, bool>? confirm = null, CancellationToken cancellation = default) =>
        new HostSession(Module) { Location = Folder, Confirm = confirm }.Run(pipeline, cancellation);

    public string[] Lines(string name) => File.ReadAllLines(Path.Combine(Folder, name));

    public string Write(string name, string text)
    {
        var path = Path.GetFullPath(name, Folder);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
