namespace TinySora.Engine.Data;

/// <summary>What black and white are in a batch.</summary>
public readonly record struct PixelRange(float Black, float White)
{
    /// <summary>As the denoising models take clips, which scale them themselves.</summary>
    public static PixelRange Unit { get; } = new(0, 1);

    /// <summary>As the autoencoders of minisora take them.</summary>
    public static PixelRange Centred { get; } = new(-0.5f, 0.5f);
}
