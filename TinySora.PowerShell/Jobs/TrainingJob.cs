using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>Training in the background of a session. What stops it has a checkpoint saved first.</summary>
public sealed class TrainingJob : EngineJob
{
    private readonly TrainingWork work;

    internal TrainingJob(TrainingWork work, string command, int? threads)
        : base(command, threads) => this.work = work;

    /// <summary>The folder of the run, or of the folders of several; Get-TinySoraRun and its like take it from the pipeline.</summary>
    public string ResultsPath => work.ResultsPath;

    /// <summary>The run has its folder, and so can be listed and steered.</summary>
    private protected override bool HasBegun => ResultsFolder.IsInUse(work.FirstPath);

    private protected override void Work(PipelineWriter writer, CancellationToken cancellation) => work.Run(writer, cancellation);
}
