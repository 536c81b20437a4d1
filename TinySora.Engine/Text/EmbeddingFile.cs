using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using static TorchSharp.torch;

namespace TinySora.Engine.Text;

/// <summary>
/// Vectors of texts in a safetensors file. Row i of <c>vectors</c> belongs to the text whose SHA-256 hash is row i of <c>texts</c>.
/// </summary>
internal static class EmbeddingFile
{
    /// <summary>Version of tokenization and pooling. Increase it if either changes, so that older files are replaced.</summary>
    private const string Version = "1";

    private const string VersionKey = "version";
    private const string HashKey = "sha256";

    /// <summary>Reads the vectors of those texts that the file contains.</summary>
    /// <returns>The texts and their vectors (N, width); none if the file is missing or corrupt, or has another width.</returns>
    public static (IReadOnlyList<string> Texts, Tensor Vectors) Read(string path, IEnumerable<string> texts, int width)
    {
        using var scope = NewDisposeScope();
        try
        {
            using var file = SafetensorsFile.Open(path);
            var (keys, vectors) = (file.Read("texts"), file.Read("vectors"));
            if (file.Metadata.GetValueOrDefault(VersionKey) == Version && file.Metadata.GetValueOrDefault(HashKey) == Hash(keys, vectors)
                && vectors.shape is [var count, var columns] && columns == width && keys.shape is [var rows, SHA256.HashSizeInBytes]
                && rows == count && vectors.dtype == ScalarType.Float32 && keys.dtype == ScalarType.Byte)
            {
                var row = keys.data<byte>().ToArray().Chunk(SHA256.HashSizeInBytes).Select((key, i) => (Key: Convert.ToHexString(key), i))
                    .ToDictionary(pair => pair.Key, pair => (long)pair.i);
                var found = texts.Where(text => row.ContainsKey(Convert.ToHexString(Key(text)))).ToList();
                var chosen = vectors.index_select(0, tensor(found.Select(text => row[Convert.ToHexString(Key(text))]).ToArray()));
                return (found, chosen.MoveToOuterDisposeScope());
            }
        }
        catch (TinySoraException)
        {
            // Ignore the failure: a missing or corrupt file is not an error, because the vectors can be computed again.
        }

        return ([], zeros(0, width).MoveToOuterDisposeScope());
    }

    /// <exception cref="TinySoraException">CannotWrite.</exception>
    public static void Write(string path, IReadOnlyCollection<string> texts, Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var keys = tensor(texts.SelectMany(Key).ToArray(), [texts.Count, SHA256.HashSizeInBytes]);
        var values = vectors.cpu();
        var metadata = new Dictionary<string, string> { [VersionKey] = Version, [HashKey] = Hash(keys, values) };
        SafetensorsFile.Write(path, metadata, [("texts", keys), ("vectors", values)]);
    }

    private static byte[] Key(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static string Hash(Tensor keys, Tensor vectors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(keys.bytes);
        hash.AppendData(vectors.bytes);
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
