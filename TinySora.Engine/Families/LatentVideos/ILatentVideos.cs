using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Formats;
using TinySora.Engine.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentVideos;

internal interface ILatentVideos : IDisposable
{
    CodecTraits Codec { get; }

    IReadOnlyList<string> Names { get; }

    /// <summary>Captions of each video. Each list has at least one entry, which is <c>null</c> for a video without captions.</summary>
    IReadOnlyList<IReadOnlyList<string?>> Captions { get; }

    /// <summary>Text that identifies the latents: it is the same for two data sets if and only if their latents are the same.</summary>
    string Fingerprint { get; }

    IReadOnlyList<DataNote> Notes { get; }

    int Skipped => 0;

    /// <summary>
    /// Returns a video's latents on the CPU, (D, t, h, w) float32, or (2D, t, h, w) for the means and log variances of distributions, or its tokens (1, t, h,
    /// w) int64. The caller disposes the tensor.
    /// </summary>
    Tensor Read(int video);

    /// <summary>
    /// Returns a path that differs only in its extension from the text file with a video's captions; <c>null</c> if captions are not in text files.
    /// </summary>
    string? PathOf(int video) => null;

    /// <summary>Returns a value that is the same for all rows of a video, if the data has one row per caption.</summary>
    object IdentityOf(int video) => video;

    /// <summary>A value per video that is the same for all videos that were cut from one source, and for all rows of a video.</summary>
    IReadOnlyList<object> SourceVideos => [.. Enumerable.Range(0, Names.Count).Select(IdentityOf)];

    /// <summary>Returns the text embeddings (L, width) of a caption, float32 on the CPU; <c>null</c> if the video has captions as text instead.</summary>
    /// <param name="caption">Index of the caption.</param>
    Tensor? States(int video, int caption) => null;
}

/// <summary>Videos in a folder, which are encoded once (see <see cref="LatentFolder"/>), with captions from the text files next to them.</summary>
internal sealed class EncodedLatentVideos : ILatentVideos
{
    private readonly LatentFolder latents;
    private readonly bool isTokens;
    private readonly string folder;

    /// <param name="latents">Encoded videos, disposed with this object.</param>
    public EncodedLatentVideos(LatentFolder latents, CodecTraits codec, LatentKind kind, string folder)
    {
        Codec = codec;
        (this.latents, isTokens, this.folder) = (latents, kind == LatentKind.Tokens, folder);
        Captions = [.. Enumerable.Range(0, latents.Count).Select(video => CaptionsOf(PathOf(video)))];
        Notes =
        [
            new($"Found {Plural.Count(latents.Count, "clip")} in '{folder}'. Each clip is encoded once.", IsWarning: false),
            .. latents.Note is string note ? [new(note, IsWarning: true)] : Array.Empty<DataNote>(),
            .. latents.Skipped.Select(skipped => new DataNote($"{skipped}", IsWarning: true)),
        ];
    }

    public CodecTraits Codec { get; }
    public IReadOnlyList<string> Names => latents.Names;
    public IReadOnlyList<IReadOnlyList<string?>> Captions { get; }
    public string Fingerprint => latents.Fingerprint;
    public IReadOnlyList<DataNote> Notes { get; }
    public int Skipped => latents.Skipped.Count;

    public Tensor Read(int video)
    {
        using var scope = NewDisposeScope();
        var values = latents.Read(video);
        return (isTokens ? values : values.squeeze(0)).MoveToOuterDisposeScope();
    }

    public string PathOf(int video) => Path.Combine(folder, Names[video]);

    public IReadOnlyList<object> SourceVideos => CutClips.FindSources(folder, Names);

    /// <summary>Returns the captions of a video. The list has at least one entry, which is <c>null</c> for a video without captions.</summary>
    internal static IReadOnlyList<string?> CaptionsOf(string clip) => [.. CaptionFile.Require(clip).Captions.DefaultIfEmpty<string?>(null)];

    public void Dispose() => latents.Dispose();
}
