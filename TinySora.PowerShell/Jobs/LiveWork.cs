using TinySora.Engine.Generation;
using TinySora.Engine.Media.Terminal;
using TinySora.Engine.Studio;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>A prompt that is typed while its clip plays above it, as work that ends when the user has enough.</summary>
internal static class LiveWork
{
    /// <param name="isUsual">Nobody named the checkpoint.</param>
    /// <param name="request">What the line begins with; a seed is drawn where it has none.</param>
    public static void Run(
        bool isUsual, string device, GenerationRequest request, TerminalColors colors, PipelineWriter writer, CancellationToken cancellation)
    {
        using var generator = writer.Open(
            "Typing", isUsual ? "takes" : null, () => VideoGenerator.Open(request.Checkpoint, device, weights: request.Weights));
        using var clip = new LiveClip(generator, cancellation);
        writer.Done();
        writer.Flush();
        var screen = new LiveScreen(clip, request with { Seed = request.Seed ?? Random.Shared.NextInt64(int.MaxValue) }, colors);
        writer.OutputAll(screen.Run(cancellation));
    }
}
