using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Formats;
using static TorchSharp.torch;

namespace TinySora.Engine.Data.Examples;

/// <summary>A model's requirements for a folder of clips.</summary>
/// <param name="Keys">Configuration keys to name in messages.</param>
public sealed record ClipRequirements(ClipShape Shape, ClipKeys Keys)
{
    /// <summary>Whether the model uses captions.</summary>
    public bool TakesText { get; init; } = true;

    /// <summary>How training uses the captions, if the model does.</summary>
    public CaptionSampling Captions { get; init; } = new();

    /// <summary>Width of the vectors that the model is conditioned on; <c>null</c> if it uses none.</summary>
    public int? VectorWidth { get; init; }

    /// <summary>Whether the configuration can have short clips padded.</summary>
    public bool MayPad { get; init; } = true;

    /// <summary>Whether to mirror a clip horizontally in half of its visits.</summary>
    public bool Mirrors { get; init; }
}

/// <summary>The clips of a folder as training examples.</summary>
public sealed class ClipExamples : IExamples<ClipBatch>
{
    private readonly ClipDataset data;
    private readonly ClipRequirements needs;
    private readonly string folder;

    private ClipExamples(ClipDataset data, ClipRequirements needs, string folder)
    {
        (this.data, this.needs, this.folder) = (data, needs, folder);
        Notes = [.. NotesOf(folder)];
    }

    public int Count => data.Count;

    public string Fingerprint => data.Fingerprint;

    public int Skipped => data.Skipped.Count;

    public IReadOnlyList<DataNote> Notes { get; }

    public string? CacheFolder => data.CacheFolder;

    public IReadOnlyList<string?> Captions => data.Captions;

    public IReadOnlyList<IReadOnlyList<string?>> CaptionLists => data.CaptionLists;

    public IReadOnlyList<object>? SourceVideos => CutClips.FindSources(folder, data.Names);

    public IReadOnlyList<float[]?>? Vectors => data.Vectors;

    /// <inheritdoc cref="ClipDataset.Open"/>
    public static ClipExamples Open(string folder, ClipRequirements needs, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        new(ClipDataset.Open(folder, needs, progress, cancellation), needs, folder);

    public ClipBatch Get(ReadOnlySpan<SampledExample> visits, Device device)
    {
        var batch = data.GetBatch(SampledExample.Indices(visits), device) with
        {
            Captions = Array.ConvertAll(visits.ToArray(), visit => needs.Captions.Take(data.CaptionLists[visit.Index], visit).Text),
        };
        return needs.Mirrors ? batch.Mirrored(visits) : batch;
    }

    public void Dispose() => data.Dispose();

    private IEnumerable<DataNote> NotesOf(string folder)
    {
        yield return new($"Found {Plural.Count(data.Count, "clip")} in '{folder}'.", IsWarning: false);
        if (data.Note is string note)
        {
            yield return Warning(note);
        }

        foreach (var skipped in data.Skipped.Where(clip => !clip.IsTooShort))
        {
            yield return Warning($"{skipped}");
        }

        if (data.Skipped.Where(clip => clip.IsTooShort).ToList() is [var first, ..] tooShort)
        {
            yield return Warning(
                $"Clips shorter than {needs.Keys.Frames} ({needs.Shape.Frames} frames) were skipped: {tooShort.Count}; the first is '{first.Path}'.");
        }

        if (data.WithoutCaption > 0 && needs.TakesText)
        {
            foreach (var problem in CaptionFile.Problems(data.NamesWithoutCaption.Select(name => Path.Combine(folder, name))))
            {
                yield return Warning(problem);
            }

            yield return Warning($"Clips without a caption: {data.WithoutCaption}. They train the model without text.");
        }

        if (data.Vectors?.Count(vector => vector is null) is int missing and > 0)
        {
            yield return Warning($"Clips without a vector (NAME.npy): {missing}. They train the model without conditioning.");
        }

        static DataNote Warning(string text) => new(text, IsWarning: true);
    }
}
