using TinySora.Engine.Families;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Generation;

/// <summary>Looks at clips while they are sampled.</summary>
/// <param name="every">Steps between two looks.</param>
/// <param name="see">Told the steps done and the clips then.</param>
internal sealed class Looker(int every, Action<int, Tensor> see) : ISamplingObserver
{
    public int? PreviewInterval => every;

    public bool ShowsNoise { get; init; }

    public void Report(int value)
    {
    }

    public void OnPreview(int done, Tensor clips) => see(done, clips);
}
