using System.Text.Json.Serialization;
using TinySora.Engine.Data.Flying;

namespace TinySora.Engine.Data.Writing;

/// <summary>How clips are drawn. What only some kinds understand the others ignore.</summary>
public sealed record DrawOptions
{
    /// <summary>The number of clips. It does not change what each clip shows, so more can be drawn later.</summary>
    [JsonIgnore]
    public int Count { get; init; } = 1000;

    public long Seed { get; init; }

    /// <summary>Height, and where <see cref="Width"/> is null also width, in pixels.</summary>
    public int Size { get; init; } = 64;

    public int? Width { get; init; }

    public int Frames { get; init; } = 10;

    /// <summary>Extension of the files without its dot: gif or mp4.</summary>
    public string Format { get; init; } = "gif";

    /// <summary>Whether the shapes world's held-out combinations are drawn, too.</summary>
    public bool IncludeHeldOut { get; init; }

    /// <summary>Whether the shapes world's combinations are left out, too, by which recipes are chosen; a folder's log says so only where they are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ExcludeTuned { get; init; }

    /// <summary>Colours of the shapes world; null: the usual eight. See <see cref="Worlds.ShapesWorld.FurtherColours"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public IReadOnlyList<string>? Colours { get; init; }

    /// <summary>Shapes of the shapes world; null: the usual four. See <see cref="Worlds.ShapesWorld.FurtherShapes"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public IReadOnlyList<string>? Shapes { get; init; }

    /// <summary>Digits: a folder with the files of MNIST, or one file of images; null: drawn ones.</summary>
    public string? DigitsPath { get; init; }

    /// <summary>Digits in one clip.</summary>
    public int DigitsPerClip { get; init; } = 1;

    public FlyingOptions Flying { get; init; } = new();

    /// <summary>Draws anew what an earlier run has written, and writes over other files of the same names.</summary>
    [JsonIgnore]
    public bool Force { get; init; }
}

