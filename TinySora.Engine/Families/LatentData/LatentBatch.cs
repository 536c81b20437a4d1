using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Latents;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentData;

/// <param name="Latents">(B, D, F, H, W) float32 as the codec makes them, on the training device.</param>
/// <param name="Captions">One per clip; null where it has none.</param>
internal sealed record LatentBatch(Tensor Latents, IReadOnlyList<string?> Captions, IReadOnlyList<string> Names) : Batch(Names)
{
    /// <summary>The traits of the autoencoder that made the latents; null: they are synthetic, or pixels.</summary>
    public CodecTraits? Codec { get; init; }

    /// <summary>The states of the texts, where the data has them; null: captions are encoded.</summary>
    public TextStates? Text { get; init; }

    /// <summary>How many of the last frames of each clip are single ones of any films.</summary>
    public int Images { get; init; }

    /// <summary>Frames, rows and columns of each clip where they differ, the rest being padding; null: all of it.</summary>
    public IReadOnlyList<(int F, int H, int W)>? Sizes { get; init; }

    /// <summary>
    /// Refuses clips of several sizes where several processes train: the largest of the micro-batch decides what noise the others get, and
    /// another process may have it.
    /// </summary>
    /// <param name="expected">What the clips are without single frames.</param>
    /// <exception cref="Errors.TinySoraException">Indivisible.</exception>
    public void RequireSize(LatentShape expected)
    {
        if (Sizes is not null || !Latents.shape.Skip(2).SequenceEqual([expected.Frames + Images, expected.Height, expected.Width]))
        {
            throw ProcessErrors.Indivisible("its clips are of several sizes");
        }
    }

    /// <summary>1 where a clip is and 0 where it is padding, (B, 1, F, H, W); null: there is no padding.</summary>
    public Tensor? Valid()
    {
        if (Sizes is null)
        {
            return null;
        }

        var valid = zeros([Latents.shape[0], 1, .. Latents.shape[2..]], ScalarType.Float32, Latents.device);
        for (var i = 0; i < Sizes.Count; i++)
        {
            valid[i].narrow(1, 0, Sizes[i].F).narrow(2, 0, Sizes[i].H).narrow(3, 0, Sizes[i].W).fill_(1);
        }

        return valid;
    }

    public override void Dispose()
    {
        Latents.Dispose();
        Text?.Values.Dispose();
        Text?.Present.Dispose();
    }
}

/// <summary>What a transformer denoises: latents, vectors of tokens or pixels.</summary>
internal readonly record struct LatentShape(int Channels, int Frames, int Height, int Width)
{
    public long[] Lengths => [Channels, Frames, Height, Width];

    /// <exception cref="TinySoraException">NotDivisible.</exception>
    public static LatentShape Of(ClipShape shape, CodecTraits codec)
    {
        var stride = codec.Stride;
        stride.Check(shape.Frames, shape.Height, shape.Width);
        return new(codec.Channels, shape.Frames / stride.Frames, shape.Height / stride.Height, shape.Width / stride.Width);
    }
}
