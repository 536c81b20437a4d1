namespace TinySora.Engine.Formats.Weights;

/// <summary>
/// What a model needs of other programs or of another checkpoint, a text encoder for example. A checkpoint keeps the hash of its
/// content, and it is looked for at its path, beside the checkpoint, or in the module.
/// </summary>
public static class Companion
{
    /// <summary>The metadata key under which a model describes its autoencoder, as far as that can be told without the autoencoder's file.</summary>
    public const string TraitsKey = "codec_traits";

    /// <summary>
    /// Where it is now: if nothing is at its path, as on another computer, what has the same name beside the checkpoint, or came with the module.
    /// </summary>
    public static string Near(string checkpoint, string path)
    {
        var name = path.TrimEnd('/', '\\').Split('/', '\\')[^1];
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(checkpoint))!, name);
        return new[] { path, beside, InModule(name) }.FirstOrDefault(Path.Exists) ?? path;
    }

    /// <summary>The path that a file would have among the models that come with the module.</summary>
    public static string InModule(string file) => Path.Combine(Path.GetDirectoryName(typeof(Companion).Assembly.Location)!, "models", file);

    /// <summary>The path for a file that is given away: of what came with the module its name alone, by which it is found wherever the module lies.</summary>
    public static string Portable(string path) => Path.GetFileName(path) is { Length: > 0 } name && path == InModule(name) ? name : path;

    /// <summary>Whether its content is another than a checkpoint was trained with; one that does not say is taken as the same.</summary>
    /// <param name="here">Hashes by name.</param>
    /// <param name="trained">The checkpoint's metadata.</param>
    public static bool IsOther(IReadOnlyDictionary<string, string> here, IReadOnlyDictionary<string, string> trained) =>
        here.Any(hash => trained.TryGetValue(hash.Key, out var then) && then != hash.Value);
}
