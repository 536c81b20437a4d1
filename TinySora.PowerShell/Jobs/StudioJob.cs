using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>The studio in the background of a session. Stop-Job and the end of the session end it.</summary>
public sealed class StudioJob : EngineJob
{
    private readonly StudioWork work;

    internal StudioJob(StudioWork work, string command, int? threads)
        : base(command, threads) => this.work = work;

    /// <summary>The address of the page; null: it is not there yet, or never was.</summary>
    public Uri? Uri => work.Uri;

    private protected override bool HasBegun => work.Uri is not null;

    private protected override void Work(PipelineWriter writer, CancellationToken cancellation) => work.Run(writer, cancellation);
}
