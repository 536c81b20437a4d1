using System.Text.Json.Serialization;
using TinySora.Engine.Data.Flying;
using TinySora.Engine.Data.Sprites;

namespace TinySora.Engine.Data.Writing;

/// <summary>Options for drawing clips. Kinds ignore options that do not apply to them.</summary>
public sealed record DrawOptions
{
    /// <summary>Number of clips. It does not affect the content of individual clips, so more clips can be drawn later.</summary>
    [JsonIgnore]
    public int Count { get; init; } = 1000;

    public long Seed { get; init; }

    /// <summary>Height in pixels, and width unless <see cref="Width"/> is set.</summary>
    public int Size { get; init; } = 64;

    public int? Width { get; init; }

    public int Frames { get; init; } = 10;

    /// <summary>Extension of the files without its dot: gif or mp4.</summary>
    public string Format { get; init; } = "gif";

    /// <summary>Whether to include the held-out combinations of the shapes world or a sprite world.</summary>
    public bool IncludeHeldOut { get; init; }

    /// <summary>Whether to exclude the combinations for choosing recipes. A folder's log records this option only if it is set.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ExcludeTuned { get; init; }

    /// <summary>Colors to use in the shapes world; <c>null</c> for the default eight. See <see cref="Worlds.ShapesWorld.ExtraColors"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public IReadOnlyList<string>? Colors { get; init; }

    /// <summary>Shapes to use in the shapes world; <c>null</c> for the default four. See <see cref="Worlds.ShapesWorld.ExtraShapes"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public IReadOnlyList<string>? Shapes { get; init; }

    /// <summary>Folder with the MNIST files, or a file of digit images; <c>null</c> for drawn digits.</summary>
    public string? DigitsPath { get; init; }

    /// <summary>Number of digits in one clip.</summary>
    public int DigitsPerClip { get; init; } = 1;

    public FlyingOptions Flying { get; init; } = new();

    /// <summary>Pictures and backgrounds of a sprite world; <c>null</c> for other kinds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public SpriteOptions? Sprites { get; init; }

    /// <summary>Whether to redraw the clips of an earlier run and to overwrite other files with the same names.</summary>
    [JsonIgnore]
    public bool Force { get; init; }
}

