using TinySora.Engine.Generation;
using TinySora.Engine.Media.Terminal;
using TinySora.Engine.Studio;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>Lets the user type a prompt while its clip plays above the prompt, until the user ends the input.</summary>
internal static class LiveWork
{
    /// <param name="isDefault">Whether the checkpoint is the default one.</param>
    /// <param name="request">Request with the initial prompt and settings; if it does not specify a seed, a random one is used.</param>
    public static void Run(
        bool isDefault, string device, GenerationRequest request, TerminalColors colors, PipelineWriter writer, CancellationToken cancellation)
    {
        using var generator = writer.Open(
            "Starting the live view", isDefault ? () => BundledModels.For(request) : null,
            () => VideoGenerator.Open(request.Checkpoint, device, weights: request.Weights, adapters: request.Adapters));
        using var clip = new LiveClip(generator, cancellation);
        writer.Done();
        writer.Flush();
        var screen = new LiveScreen(clip, request with { Seed = request.Seed ?? Random.Shared.NextInt64(int.MaxValue) }, colors);
        writer.OutputAll(screen.Run(cancellation));
    }
}
