using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Import;

/// <summary>A video to be made into clips, and its stretches with captions.</summary>
internal sealed record PlannedVideo(string Path, DatasetItem Item, IReadOnlyList<CaptionedSegment> Segments);

/// <summary>What an import is going to do, found out before anything is written.</summary>
internal static class ImportPlan
{
    private const int NameLimit = 80;

    /// <summary>The videos of files and folders, in the order given; within a folder in the order of their names.</summary>
    /// <param name="folder">Where the clips go, which may lie among the sources; null: nowhere among them.</param>
    /// <param name="report">Told once about rows and names of the filter that name no video here, and once about videos without a caption.</param>
    /// <exception cref="TinySoraException">A source is missing, there is no video, or the table or the filter is unreadable or selects none.</exception>
    public static IReadOnlyList<PlannedVideo> Make(
        IReadOnlyList<string> sources, DatasetFolder? folder, ImportedKind kind, ImportOptions options, ImportReport report,
        CancellationToken cancellationToken)
    {
        var filter = options.FilterPath is null ? null : NameFilter.Read(options.FilterPath);
        var tables = new Dictionary<string, CaptionTable>(StringComparer.Ordinal);
        var videos = new List<PlannedVideo>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            var place = kind.VideosOf(Existing(source));
            var tablePath = options.CaptionsPath ?? kind.CaptionsOf(source);
            if (tablePath is not null && !tables.ContainsKey(tablePath))
            {
                tables[tablePath] = CaptionTable.Read(tablePath);
            }

            var before = videos.Count;
            var found = VideosIn(place, cancellationToken).Where(v => folder?.IsClip(v.Path) != true && seen.Add(v.Path) && filter?.Matches(v.Name) != false);
            foreach (var (path, name) in found)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var segments = (tablePath is null ? null : tables[tablePath].Find(NamesOf(path, name, tablePath))) ?? [Whole(path, kind.CaptionOf(name))];
                var item = new DatasetItem(folder?.NameOf(path) ?? "", path, Version(path, segments), IsNumbered: true);
                videos.Add(new PlannedVideo(path, item, segments));
            }

            if (tablePath is null && kind.Table is string table && options.Caption is null && videos.Skip(before).Any(IsSilent))
            {
                report.Warning($"'{source}' has no table of captions ({table}), so that clips have none; name one with -CaptionPath.");
            }
        }

        if (videos.Count == 0)
        {
            throw seen.Count > 0 ? DataErrors.NothingSelected(options.FilterPath!) : DataErrors.NoVideos(sources, ClipSource.Extensions);
        }

        Warn([.. filter?.Unused ?? []], $"of the names in '{options.FilterPath}' are not among the sources");
        foreach (var (path, table) in tables)
        {
            Warn(table.Unused, $"of the videos that '{path}' names are not among the sources");
            Warn([.. videos.Where(IsSilent).Select(v => Path.GetFileName(v.Path))], "videos have no caption");
        }

        return Named(videos);

        void Warn(IReadOnlyList<string> names, string what)
        {
            if (names.Count > 0)
            {
                report.Warning($"{names.Count} {what}; the first: {names[0]}");
            }
        }
    }

    private static bool IsSilent(PlannedVideo video) => video.Segments.All(s => s.Captions.Count == 0);

    private static string Existing(string source) => Path.Exists(source) ? source : throw DataErrors.SourceMissing(source);

    private static IEnumerable<(string Path, string Name)> VideosIn(string place, CancellationToken cancellationToken) => File.Exists(place)
        ? [(Path.GetFullPath(place), Path.GetFileName(place))]
        : ClipSource.Find(place, cancellationToken).Select(s => (s.Path, s.Name));

    /// <param name="otherwise">What is said where there is no text file.</param>
    private static CaptionedSegment Whole(string path, string? otherwise)
    {
        var captions = CaptionFile.Require(path);
        return new CaptionedSegment(captions.Count == 0 && otherwise is not null ? [otherwise] : captions, TimeSpan.Zero, null);
    }

    /// <summary>Differs when the video or what was said of it does.</summary>
    private static string Version(string path, IReadOnlyList<CaptionedSegment> segments)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            // Removed since the folder was read: the cutter says so.
            return "gone";
        }

        var said = string.Join('\n', segments.Select(s => $"{s.Start} {s.Duration} {string.Join('\t', s.Captions)}"));
        return $"{file.Length}-{file.LastWriteTimeUtc.Ticks}-{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(said)))[..16]}";
    }

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

    /// <summary>Gives each video a name of its own: the one that an earlier run gave it, so that a new video of the same name renames no other.</summary>
    private static List<PlannedVideo> Named(List<PlannedVideo> videos)
    {
        var taken = videos.Select(video => video.Item.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return videos.ConvertAll(video =>
            video.Item.Name.Length > 0 ? video : video with { Item = video.Item with { Name = UniqueName(video.Path, taken) } });
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
