using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Import;

/// <summary>Callbacks for skipped videos and for warnings. They are called on the thread that runs the import.</summary>
public sealed record ImportReport(Action<SkippedClip> Skipped, Action<string> Warning)
{
    /// <summary>Receives the error for each unusable source, as long as other sources are usable; <c>null</c> to stop at such a source.</summary>
    public Action<TinySoraException>? Failed { get; init; }
}

/// <summary>A video to import, and its segments with captions.</summary>
internal sealed record PlannedVideo(string Path, DatasetItem Item, IReadOnlyList<CaptionedSegment> Segments);

/// <summary>Plans an import before anything is written.</summary>
internal static class ImportPlan
{
    /// <summary>Plans the videos in files and folders, in the given order. The videos in a folder are ordered by name.</summary>
    /// <param name="folder">Output folder, whose own clips are not imported if it is among the sources; <c>null</c> if no dataset is written.</param>
    /// <param name="report">Receives one message about table rows and filter names that match no video, and one about videos without captions.</param>
    /// <exception cref="TinySoraException">A source is missing, there are no videos, or the table or the filter is unreadable or selects no videos.</exception>
    public static IReadOnlyList<PlannedVideo> Create(
        IReadOnlyList<string> sources, DatasetFolder? folder, ImportedKind kind, ImportOptions options, ImportReport report,
        CancellationToken cancellationToken)
    {
        var filter = options.FilterPath is null ? null : NameFilter.Read(options.FilterPath);
        var found = new FoundVideos(folder, kind, options, filter, report.Warning);
        var failures = new List<TinySoraException>();
        foreach (var source in sources)
        {
            try
            {
                found.Add(source, cancellationToken);
            }
            catch (TinySoraException e) when (report.Failed is not null)
            {
                failures.Add(e);
            }
        }

        found.Unread.Distinct().ToList().ForEach(report.Skipped);
        if (found.Videos.Count == 0)
        {
            throw failures.FirstOrDefault()
                ?? (found.Seen.Count > 0 ? DataErrors.NothingSelected(options.FilterPath!) : DataErrors.NoVideos(sources, ClipSource.Extensions));
        }

        failures.ForEach(report.Failed ?? (_ => { }));
        found.Texts.Select(text => CaptionFile.Problem(text.Path, text.Result)).OfType<string>().ToList().ForEach(report.Warning);
        Warn(
            report, [.. found.Texts.Where(text => text.Result.IsCleaned).Select(text => text.Path), .. found.Tables.Values.SelectMany(table => table.Cleaned)],
            "Captions from which control characters or U+FFFD were removed");
        Warn(report, [.. filter?.Unused ?? []], $"Names in '{options.FilterPath}' that match no video in the sources");
        foreach (var (path, table) in found.Tables)
        {
            Warn(report, table.Unused, $"Videos in the table '{path}' that are not in the sources");
            Warn(
                report, options.Caption is null ? [.. found.Videos.Where(IsSilent).Select(v => Path.GetFileName(v.Path))] : [], "Videos without a caption");
        }

        return Named(found.Videos);
    }

    private static void Warn(ImportReport report, IReadOnlyList<string> names, string what)
    {
        if (names.Count > 0)
        {
            report.Warning($"{what}: {names.Count}; the first is '{names[0]}'.");
        }
    }

    private static bool IsSilent(PlannedVideo video) => video.Segments.All(s => s.Captions.Count == 0);

    private static string Existing(string source) => Path.Exists(source) ? source : throw DataErrors.SourceMissing(source);

    private static IEnumerable<(string Path, string Name)> VideosIn(string place, CancellationToken cancellationToken) => File.Exists(place)
        ? [(Path.GetFullPath(place), Path.GetFileName(place))]
        : ClipSource.Find(place, cancellationToken).Select(s => (s.Path, s.Name));

    /// <summary>Finds files in a folder that look like videos and pass the filter, but are not read.</summary>
    private static IEnumerable<SkippedClip> UnreadIn(string place, NameFilter? filter, CancellationToken cancellationToken) => Directory.Exists(place)
        ? UnsupportedVideos.Find(place, cancellationToken).Where(video => filter?.Matches(Path.GetFileName(video.Path)) != false) : [];

    /// <summary>Returns a text that changes whenever the video or its captions change.</summary>
    private static string Version(string path, IReadOnlyList<CaptionedSegment> segments)
    {
        if (FileStamp.Of(path) is not { } file)
        {
            // The file was removed after its folder was read. Cutting it into clips will report the error.
            return "gone";
        }

        var said = string.Join('\n', segments.Select(s => $"{s.Start} {s.Duration} {string.Join('\t', s.Captions)}"));
        return $"{file.Length}-{file.Modified.Ticks}-{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(said)))[..16]}";
    }

    /// <summary>
    /// Returns the names by which a table may refer to a video: its path relative to the table, its path relative to the source folder, and its file name,
    /// each with and without the extension.
    /// </summary>
    private static IEnumerable<string> NamesOf(string path, string name, string captionsPath)
    {
        var fromTable = Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(captionsPath))!, path).Replace('\\', '/');
        return new[] { path.Replace('\\', '/'), fromTable, name, Path.GetFileName(path) }
            .SelectMany(n => new[] { n, Path.ChangeExtension(n, null) });
    }

    /// <summary>Creates a unique name from the portable characters in a file name, so that the clips cannot be written outside the output folder.</summary>
    private static string UniqueName(string path, HashSet<string> taken) =>
        SafeFileName.Unique(SafeFileName.From(Stem(path)) is { Length: > 0 } plain ? plain : "video", taken, '_');

    /// <summary>Gives each video a unique name. A name from an earlier run is kept, so that a new video with the same name does not rename others.</summary>
    private static List<PlannedVideo> Named(List<PlannedVideo> videos)
    {
        var taken = videos.Select(video => video.Item.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);

        // A video whose own name is portable keeps it, even if another video precedes it.
        var plain = videos.ConvertAll(video => video.Item.Name.Length == 0 && IsPlain(video.Path) && taken.Add(Stem(video.Path)) ? Stem(video.Path) : "");
        return [.. videos.Zip(plain, (video, own) =>
            video.Item.Name.Length > 0 ? video : video with { Item = video.Item with { Name = own.Length > 0 ? own : UniqueName(video.Path, taken) } })];
    }

    private static string Stem(string path) => Path.GetFileNameWithoutExtension(path);

    private static bool IsPlain(string path) => SafeFileName.From(Stem(path)) is { Length: > 0 } plain && plain == Stem(path);

    /// <summary>Videos of the sources found so far, and the files read to plan them.</summary>
    private sealed class FoundVideos
    {
        private readonly DatasetFolder? folder;
        private readonly ImportedKind kind;
        private readonly ImportOptions options;
        private readonly NameFilter? filter;
        private readonly Action<string> warning;

        /// <exception cref="TinySoraException">The table in the options is unreadable, which stops the import.</exception>
        public FoundVideos(DatasetFolder? folder, ImportedKind kind, ImportOptions options, NameFilter? filter, Action<string> warning)
        {
            (this.folder, this.kind, this.options, this.filter, this.warning) = (folder, kind, options, filter, warning);
            if (options.CaptionsPath is string path)
            {
                Tables[path] = CaptionTable.Read(path);
            }
        }

        public List<PlannedVideo> Videos { get; } = [];

        /// <summary>Paths of all videos found, selected or not.</summary>
        public HashSet<string> Seen { get; } = new(StringComparer.Ordinal);

        /// <summary>Files in source folders that look like videos but are not read.</summary>
        public List<SkippedClip> Unread { get; } = [];

        /// <summary>Caption tables by path.</summary>
        public Dictionary<string, CaptionTable> Tables { get; } = new(StringComparer.Ordinal);

        /// <summary>Text files for videos that are in no table.</summary>
        public List<(string Path, CaptionReadResult Result)> Texts { get; } = [];

        /// <summary>Adds the videos in a source, either all or none of them.</summary>
        /// <exception cref="TinySoraException">The source is missing or has an unexpected layout, or one of its files is unreadable.</exception>
        public void Add(string source, CancellationToken cancellationToken)
        {
            var place = kind.VideosOf(Existing(source));
            var tablePath = options.CaptionsPath ?? kind.CaptionsOf(source);
            if (tablePath is not null && !Tables.ContainsKey(tablePath))
            {
                Tables[tablePath] = CaptionTable.Read(tablePath);
            }

            Unread.AddRange(UnreadIn(place, filter, cancellationToken));
            var added = new List<PlannedVideo>();
            var found = VideosIn(place, cancellationToken).Where(v => folder?.IsClip(v.Path) != true && Seen.Add(v.Path) && filter?.Matches(v.Name) != false);
            foreach (var (path, name) in found)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var segments = (tablePath is null ? null : Tables[tablePath].Find(NamesOf(path, name, tablePath))) ?? [Whole(path, kind.CaptionOf(name))];
                var item = new DatasetItem(folder?.NameOf(path) ?? "", path, Version(path, segments), IsNumbered: true);
                added.Add(new PlannedVideo(path, item, segments));
            }

            Videos.AddRange(added);
            if (tablePath is null && kind.Table is string table && options.Caption is null && added.Exists(IsSilent))
            {
                warning($"'{source}' has no caption table ({table}), so its clips have no captions; specify one with -CaptionPath.");
            }
        }

        /// <param name="otherwise">Caption to use if the video has no text file; <c>null</c> for no caption.</param>
        private CaptionedSegment Whole(string path, string? otherwise)
        {
            var text = CaptionFile.Require(path);
            Texts.Add((path, text));
            var captions = text.Captions.Count == 0 && otherwise is not null ? [CaptionText.OneLine(otherwise)] : text.Captions;
            return new CaptionedSegment(captions, TimeSpan.Zero, null);
        }
    }
}
