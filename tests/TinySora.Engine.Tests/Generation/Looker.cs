using TinySora.Engine.Families;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Generation;

/// <summary>Observes clips while they are sampled.</summary>
/// <param name="every">Steps between two observations.</param>
/// <param name="see">Receives the number of completed steps and the clips after them.</param>
internal sealed class Looker(int every, Action<int, Tensor> see) : ISamplingObserver
{
    public int? PreviewInterval => every;

    public bool ShowsNoise { get; init; }

    public void Report(int value)
    {
    }

    public void OnPreview(int done, Tensor clips) => see(done, clips);
}
