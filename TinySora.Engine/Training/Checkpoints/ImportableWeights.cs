using TinySora.Engine.Files;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>Files of PyTorch weights at the place where a checkpoint was expected, for errors that say what to import.</summary>
internal static class ImportableWeights
{
    private const int MaximumCount = 10;

    private static readonly string[] Extensions = [".pt", ".pth", ".ckpt", ".bin"];

    /// <summary>Words in the names of autoencoders' files.</summary>
    private static readonly string[] AutoencoderWords = ["vae", "vq", "autoencoder", "codec"];

    /// <summary>Words in the names of files that hold a part of a training, and not its model.</summary>
    private static readonly string[] OtherWords = ["discriminator", "optimizer"];

    /// <summary>Returns the files in a folder, or those that have the name of a missing folder and an extension of their own.</summary>
    /// <param name="autoencoder">Whether an autoencoder is wanted, or a model that makes videos.</param>
    /// <returns>Paths, the likeliest first.</returns>
    public static IReadOnlyList<string> At(string path, bool autoencoder)
    {
        return OnFailure.Return<IReadOnlyList<string>>([], () =>
        {
            var files = Directory.Exists(path) ? Directory.EnumerateFiles(path) : Extensions.Select(extension => path.TrimEnd('/', '\\') + extension);
            return [.. files.Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase) && File.Exists(file))
                .OrderBy(file => Has(file, OtherWords)).ThenBy(file => Has(file, AutoencoderWords) != autoencoder).ThenBy(file => file, StringComparer.Ordinal)
                .Take(MaximumCount)];
        });
    }

    private static bool Has(string file, string[] words) =>
        words.Any(word => Path.GetFileNameWithoutExtension(file).Contains(word, StringComparison.OrdinalIgnoreCase));
}
