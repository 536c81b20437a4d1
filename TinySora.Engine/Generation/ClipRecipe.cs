using System.Diagnostics.CodeAnalysis;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Generation;

/// <summary>The recipe inside a file, with what a generator needs to make the same kind of file beside the original.</summary>
public sealed record ClipRecipe : Recipe
{
    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;

    [SetsRequiredMembers]
    private ClipRecipe(Recipe recipe, string path)
        : base(recipe)
    {
        (From, To) = (Beside(path, recipe.From), Beside(path, recipe.To));
        var extension = System.IO.Path.GetExtension(path).ToLowerInvariant();
        Path = path;
        OutputName = System.IO.Path.GetFileNameWithoutExtension(path) + "_remade";
        Format = (ClipFile.WritableExtensions.Contains(extension) ? extension : ".mp4")[1..];
    }

    /// <summary>The file that holds the recipe.</summary>
    public string Path { get; }

    /// <summary>A name for the repetition, other than that of the original.</summary>
    public string OutputName { get; }

    /// <summary>The format of the file: gif, png or mp4.</summary>
    public string Format { get; }

    /// <exception cref="TinySoraException">See <see cref="RecipeText.Read"/>.</exception>
    public static ClipRecipe Read(string path) => new(RecipeText.Read(path), path);

    /// <summary>The clips that a video was made of often lie in its folder; otherwise the name has to do.</summary>
    private static string? Beside(string path, string? name) =>
        name is not null && System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? "", name) is var full && File.Exists(full) ? full : name;
}
