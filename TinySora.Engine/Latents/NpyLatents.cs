using System.Globalization;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Numpy;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>A .npy file from minisora, kept open, with float32 latents (N, C, t, h, w), or tokens (N, t, h, w) as int64, int32 or uint16.</summary>
internal sealed class NpyLatents : LatentSource
{
    private readonly NpyArray array;
    private readonly LatentKind kind;
    private readonly string id;
    private readonly int frames;

    /// <param name="modelId">Model ID in the file name; <c>null</c> to accept the model's hash or the name of its checkpoint.</param>
    public NpyLatents(string path, CodecModel? model, string? modelId)
        : base(path, model)
    {
        (id, kind, frames) = LatentName.Read(path);
        if (model is not null && (modelId is null ? !model.IsCalled(id) : id != modelId))
        {
            throw LatentErrors.OtherCodec(path, id, modelId ?? model.Id);
        }

        model?.Check(kind);
        array = NpyArray.Open(path);
        var problem = kind == LatentKind.Tokens
            ? Problem([ScalarType.Int64, ScalarType.Int32], 4, "tokens of shape (N, t, h, w) as int64, int32 or uint16")
            : Problem([ScalarType.Float32], 5, "latents of shape (N, C, t, h, w) as float32");
        if (problem is not null)
        {
            array.Dispose();
            throw problem;
        }
    }

    public override int Count => (int)array.Shape[0];

    public override string NameOf(int index) => index.ToString("D5", CultureInfo.InvariantCulture);

    public override bool HasTokens => kind == LatentKind.Tokens;

    public override (long Frames, long Height, long Width)? SizeOf(int index) => (array.Shape[^3], array.Shape[^2], array.Shape[^1]);

    public override Tensor Read(int index)
    {
        if (kind == LatentKind.Tokens)
        {
            return Vectors(index);
        }

        using var scope = NewDisposeScope();
        return Latents(Path, array.Read(index, 1), index).MoveToOuterDisposeScope();
    }

    public override Tensor ReadTokens(int index)
    {
        if (kind != LatentKind.Tokens)
        {
            return base.ReadTokens(index);
        }

        using var scope = NewDisposeScope();
        return Tokens(Path, array.Read(index, 1)).MoveToOuterDisposeScope();
    }

    /// <summary>Infers the traits: the number of frames comes from the file name, and the largest token counts as the last code.</summary>
    private protected override CodecTraits TraitsFor((int Frames, int Height, int Width) clip)
    {
        int? codes = kind == LatentKind.Tokens ? (int)Enumerable.Range(0, Count).Max(Largest) + 1 : null;
        var channels = kind == LatentKind.Tokens ? 1 : (int)array.Shape[1];
        return new(StrideOf(Path, SizeOf(0)!.Value, clip with { Frames = frames }), channels, codes, CodecModel.IsId(id) ? id : null);
    }

    protected override void Dispose(bool disposing)
    {
        array.Dispose();
        base.Dispose(disposing);
    }

    private TinySoraException? Problem(ScalarType[] types, int rank, string expected) => types.Contains(array.Type) && array.Shape.Count == rank
        ? null
        : LatentErrors.Unusable(Path, $"contains {array.Type} values of shape ({string.Join(", ", array.Shape)})", expected);
}
