using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>Generation in the background of a session. What stops it leaves the videos that are written.</summary>
public sealed class GenerationJob : EngineJob
{
    private readonly GenerationWork work;
    private readonly IReadOnlyList<GenerationOrder> orders;

    /// <param name="work">Disposed when it has ended.</param>
    internal GenerationJob(GenerationWork work, IReadOnlyList<GenerationOrder> orders, string command, int? threads)
        : base(command, threads) => (this.work, this.orders) = (work, orders);

    private protected override void Work(PipelineWriter writer, CancellationToken cancellation)
    {
        using (work)
        {
            foreach (var order in orders)
            {
                cancellation.ThrowIfCancellationRequested();
                work.Take(order, writer, cancellation);
            }

            work.Finish(writer, cancellation);
        }
    }
}
