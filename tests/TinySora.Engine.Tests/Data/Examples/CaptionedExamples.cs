using TinySora.Engine.Data.Examples;
using TinySora.Engine.Families.LatentVideos;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Data.Examples;

/// <summary>Examples that consist only of captions: for a vocabulary, or an order.</summary>
internal sealed record CaptionedExamples(IReadOnlyList<string?> Captions) : IExamples<LatentBatch>
{
    public int Count => Captions.Count;

    public string Fingerprint => "";

    public LatentBatch Get(ReadOnlySpan<SampledExample> visits, Device device) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
