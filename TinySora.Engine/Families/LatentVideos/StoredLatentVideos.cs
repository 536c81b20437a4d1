using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentVideos;

/// <summary>Latents or tokens from files: .npy files in minisora's format, or one file per video.</summary>
internal sealed class StoredLatentVideos : ILatentVideos
{
    private readonly string path;
    private readonly CodecModel? codec;
    private readonly LatentSource source;
    private readonly LatentKind kind;
    private readonly IReadOnlyList<int> places;

    /// <param name="path">Path of the files, see <see cref="LatentSource.Open"/>.</param>
    /// <param name="codec">Autoencoder, disposed with this object; <c>null</c> if it is missing.</param>
    /// <param name="clip">Selection of videos by name, and the required size of clips.</param>
    /// <exception cref="TinySoraException">Errors in opening and reading the files; OtherSize.</exception>
    public StoredLatentVideos(string path, CodecModel? codec, LatentKind kind, VideoClipConfig clip)
    {
        (this.path, this.codec, this.kind) = (path, codec, kind);
        source = LatentSource.Open(path, codec);
        try
        {
            source.KeepsMoments = kind == LatentKind.Moments;
            Codec = codec is null ? source.InferTraits((clip.FramesToRead, clip.Height, clip.Width ?? clip.Height)) : CodecTraits.Of(codec);
            places = clip.VideoFilter.Select([.. Enumerable.Range(0, source.Count).Select(source.NameOf)]);
            Names = [.. places.Select(source.NameOf)];
            Check(source, places, clip, Codec.Stride);
            Captions = [.. Enumerable.Range(0, Names.Count).Select(video => EncodedLatentVideos.CaptionsOf(PathOf(video)))];
            Notes = [new($"Found {Plural.Count(Names.Count, "clip")} in '{path}'.", IsWarning: false)];
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public CodecTraits Codec { get; }
    public IReadOnlyList<string> Names { get; }
    public IReadOnlyList<IReadOnlyList<string?>> Captions { get; }
    public string Fingerprint => source.Fingerprint;
    public IReadOnlyList<DataNote> Notes { get; }
    public IReadOnlyList<object> SourceVideos => [.. places.Select(place => source.SourceVideoOf(place) ?? (object)place)];

    /// <inheritdoc/>
    /// <remarks>A file that contains one video has its captions next to it, even in a subfolder.</remarks>
    public string PathOf(int video) => source.HasLengths ? Path.ChangeExtension(source.FileOf(places[video]), null) : Path.Combine(path, Names[video] + ".txt");

    public Tensor Read(int video)
    {
        using var scope = NewDisposeScope();
        return (kind == LatentKind.Tokens ? source.ReadTokens(places[video]) : source.Read(places[video]).squeeze(0)).cpu().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        source.Dispose();
        codec?.Dispose();
    }

    /// <summary>Checks all files, so that errors are found before training starts.</summary>
    /// <exception cref="TinySoraException">OtherSize; errors in reading the files.</exception>
    internal static void Check(LatentSource source, IEnumerable<int> places, VideoClipConfig clip, LatentStride stride)
    {
        foreach (var place in places)
        {
            if (source.SizeOf(place) is { } found)
            {
                var frames = source.HasLengths ? found.Frames : clip.FramesToRead / stride.Frames;
                (long, long, long) expected = (frames, clip.Height / stride.Height, (clip.Width ?? clip.Height) / stride.Width);
                if (found != expected)
                {
                    throw LatentErrors.OtherSize(
                        source.FileOf(place), found, expected, (found.Frames * stride.Frames, found.Height * stride.Height, found.Width * stride.Width));
                }
            }

            (source.HasTokens ? source.ReadTokens(place) : source.Read(place)).Dispose();
        }
    }
}
