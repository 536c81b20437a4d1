using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>Converts between the layout of batches and the layout in the network: channels last, with blocks of s x s pixels folded into channels.</summary>
internal static class PixelBlocks
{
    /// <param name="clip">(B, C, F, H, W).</param>
    /// <returns>(B, F, H/s, W/s, C·s·s), with channels in the order of pixel_unshuffle.</returns>
    public static AnyTensor SpaceToDepth(AnyTensor clip, long s)
    {
        var (b, c, f, h, w) = (clip.shape[0], clip.shape[1], clip.shape[2], clip.shape[3], clip.shape[4]);
        return clip.reshape(b, c, f, h / s, s, w / s, s).permute(0, 2, 3, 5, 1, 4, 6).reshape(b, f, h / s, w / s, c * s * s);
    }

    /// <param name="x">(B, F, H/s, W/s, C·s·s).</param>
    /// <returns>(B, C, F, H, W).</returns>
    public static AnyTensor DepthToSpace(AnyTensor x, long s)
    {
        var (b, f, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3], x.shape[4] / (s * s));
        return x.reshape(b, f, h, w, c, s, s).permute(0, 4, 1, 2, 5, 3, 6).reshape(b, c, f, h * s, w * s);
    }
}
