namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>What the brightness of pixels, black to white, becomes where they are denoised themselves.</summary>
public enum PixelRange
{
    /// <summary>-1 to 1, where guesses of clean clips are kept.</summary>
    Unit,

    /// <summary>-0.5 to 0.5, which guesses may leave, as early Open-Sora has it.</summary>
    Half,
}
