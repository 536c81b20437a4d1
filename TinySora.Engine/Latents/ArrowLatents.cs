using TinySora.Engine.Data.Corpora;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.Arrow;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>
/// Codebook indices (T, H, W) in one or several Arrow datasets. There is one row per caption, but a video with several captions counts once.
/// </summary>
internal sealed class ArrowLatents : LatentSource
{
    private readonly ArrowDataset dataset;
    private readonly string description;
    private readonly List<(long Row, string Name)> videos = [];

    /// <param name="path">Path to name in messages.</param>
    /// <param name="parts">Paths from <see cref="Parts"/>, or an .arrow file.</param>
    public ArrowLatents(string path, IReadOnlyList<string> parts, CodecModel? model)
        : base(path, model)
    {
        model?.Check(LatentKind.Tokens);
        description = ArrowDataset.DescriptionOf(parts[0]);
        foreach (var part in model is null ? [] : parts)
        {
            if (VideoTokenizer.HashIn(ArrowDataset.DescriptionOf(part)) is string hash && hash != model!.Hash)
            {
                throw LatentErrors.OtherCodec(part, CodecModel.IdOf(hash), model.Id);
            }
        }

        dataset = ArrowDataset.Open([.. parts]);
        try
        {
            var known = new HashSet<string>(StringComparer.Ordinal);
            for (var row = 0L; row < dataset.Count; row++)
            {
                if (dataset.ReadText(row, ArrowColumns.VideoFile.Name) is string file && known.Add(file))
                {
                    videos.Add((row, System.IO.Path.GetFileNameWithoutExtension(file)));
                }
            }
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    /// <summary>Returns the Arrow datasets at or in a folder, such as the parts of a split; empty if there are none.</summary>
    /// <exception cref="TinySoraException">FolderUnreadable.</exception>
    public static IReadOnlyList<string> Parts(string folder)
    {
        return OnFailure.Throw<string[]>(folder, DataErrors.FolderUnreadable, () => IsPart(folder) ? [folder]
            : Directory.Exists(folder) ? [.. Directory.GetDirectories(folder).Where(IsPart).Order(StringComparer.Ordinal)]
            : []);

        static bool IsPart(string path) => File.Exists(System.IO.Path.Combine(path, StateFile));
    }

    public override int Count => videos.Count;

    public override bool HasTokens => true;

    public override string NameOf(int index) => videos[index].Name;

    public override Tensor Read(int index) => Vectors(index);

    public override Tensor ReadTokens(int index) => Tokens(dataset, videos[index].Row, Path, NameOf(index), Codes);

    /// <summary>Returns the indices of a row, (1, t, h, w) int64.</summary>
    /// <param name="codes">Size of the codebook; <c>null</c> if unknown.</param>
    /// <exception cref="TinySoraException">Unusable, TokenTooLarge; errors in reading the files.</exception>
    public static Tensor Tokens(ArrowDataset dataset, long row, string path, string name, int? codes)
    {
        using var scope = NewDisposeScope();
        var tokens = dataset.ReadTensor(row, ArrowColumns.VideoStates.Name)
            ?? throw LatentErrors.Unusable(path, $"has no indices for '{name}'", "indices for every video");
        var isWhole = tokens.dtype is ScalarType.Int64 or ScalarType.Int32 or ScalarType.Int16 or ScalarType.Byte;
        return tokens.shape.Length == 3 && isWhole
            ? Tokens(name, tokens.unsqueeze(0), codes).MoveToOuterDisposeScope()
            : throw LatentErrors.Unusable(path, $"contains {tokens.dtype} values of shape ({string.Join(", ", tokens.shape)})", "integers of shape (T, H, W)");
    }

    private protected override CodecTraits TraitsFor((int Frames, int Height, int Width) clip)
    {
        using var first = ReadTokens(0);
        return VideoTokenizer.TraitsOf(Path, description, first, clip, () => Enumerable.Range(0, Count).Max(Largest));
    }

    protected override void Dispose(bool disposing)
    {
        dataset.Dispose();
        base.Dispose(disposing);
    }
}
