using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Latents;

namespace TinySora.Engine.Families.LatentData;

/// <summary>What a transformer denoises: latents, vectors of tokens or pixels.</summary>
internal readonly record struct LatentShape(int Channels, int Frames, int Height, int Width)
{
    /// <summary>The lengths of a tensor of one clip: channels, frames, height and width.</summary>
    public long[] Lengths => [Channels, Frames, Height, Width];

    /// <summary>The shape of a clip's latents under a codec.</summary>
    /// <exception cref="TinySoraException">NotDivisible.</exception>
    public static LatentShape Of(ClipShape shape, CodecTraits codec)
    {
        var stride = codec.Stride;
        stride.Check(shape.Frames, shape.Height, shape.Width);
        return new(codec.Channels, shape.Frames / stride.Frames, shape.Height / stride.Height, shape.Width / stride.Width);
    }
}
