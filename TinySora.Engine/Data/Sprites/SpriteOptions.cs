namespace TinySora.Engine.Data.Sprites;

/// <summary>Pictures, backgrounds and contents of a sprite world.</summary>
public sealed record SpriteOptions
{
    /// <summary>Folders of pictures, pictures, and fonts with color images; empty for the installed font Noto Color Emoji.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>CSV file with the names of the pictures; <c>null</c> for file names, or for the standard names of a font's images.</summary>
    public string? NamesPath { get; init; }

    /// <summary>Folder of photographs to use as backgrounds; <c>null</c> for none.</summary>
    public string? PhotographsPath { get; init; }

    /// <summary>Kinds of backgrounds; <c>null</c> for plain colors, gradients and, if there are any, photographs.</summary>
    public IReadOnlyList<SpriteBackgroundKind>? Backgrounds { get; init; }

    /// <summary>What clips show; empty for everything.</summary>
    public IReadOnlyList<SpriteContent> Contents { get; init; } = [];

    /// <summary>Maximum number of captions for each clip.</summary>
    public int Captions { get; init; } = 4;

    internal IReadOnlyList<SpriteBackgroundKind> BackgroundKinds => Backgrounds ?? (PhotographsPath is null
        ? [SpriteBackgroundKind.Plain, SpriteBackgroundKind.Gradient]
        : [SpriteBackgroundKind.Plain, SpriteBackgroundKind.Gradient, SpriteBackgroundKind.Photograph]);
}
