using System.Diagnostics.CodeAnalysis;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Generation;

/// <summary>The recipe in a generated file, together with the settings for generating a file of the same format next to it.</summary>
public sealed record ClipRecipe : Recipe
{
    /// <summary>Returns the path of the file, so that the object can be piped to commands that accept files.</summary>
    public override string ToString() => Path;

    [SetsRequiredMembers]
    private ClipRecipe(Recipe recipe, string path)
        : base(recipe)
    {
        (From, To) = (ResolveStartClip(path, recipe.From), ResolveStartClip(path, recipe.To));
        var extension = System.IO.Path.GetExtension(path).ToLowerInvariant();
        Path = path;
        OutputName = System.IO.Path.GetFileNameWithoutExtension(path) + "_remade";
        Format = (ClipFile.WritableExtensions.Contains(extension) ? extension : ".mp4")[1..];
    }

    /// <summary>Path of the file with the recipe.</summary>
    public string Path { get; }

    /// <summary>File name for the repeated video, which differs from the name of the original.</summary>
    public string OutputName { get; }

    /// <summary>Format of the file: gif, png or mp4.</summary>
    public string Format { get; }

    /// <exception cref="TinySoraException">See <see cref="RecipeText.Read"/>.</exception>
    public static ClipRecipe Read(string path) => new(RecipeText.Read(path), path);

    /// <summary>Returns the path of a start clip if it is in the folder of the video, otherwise only its file name.</summary>
    private static string? ResolveStartClip(string path, string? name) =>
        name is not null && System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? "", name) is var full && File.Exists(full) ? full : name;
}
