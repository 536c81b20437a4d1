using TinySora.Engine.Errors;

namespace TinySora.Engine.Data;

/// <summary>A video to be cut, the stretches with captions, and the name its clips begin with.</summary>
internal sealed record PlannedVideo(string Path, string OutputName, IReadOnlyList<CaptionedSegment> Segments);

/// <summary>What an import is going to do, found out before anything is written.</summary>
internal static class ImportPlan
{
    private const int NameLimit = 80;

    /// <summary>The videos of files and folders, in the order given; within a folder in the order of their names.</summary>
    /// <param name="skipped">Told once about rows of the caption table that name no video here.</param>
    /// <exception cref="TinySoraException">A source is missing, there is no video, or the caption table is unreadable.</exception>
    public static IReadOnlyList<PlannedVideo> Make(
        IReadOnlyList<string> sources, string? captionsPath, Action<SkippedClip>? skipped)
    {
        var table = captionsPath is null ? null : CaptionTable.Read(captionsPath);
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var videos = new List<PlannedVideo>();
        foreach (var (path, name) in sources.SelectMany(Videos).DistinctBy(v => Path.GetFullPath(v.Path)))
        {
            var segments = table?.Find(NamesOf(path, name, captionsPath!))
                ?? [new CaptionedSegment(CaptionFile.Read(path), TimeSpan.Zero, null)];
            videos.Add(new PlannedVideo(path, UniqueName(path, taken), segments));
        }

        if (videos.Count == 0)
        {
            throw DataErrors.NoVideos(sources, ClipSource.Extensions);
        }

        if (table is { Unused: { Count: > 0 } unused })
        {
            skipped?.Invoke(new SkippedClip(captionsPath!,
                $"{unused.Count} of the videos it names are not among the sources; the first: {unused[0]}"));
        }

        return videos;
    }

    private static IEnumerable<(string Path, string Name)> Videos(string source) =>
        Directory.Exists(source) ? ClipSource.Find(source).Select(s => (s.Path, s.Name))
        : File.Exists(source) ? [(source, Path.GetFileName(source))]
        : throw DataErrors.SourceMissing(source);

    /// <summary>
    /// How a table may name a video: as seen from the table, as below the source folder, or by its file name; each also
    /// without extension.
    /// </summary>
    private static IEnumerable<string> NamesOf(string path, string name, string captionsPath)
    {
        var fromTable = Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(captionsPath))!, path).Replace('\\', '/');
        return new[] { path.Replace('\\', '/'), fromTable, name, Path.GetFileName(path) }
            .SelectMany(n => new[] { n, Path.ChangeExtension(n, null) });
    }

    /// <summary>A plain file name: letters, digits, dot, dash and underscore, so that it stays in the output folder.</summary>
    private static string UniqueName(string path, HashSet<string> taken)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        var letters = stem.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_').Take(NameLimit);
        var plain = string.Concat(letters).Trim('.', '_', '-') is { Length: > 0 } text ? text : "video";
        var name = plain;
        for (var n = 2; !taken.Add(name); n++)
        {
            name = $"{plain}_{n}";
        }

        return name;
    }
}
