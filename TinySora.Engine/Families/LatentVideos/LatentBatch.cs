using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Latents;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentVideos;

/// <param name="Latents">(B, D, F, H, W) float32 in the autoencoder's scale, on the training device.</param>
/// <param name="Captions">Caption of each clip; <c>null</c> for a clip without a caption.</param>
internal sealed record LatentBatch(Tensor Latents, IReadOnlyList<string?> Captions, IReadOnlyList<string> Names) : Batch(Names)
{
    /// <summary>Traits of the autoencoder that produced the latents; <c>null</c> for synthetic data and pixels.</summary>
    public CodecTraits? Codec { get; init; }

    /// <summary>Text embeddings from the data; <c>null</c> if the model encodes the captions.</summary>
    public TextStates? Text { get; init; }

    /// <summary>Number of single frames from other videos at the end of each clip.</summary>
    public int Images { get; init; }

    /// <summary>Frames, rows and columns of each clip without padding; <c>null</c> if all clips have the same size.</summary>
    public IReadOnlyList<(int F, int H, int W)>? Sizes { get; init; }

    /// <summary>
    /// Rejects clips of different sizes in training with several processes. A clip's noise depends on the size of the largest clip in the micro-batch, which
    /// another process may handle.
    /// </summary>
    /// <param name="expected">Required size of the clips, not counting single frames at the end.</param>
    /// <exception cref="Errors.TinySoraException">Indivisible.</exception>
    public void RequireSize(LatentShape expected)
    {
        if (Sizes is not null || !Latents.shape.Skip(2).SequenceEqual([expected.Frames + Images, expected.Height, expected.Width]))
        {
            throw ProcessErrors.Indivisible("its training clips differ in size");
        }
    }

    /// <summary>Returns a mask (B, 1, F, H, W) that is 1 in clips and 0 in padding; <c>null</c> if nothing is padded.</summary>
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

/// <summary>Shape of the clips that a transformer denoises. The clips may consist of latents, token vectors or pixels.</summary>
internal readonly record struct LatentShape(int Channels, int Frames, int Height, int Width)
{
    public long[] Lengths => [Channels, Frames, Height, Width];

    /// <exception cref="TinySoraException">NotDivisible.</exception>
    public static LatentShape For(ClipShape shape, CodecTraits codec)
    {
        var stride = codec.Stride;
        stride.Check(shape.Frames, shape.Height, shape.Width);
        return new(codec.Channels, shape.Frames / stride.Frames, shape.Height / stride.Height, shape.Width / stride.Width);
    }
}
