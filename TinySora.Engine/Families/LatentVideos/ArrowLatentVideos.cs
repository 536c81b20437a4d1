using TinySora.Engine.Data.Corpora;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Arrow;
using TinySora.Engine.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentVideos;

/// <summary>
/// Latent videos from Arrow parts, in the format of early Open-Sora versions. Each row contains the codebook indices of a video, or only the video's name, and
/// the text embeddings of one caption.
/// </summary>
internal sealed class ArrowLatentVideos : ILatentVideos
{
    private readonly CodecModel? codec;
    private readonly LatentKind kind;
    private readonly ArrowDataset dataset;
    private readonly IReadOnlyList<int> rows;

    private readonly string part;

    /// <summary>Encoded videos, for parts without codebook indices; <c>null</c> if the parts contain codebook indices.</summary>
    private readonly EncodedLatentVideos? encoded;
    private readonly Dictionary<string, int> places = [];

    /// <param name="parts">Folders of parts, see <see cref="ArrowLatents.Parts"/>.</param>
    /// <param name="codec">
    /// Autoencoder, disposed with this object; <c>null</c> if it is missing, which requires that the parts contain tokens and that the model is a token model.
    /// </param>
    /// <param name="clip">Selection of videos by name, and the size of their clips.</param>
    /// <param name="encode">Encodes the named videos, for parts without indices; <c>null</c> if the videos are missing.</param>
    /// <exception cref="TinySoraException">
    /// NoQuantizer; Empty; NoIndices if there are neither codebook indices nor videos; errors in encoding; errors in the files.
    /// </exception>
    public ArrowLatentVideos(
        IReadOnlyList<string> parts, CodecModel? codec, LatentKind kind, VideoClipConfig clip, Func<IReadOnlySet<string>, EncodedLatentVideos>? encode)
    {
        (this.codec, this.kind, part) = (codec, kind, parts[0]);
        dataset = ArrowDataset.Open([.. parts]);
        try
        {
            var all = Enumerable.Range(0, checked((int)dataset.Count));
            string[] names = [.. all.Select(row => dataset.ReadText(row, ArrowColumns.VideoFile.Name) ?? $"{row}")];
            rows = names.Length > 0 ? clip.VideoFilter.Select(names) : throw LatentErrors.Empty(part);
            if (dataset.HasColumn(ArrowColumns.VideoStates.Name))
            {
                codec?.Check(LatentKind.Tokens);
            }
            else
            {
                encoded = encode?.Invoke(rows.Select(row => names[row]).ToHashSet(StringComparer.Ordinal))
                    ?? throw LatentErrors.NoIndices(parts[0]);
                places = encoded.Names.Select((name, place) => (name, place)).ToDictionary(video => video.name, video => video.place, StringComparer.Ordinal);
                rows = [.. rows.Where(row => places.ContainsKey(names[row]))];
            }

            Names = [.. rows.Select(row => names[row])];
            Codec = codec is null ? InferTraits((clip.FramesToRead, clip.Height, clip.Width ?? clip.Height)) : CodecTraits.Of(codec);
            Captions = [.. Names.Select(_ => (IReadOnlyList<string?>)[null])];
            Fingerprint = string.Join(' ', parts.Select(LatentSource.FingerprintOf).Concat(encoded is null ? [] : [encoded.Fingerprint]));
            Notes = [new($"Arrow parts found: {parts.Count} (rows: {Names.Count}).", IsWarning: false), .. encoded?.Notes ?? []];
        }
        catch
        {
            dataset.Dispose();
            encoded?.Dispose();
            throw;
        }
    }

    public CodecTraits Codec { get; }
    public IReadOnlyList<string> Names { get; }
    public IReadOnlyList<IReadOnlyList<string?>> Captions { get; }
    public string Fingerprint { get; }
    public IReadOnlyList<DataNote> Notes { get; }
    public int Skipped => encoded?.Skipped ?? 0;

    public Tensor Read(int video)
    {
        if (encoded is not null)
        {
            return encoded.Read(places[Names[video]]);
        }

        using var scope = NewDisposeScope();
        var tokens = Tokens(video, Codec.Codes);
        return (kind == LatentKind.Tokens ? tokens : codec!.Codec.Vectors(tokens.to(codec.Device)).squeeze(0).cpu()).MoveToOuterDisposeScope();
    }

    public object IdentityOf(int video) => Names[video];

    public IReadOnlyList<object> SourceVideos
    {
        get
        {
            var sources = encoded?.SourceVideos;
            return [.. Names.Select(name => sources?[places[name]] ?? name)];
        }
    }

    public Tensor? States(int video, int caption)
    {
        using var scope = NewDisposeScope();
        return dataset.ReadTensor(rows[video], ArrowColumns.TextStates.Name)?.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>Whether the parts contain the codebook indices of their videos, and not only the names.</summary>
    public static bool HaveTokens(IReadOnlyList<string> parts)
    {
        using var dataset = ArrowDataset.Open([.. parts]);
        return dataset.HasColumn(ArrowColumns.VideoStates.Name);
    }

    private CodecTraits InferTraits((int Frames, int Height, int Width) clip)
    {
        using var scope = NewDisposeScope();
        return VideoTokenizer.TraitsOf(
            part, ArrowDataset.DescriptionOf(part), Tokens(0, null), clip, () => Enumerable.Range(0, rows.Count).Max(video =>
            {
                using var inner = NewDisposeScope();
                return Tokens(video, null).max().item<long>();
            }));
    }

    /// <returns>(1, t, h, w) int64.</returns>
    /// <param name="codes">Number of codes; <c>null</c> if unknown.</param>
    private Tensor Tokens(int video, int? codes) => ArrowLatents.Tokens(dataset, rows[video], part, Names[video], codes);

    public void Dispose()
    {
        dataset.Dispose();
        encoded?.Dispose();
        codec?.Dispose();
    }
}
