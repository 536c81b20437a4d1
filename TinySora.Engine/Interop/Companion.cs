namespace TinySora.Engine.Interop;

/// <summary>
/// What a model needs of other programs or of another checkpoint, a text encoder for example. A checkpoint keeps the hash of its
/// content, and it is looked for at its path or beside the checkpoint.
/// </summary>
internal static class Companion
{
    /// <summary>The metadata key under which a model describes its autoencoder, as far as that can be told without the autoencoder's file.</summary>
    public const string TraitsKey = "codec_traits";

    /// <summary>Where it is now: if nothing is at its path, as on another computer, what has the same name beside the checkpoint.</summary>
    public static string Near(string checkpoint, string path)
    {
        var name = path.TrimEnd('/', '\\').Split('/', '\\')[^1];
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(checkpoint))!, name);
        return Path.Exists(path) || !Path.Exists(beside) ? path : beside;
    }

    /// <summary>Whether its content is another than a checkpoint was trained with; one that does not say is taken as the same.</summary>
    /// <param name="here">Hashes by name.</param>
    /// <param name="trained">The checkpoint's metadata.</param>
    public static bool IsOther(IReadOnlyDictionary<string, string> here, IReadOnlyDictionary<string, string> trained) =>
        here.Any(hash => trained.TryGetValue(hash.Key, out var then) && then != hash.Value);
}
