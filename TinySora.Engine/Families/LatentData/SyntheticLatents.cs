using TinySora.Engine.Data.Examples;
using TinySora.Engine.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentData;

/// <summary>Noise in the shape of latents, with captions: enough to measure training with.</summary>
/// <param name="codes">Tokens below this are made in place of latents; null: latents.</param>
internal sealed class SyntheticLatents(CodecTraits? codec, LatentShape shape, int images, IReadOnlyList<string> captions, int? codes = null)
    : IExamples<LatentBatch>
{
    public int Count => 64;

    public string Fingerprint => "";

    public IReadOnlyList<string?> Captions => captions;

    public LatentBatch Get(ReadOnlySpan<Visit> visits, Device device)
    {
        var names = visits.ToArray().Select(visit => $"{visit.Index}").ToList();
        long[] size = [visits.Length, shape.Channels, shape.Frames + images, shape.Height, shape.Width];
        var latents = (codes is int below ? randint(0, below, size, ScalarType.Int64) : randn(size, ScalarType.Float32)).to(device);
        string?[] texts = [.. visits.ToArray().Select(visit => captions[visit.Index % captions.Count])];
        return new LatentBatch(latents, texts, names) { Codec = codec, Images = images };
    }

    public void Dispose()
    {
    }
}
