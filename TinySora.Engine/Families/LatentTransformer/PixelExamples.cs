using TinySora.Engine.Data.Examples;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer.Config;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer;

/// <param name="clips">Clips, disposed with this object.</param>
internal sealed class PixelExamples(IExamples<ClipBatch> clips, PixelRange range) : IExamples<LatentBatch>
{
    public int Count => clips.Count;
    public string Fingerprint => clips.Fingerprint;
    public int Skipped => clips.Skipped;
    public IReadOnlyList<DataNote> Notes => clips.Notes;
    public string? CacheFolder => clips.CacheFolder;
    public IReadOnlyList<string?> Captions => clips.Captions;
    public IReadOnlyList<IReadOnlyList<string?>> CaptionLists => clips.CaptionLists;

    public static LatentBatch ToLatentBatch(ClipBatch batch, PixelRange range)
    {
        using var scope = NewDisposeScope();
        var x = range == PixelRange.Half ? batch.Clips - 0.5 : (batch.Clips * 2) - 1;
        return new(x.MoveToOuterDisposeScope(), batch.Captions, batch.Names);
    }

    public IReadOnlyList<object>? SourceVideos => clips.SourceVideos;

    public LatentBatch Get(ReadOnlySpan<SampledExample> visits, Device device)
    {
        using var batch = clips.Get(visits, device);
        return ToLatentBatch(batch, range);
    }

    public void Dispose() => clips.Dispose();
}
