using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Errors;

namespace TinySora.PowerShell.Completers;

/// <summary>The processor, and the GPUs that libtorch finds.</summary>
public sealed class DeviceCompleter : NameCompleter
{
    /// <summary>How long Tab waits for the engine thread, which a training keeps busy.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly Lazy<Task<IReadOnlyList<string>>> Gpus = new(() => Task.Run(FindGpus));

    protected override IEnumerable<string> Names =>
        Gpus.Value.Wait(Patience) && Gpus.Value.Result is { Count: > 0 } gpus ? ["auto", "cpu", "cuda", .. gpus] : ["auto", "cpu"];

    private static IReadOnlyList<string> FindGpus()
    {
        try
        {
            return RuntimeInfo.Read().Gpus;
        }
        catch (TinySoraException)
        {
            // Without libtorch nothing runs, and the cmdlet says so better than a completion could.
            return [];
        }
    }
}
