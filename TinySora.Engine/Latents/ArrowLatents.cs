using TinySora.Engine.Data.Corpora;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop.Arrow;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>The codebook indices (T, H, W) of an Arrow dataset, each video once: its rows are one for each caption.</summary>
internal sealed class ArrowLatents : LatentSource
{
    private readonly ArrowDataset dataset;
    private readonly List<(long Row, string Name)> videos = [];

    public ArrowLatents(string path, CodecModel model)
        : base(path, model)
    {
        model.Check(LatentKind.Tokens);
        if (VideoTokenizer.HashIn(ArrowDataset.DescriptionOf(path)) is string hash && hash != model.Hash)
        {
            throw LatentErrors.OtherCodec(path, CodecModel.IdOf(hash), model.Id);
        }

        dataset = ArrowDataset.Open(path);
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

    public override int Count => videos.Count;

    public override bool HasTokens => true;

    public override string NameOf(int index) => videos[index].Name;

    public override Tensor Read(int index) => Vectors(index);

    public override Tensor ReadTokens(int index)
    {
        using var scope = NewDisposeScope();
        var tokens = dataset.ReadTensor(videos[index].Row, ArrowColumns.VideoStates.Name)
            ?? throw LatentErrors.Unusable(Path, $"has no indices of '{videos[index].Name}'", "those of every video");
        var isWhole = tokens.dtype is ScalarType.Int64 or ScalarType.Int32 or ScalarType.Int16 or ScalarType.Byte;
        return tokens.shape.Length == 3 && isWhole
            ? Tokens(Path, tokens.unsqueeze(0)).MoveToOuterDisposeScope()
            : throw LatentErrors.Unusable(Path, $"holds ({string.Join(", ", tokens.shape)}) of {tokens.dtype}", "whole numbers (T, H, W)");
    }

    protected override void Dispose(bool disposing)
    {
        dataset.Dispose();
        base.Dispose(disposing);
    }
}
