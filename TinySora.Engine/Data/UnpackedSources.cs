namespace TinySora.Engine.Data;

/// <summary>Sources of an import with every archive unpacked, below the output folder, until this is disposed.</summary>
internal sealed class UnpackedSources(string outputFolder) : IDisposable
{
    private readonly string root = Path.Combine(outputFolder, ".tinysora", "unpacked");

    /// <exception cref="Errors.TinySoraException">An archive is damaged or not safe.</exception>
    public IReadOnlyList<string> Open(
        IEnumerable<string> sources, IProgress<DataProgress>? progress, CancellationToken cancellationToken)
    {
        // A killed run leaves its files behind.
        Dispose();
        var result = new List<string>();
        foreach (var source in sources)
        {
            if (!File.Exists(source) || !Archive.IsArchive(source))
            {
                result.Add(source);
                continue;
            }

            var folder = Path.Combine(root, result.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Archive.Unpack(source, folder, progress, cancellationToken);
            result.Add(folder);
        }

        return result;
    }

    public void Dispose()
    {
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
