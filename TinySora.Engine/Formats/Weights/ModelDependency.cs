using TinySora.Engine.Files;

namespace TinySora.Engine.Formats.Weights;

/// <summary>
/// A file from another program or checkpoint that a model needs, for example a text encoder. The checkpoint stores a hash of the file's content. TinySora
/// looks for the file at its path, next to the checkpoint, and in the module.
/// </summary>
public static class ModelDependency
{
    /// <summary>Metadata key for the autoencoder's traits, which a model needs if the autoencoder's file is missing.</summary>
    public const string TraitsKey = "codec_traits";

    /// <summary>
    /// Returns the given path if it exists. If not, for example on another computer, returns a file with the same name next to the checkpoint or in the
    /// module.
    /// </summary>
    public static string Locate(string checkpoint, string path)
    {
        var name = path.TrimEnd('/', '\\').Split('/', '\\')[^1];
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(checkpoint))!, name);
        return new[] { path, beside, BundledPath(name) }.FirstOrDefault(Path.Exists) ?? path;
    }

    /// <summary>Returns the path that a file would have among the bundled models.</summary>
    public static string BundledPath(string file) => Path.Combine(Path.GetDirectoryName(typeof(ModelDependency).Assembly.Location)!, "models", file);

    /// <summary>
    /// Returns the path to store in files that may be shared. For a bundled file, including an equal file of another version of the module, this is only the
    /// name, which is found wherever the module is installed.
    /// </summary>
    public static string Portable(string path) =>
        Path.GetFileName(path) is { Length: > 0 } name && (path == BundledPath(name) || HaveSameContent(path, BundledPath(name))) ? name : path;

    private static bool HaveSameContent(string path, string other) =>
        FileStamp.Of(path) is { } file && file.Length == FileStamp.Of(other)?.Length
        && OnFailure.Return(false, () => File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(other)));

    /// <summary>Returns whether a dependency's content differs from the content that a checkpoint was trained with. A missing hash counts as equal.</summary>
    /// <param name="here">Current hashes by name.</param>
    /// <param name="trained">Metadata of the checkpoint.</param>
    public static bool HasChanged(IReadOnlyDictionary<string, string> here, IReadOnlyDictionary<string, string> trained) =>
        here.Any(hash => trained.TryGetValue(hash.Key, out var then) && then != hash.Value);
}
