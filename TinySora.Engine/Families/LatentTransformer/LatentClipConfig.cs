using System.ComponentModel;
using TinySora.Engine.Families.Films;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>The clips, and single frames for joint training.</summary>
public sealed record LatentClipConfig : FilmClipConfig
{
    [Description("Single frames of any films behind each clip, for joint training on images (Latte); 0: none.")]
    public int Images { get; init; }
}
