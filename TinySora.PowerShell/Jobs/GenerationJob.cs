using TinySora.Engine.Generation;
using TinySora.PowerShell.Cmdlets.Generation;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>Video generation as a background job. Stopping the job keeps the videos written so far.</summary>
public sealed class GenerationJob : EngineJob
{
    private readonly GenerationWork work;
    private readonly IReadOnlyList<(GenerationRequest Request, PipedObject Row)> requests;

    /// <param name="work">Work to do, which is disposed when it has ended.</param>
    internal GenerationJob(GenerationWork work, IReadOnlyList<(GenerationRequest Request, PipedObject Row)> requests, string command, int? threads)
        : base(command, threads) => (this.work, this.requests) = (work, requests);

    private protected override void Work(PipelineWriter writer, CancellationToken cancellation)
    {
        using (work)
        {
            foreach (var (request, row) in requests)
            {
                cancellation.ThrowIfCancellationRequested();
                work.Take(request, row, writer, cancellation);
            }

            work.Finish(writer, cancellation);
        }
    }
}
