using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Data.Corpora;

/// <summary>Options for splitting a corpus.</summary>
public sealed record MsrVttSplitOptions
{
    /// <summary>Whether <c>annotations.json</c> gets one object per caption, as written by early Open-Sora versions, instead of one per video.</summary>
    public bool EntryPerCaption { get; init; }

    /// <summary>Whether to copy every video again and to overwrite other files with the same names.</summary>
    public bool Force { get; init; }
}

/// <summary>A split of a corpus: a folder with annotations.json and videos/.</summary>
/// <param name="Split">train, val or test.</param>
/// <param name="CaptionPath">Path of its annotations.json.</param>
/// <param name="VideoPath">Folder of its videos.</param>
/// <param name="Videos">Number of videos.</param>
/// <param name="Captions">Total number of captions for all videos.</param>
/// <param name="Skipped">Videos in the split's list that could not be included, and why.</param>
public sealed record CorpusSplit(
    string Split, string CaptionPath, string VideoPath, int Videos, int Captions, TextList<SkippedClip> Skipped)
{
    /// <summary>Returns the path, so that the object can be passed to commands that read files.</summary>
    public override string ToString() => Path.GetDirectoryName(CaptionPath)!;
}

/// <summary>
/// Converts MSR-VTT to the layout of early Open-Sora versions: SPLIT/annotations.json and copies of the videos in SPLIT/videos. Complete copies are kept,
/// so an interrupted run can resume.
/// </summary>
public static class MsrVttSplitter
{
    /// <summary>Checks the source immediately, and writes each split while the result is enumerated.</summary>
    /// <param name="source">Folder with the dataset, or an archive of that folder.</param>
    /// <param name="report">Receives every video that is missing from a split, and every ID that is in no split.</param>
    /// <exception cref="TinySoraException">
    /// Parts of the tree are missing, its files are unreadable, the archive is unsafe, or a file exists and Force is not set.
    /// </exception>
    public static IEnumerable<CorpusSplit> Split(
        string source, string folder, MsrVttSplitOptions options, ImportReport report, IProgress<ItemProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var unpacked = new UnpackedSources(folder);
        try
        {
            if (!Path.Exists(source))
            {
                throw DataErrors.SourceMissing(source);
            }

            var tree = MsrVttTree.Open(unpacked.Open([source], progress, cancellationToken)[0]);
            var rows = tree.Captions();
            var ids = MsrVttTree.Splits.ToDictionary(split => split, tree.Ids);
            return Write(tree, rows, ids);
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }

        IEnumerable<CorpusSplit> Write(MsrVttTree tree, IReadOnlyList<CaptionRow> rows, Dictionary<string, IReadOnlySet<string>> ids)
        {
            using var open = unpacked;
            var unknown = rows.Select(row => row.Video).Distinct().Where(id => !ids.Values.Any(split => split.Contains(id)));
            foreach (var id in unknown)
            {
                report.Warning($"The video '{id}' was skipped because it does not belong to any split.");
            }

            foreach (var split in MsrVttTree.Splits)
            {
                var writer = new Writer(tree, Path.Combine(folder, split), options, report, progress, cancellationToken);
                yield return writer.Write(split, rows, ids[split]);
            }
        }
    }

    private sealed class Writer(
        MsrVttTree tree, string folder, MsrVttSplitOptions options, ImportReport report, IProgress<ItemProgress>? progress,
        CancellationToken cancellationToken)
    {
        private readonly string annotations = Path.Combine(folder, "annotations.json");
        private readonly string videos = Path.Combine(folder, "videos");
        private readonly List<SkippedClip> skipped = [];

        public CorpusSplit Write(string split, IReadOnlyList<CaptionRow> rows, IReadOnlySet<string> ids)
        {
            var captioned = rows.Select(row => row.Video).ToHashSet(StringComparer.Ordinal);
            var present = ids.Where(id => IsUsable(id, captioned.Contains(id))).ToHashSet(StringComparer.Ordinal);
            var kept = rows.Where(row => present.Contains(row.Video)).ToList();
            var entries = options.EntryPerCaption
                ? kept.SelectMany(row => row.Captions, (row, caption) => new CaptionEntry(FileOf(row.Video), [caption]))
                : kept.GroupBy(row => row.Video, (id, same) => new CaptionEntry(FileOf(id), [.. same.SelectMany(row => row.Captions)]));
            var text = CaptionEntry.ToJson(entries);
            OnFailure.Throw(folder, DataErrors.CannotWrite, () =>
            {
                Directory.CreateDirectory(videos);
                if (!options.Force && FileContent.IsTaken(annotations) && !IsThere(text))
                {
                    throw DataErrors.OutputExists(annotations);
                }

                var done = 0;
                foreach (var video in present.Select(FileOf))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Copy(tree.PathOf(video), Path.Combine(videos, video));
                    progress?.Report(new ItemProgress(++done, present.Count, Path.Combine(split, video)));
                }
            });

            // Written last, so that its existence marks a complete split.
            if (options.Force || !IsThere(text))
            {
                AtomicFile.WriteText(annotations, text, DataErrors.CannotWrite, options.Force);
            }

            return new CorpusSplit(split, annotations, videos, present.Count, kept.Sum(row => row.Captions.Count), [.. skipped]);
        }

        private bool IsThere(string text) =>
            OnFailure.Throw(folder, DataErrors.CannotWrite, () => File.Exists(annotations) && File.ReadAllText(annotations) == text);

        private static string FileOf(string id) => id + ".mp4";

        private bool IsUsable(string id, bool isCaptioned)
        {
            // The ID comes from an untrusted file and becomes a name in the output folder.
            var isName = id.IndexOfAny(['/', '\\', ':', '\0']) < 0;
            var reason = !isName ? "its ID is not a valid file name"
                : !File.Exists(tree.PathOf(FileOf(id))) ? "the file is missing"
                : !isCaptioned ? "it has no caption"
                : null;
            if (reason is not null)
            {
                var skip = new SkippedClip(isName ? tree.PathOf(FileOf(id)) : id, reason);
                skipped.Add(skip);
                report.Skipped(skip);
            }

            return reason is null;
        }

        private void Copy(string from, string to)
        {
            if (FileContent.IsTaken(to) && !options.Force)
            {
                if (FileStamp.Of(to) is { } copy && copy.Length == FileStamp.Of(from)?.Length)
                {
                    return;
                }

                throw DataErrors.OutputExists(to);
            }

            AtomicFile.WriteStream(to, output =>
            {
                using var input = File.OpenRead(from);
                input.CopyToAsync(output, cancellationToken).GetAwaiter().GetResult();
            }, (path, e) => DataErrors.CannotWrite(folder, e), options.Force);
        }
    }
}
