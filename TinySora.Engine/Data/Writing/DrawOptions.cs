using System.Text.Json.Serialization;
using TinySora.Engine.Data.Flying;

namespace TinySora.Engine.Data.Writing;

/// <summary>Options for drawing clips. Kinds ignore options that do not apply to them.</summary>
public sealed record DrawOptions
{
    /// <summary>Number of clips. It does not affect the content of each clip, so more can be drawn later.</summary>
    [JsonIgnore]
    public int Count { get; init; } = 1000;

    public long Seed { get; init; }

    /// <summary>Height in pixels, and width unless <see cref="Width"/> is set.</summary>
    public int Size { get; init; } = 64;

    public int? Width { get; init; }

    public int Frames { get; init; } = 10;

    /// <summary>Extension of the files without its dot: gif or mp4.</summary>
    public string Format { get; init; } = "gif";

    /// <summary>Whether to include the shapes world's held-out combinations.</summary>
    public bool IncludeHeldOut { get; init; }

    /// <summary>Whether to exclude the shapes world's combinations for choosing recipes; a folder's log records it only if set.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ExcludeTuned { get; init; }

    /// <summary>Colors of the shapes world; <c>null</c> for the default eight. See <see cref="Worlds.ShapesWorld.ExtraColours"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public IReadOnlyList<string>? Colours { get; init; }

    /// <summary>Shapes of the shapes world; <c>null</c> for the default four. See <see cref="Worlds.ShapesWorld.ExtraShapes"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public IReadOnlyList<string>? Shapes { get; init; }

    /// <summary>Folder with the files of MNIST, or one file of digit images; <c>null</c> for drawn digits.</summary>
    public string? DigitsPath { get; init; }

    /// <summary>Number of digits in one clip.</summary>
    public int DigitsPerClip { get; init; } = 1;

    public FlyingOptions Flying { get; init; } = new();

    /// <summary>Whether to draw the clips of an earlier run again and to overwrite other files of the same names.</summary>
    [JsonIgnore]
    public bool Force { get; init; }
}

