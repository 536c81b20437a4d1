using TinySora.Engine.Files;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>Finds PyTorch weight files where a checkpoint was expected, for error messages that suggest importing these files.</summary>
internal static class ImportableWeights
{
    private const int MaximumCount = 10;

    private static readonly string[] Extensions = [".pt", ".pth", ".ckpt", ".bin"];

    /// <summary>Words that occur in the file names of autoencoders.</summary>
    private static readonly string[] AutoencoderWords = ["vae", "vq", "autoencoder", "codec"];

    /// <summary>Words that occur in the names of training files that do not contain the model.</summary>
    private static readonly string[] OtherWords = ["discriminator", "optimizer"];

    /// <summary>Returns the weight files in a folder or, if the folder does not exist, files with its name and an extension.</summary>
    /// <param name="autoencoder">Whether an autoencoder is expected; otherwise, a video model is expected.</param>
    /// <returns>Paths, starting with the most likely file.</returns>
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
