using System.ComponentModel;
using TinySora.Engine.Families.LatentData;

namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>The clips, and single frames for joint training.</summary>
public sealed record LatentClipConfig : FilmClipConfig
{
    [Description("Single frames of any films behind each clip, for joint training on images (Latte); 0: none.")]
    public int Images { get; init; }

    [Description("What pixels become where there is no autoencoder: unit, -1 to 1, where guesses are kept; half, -0.5 to 0.5 without limits, as early "
        + "Open-Sora has it.")]
    public PixelRange PixelRange { get; init; }
}
