using System.Management.Automation;
using System.Reflection;
using TinySora.Host.Binding;
using TinySora.Host.Execution;
using TinySora.Host.Language;
using TinySora.Host.Modules;
using TinySora.Host.Output;

namespace TinySora.Host;

/// <summary>
/// Runs pipelines of cmdlets in this process. The usual call of a test:
/// <c>HostSession.Run(assembly, "New-Thing -Path x | Get-Thing").Objects</c>.
/// </summary>
public sealed class HostSession
{
    public HostSession(params HostModule[] modules)
    {
        Modules = modules;
        Commands = new CommandTable([.. modules.SelectMany(m => m.Cmdlets),
            .. typeof(HostSession).Assembly.GetTypes().Where(CmdletDefinition.IsCmdlet).Select(t => new CmdletDefinition(t, null))]);
        Views = FormatViews.Load(modules.SelectMany(m => m.FormatFiles));
    }

    /// <summary>The folder that relative paths start from.</summary>
    public string Location { get; init; } = Environment.CurrentDirectory;

    /// <summary>Answers questions in <see cref="Run(string, CancellationToken)"/>; without it asking is an error.</summary>
    public Func<string, bool>? Confirm { get; init; }

    /// <summary>Outlive the pipelines that began them.</summary>
    internal JobRepository Jobs { get; } = new();

    internal IReadOnlyList<HostModule> Modules { get; }

    internal CommandTable Commands { get; }

    internal FormatViews Views { get; }

    /// <summary>Runs one pipeline of an assembly's cmdlets and the host's own, and returns all it wrote.</summary>
    /// <param name="assembly">Holds the cmdlets.</param>
    /// <param name="pipeline">As typed in PowerShell.</param>
    /// <param name="location">The folder that relative paths start from; null: the current one.</param>
    /// <param name="cancellation">Stops the pipeline as Ctrl-C does.</param>
    public static HostRun Run(
        Assembly assembly, string pipeline, string? location = null, CancellationToken cancellation = default) =>
        new HostSession(HostModule.Of(assembly)) { Location = location ?? Environment.CurrentDirectory }.Run(pipeline, cancellation);

    /// <summary>Runs one pipeline and returns all it wrote.</summary>
    public HostRun Run(string pipeline, CancellationToken cancellation = default)
    {
        RecordingStreams streams = new(Views, Confirm);
        var exitCode = Execute(() => LineParser.Parse(pipeline), pipeline, streams, cancellation);
        return streams.Finish(exitCode);
    }

    /// <summary>Runs one pipeline; returns the program's exit code.</summary>
    internal int Execute(Func<IReadOnlyList<CommandLine>> parse, string text, IHostStreams streams, CancellationToken cancellation)
    {
        try
        {
            using Pipeline pipeline = new(this, parse(), text, streams);
            using var registration = cancellation.Register(pipeline.Stop);
            return pipeline.Run();
        }
        catch (RuntimeException e)
        {
            streams.Error(e.ErrorRecord);
            return e is CmdletInvocationException ? ExitCode.Errors : ExitCode.Usage;
        }
        finally
        {
            streams.Complete();
        }
    }
}
