using System.Text.Json;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Kinds;

/// <summary>
/// Writes datasets of clips (NAME.gif or NAME.mp4) with captions in NAME.txt. Arguments are checked immediately. Clips are written in parallel while the
/// result is enumerated, which yields one record per clip, in order. Clips that an interrupted run with the same arguments has written are kept and
/// enumerated like all others.
/// </summary>
public static class DatasetWriter
{
    /// <summary>Returns whether the sources include an archive, whose content is unknown until it is unpacked.</summary>
    public static bool HasArchive(IEnumerable<string> sources) => sources.Any(Archive.IsArchive);

    /// <summary>Checks that a folder contains only clips from folders that TinySora has written to, so that drawn clips do not mix with the user's.</summary>
    /// <exception cref="TinySoraException">OwnClips, FolderUnreadable.</exception>
    public static void RequireNoOwnClips(string folder, CancellationToken cancellationToken = default)
    {
        if (Directory.Exists(folder) && !IsLogged(folder)
            && ClipSource.Find(folder, cancellationToken).FirstOrDefault(clip => !Folders(clip).Any(IsLogged)) is ClipSource own)
        {
            throw DataErrors.OwnClips(folder, own.Name);
        }

        static bool IsLogged(string folder) => File.Exists(OutputLog.PathIn(folder));

        // The folder may contain other datasets.
        IEnumerable<string> Folders(ClipSource clip)
        {
            for (var name = Path.GetDirectoryName(clip.Name); name is { Length: > 0 }; name = Path.GetDirectoryName(name))
            {
                yield return Path.Combine(folder, name);
            }
        }
    }

    /// <summary>Draws the clips that the kind lists, usually named 00000.gif and so on. Clip k depends only on the options and k.</summary>
    /// <param name="warning">Receives a sentence about clips that are not rewritten because the user edited, renamed or deleted them.</param>
    /// <param name="failed">Receives the error for each unusable file that the clips can be drawn without; <c>null</c> to stop at such a file.</param>
    /// <exception cref="TinySoraException">An option is out of range, or a file that is not from this command exists and Force is not set.</exception>
    public static IEnumerable<DatasetClip> Draw(
        string folder, SyntheticKind kind, DrawOptions options, IProgress<ItemProgress>? progress = null,
        Action<string>? warning = null, Action<TinySoraException>? failed = null, CancellationToken cancellationToken = default)
    {
        ParameterRange.Require(options.Count >= 1, "Count", options.Count, "1 or more");
        ParameterRange.Require(options.Frames is >= 1 and <= 1024, "Frames", options.Frames, "1 to 1024");
        var draw = failed is null ? kind.Open(options) : kind.Open(options, failed);
        RequireClip(options.Frames, options.Size, options.Width ?? options.Size);
        var output = new DatasetFolder(folder, Recipe(kind, options), options.Format, options.Force);
        var clips = kind.Clips(options.Count).Select(NotCancelled).ToList();
        output.CheckFree(clips.Select(c => new DatasetItem(NotCancelled(c).Name)));
        return Write();

        NumberedClip NotCancelled(NumberedClip clip)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return clip;
        }

        IEnumerable<DatasetClip> Write()
        {
            using var open = output;
            var atOnce = OrderedParallel.GetConcurrency(3L * options.Frames * options.Size * (options.Width ?? options.Size));
            var written = OrderedParallel.Select(
                clips, atOnce,
                (c, stop) => output.Write(new DatasetItem(c.Name), Enumerable.Range(c.Number, 1).Select(draw), stop).SingleOrDefault(), cancellationToken);
            var done = 0;
            foreach (var clip in written)
            {
                if (clip is not null)
                {
                    yield return clip;
                }

                progress?.Report(new ItemProgress(++done, clips.Count, clip?.Path ?? clips[done - 1].Name));
            }

            output.Report(warning ?? (_ => { }));
        }
    }

    /// <summary>
    /// Cuts videos into clips named NAME-000.gif and so on, with captions from a table or from NAME.txt next to the video. Videos that cannot be read are
    /// reported and skipped.
    /// </summary>
    /// <param name="sources">Video files, folders to search recursively, and archives of such folders.</param>
    /// <param name="report">Receives every video without clips, and missing or unused captions.</param>
    /// <exception cref="TinySoraException">
    /// A source is missing or an archive unsafe, there are no videos, the caption table or filter is unreadable, or a file that is not from this command
    /// exists and Force is not set. During enumeration: TooManyClips, or NoUsableVideos if no video has clips.
    /// </exception>
    public static IEnumerable<DatasetClip> Import(
        IEnumerable<string> sources, string folder, ImportedKind kind, ImportOptions options, ImportReport report,
        IProgress<ItemProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options = Checked(options) with { Caption = options.Caption is null ? null : OneLine(options.Caption, report.Warning) };
        var count = new ClipCount(folder, options.MaxClips);
        var unpacked = new UnpackedSources(folder) { Failed = report.Failed };
        try
        {
            var output = new DatasetFolder(folder, Recipe(kind, options), options.Format, options.Force);
            var videos = ImportPlan.Create(unpacked.Open(sources, progress, cancellationToken), output, kind, options, report, cancellationToken);
            output.CheckFree(videos.Select(v => v.Item));
            return Write(videos, output);
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }

        IEnumerable<DatasetClip> Write(IReadOnlyList<PlannedVideo> videos, DatasetFolder output)
        {
            using var sourcesOpen = unpacked;
            using var open = output;
            var written = OrderedParallel.Select(
                Enumerable.Range(0, videos.Count), OrderedParallel.GetConcurrency(VideoCutter.Bytes(options)),
                (v, stop) => Cut(videos[v], v, output, stop), cancellationToken);
            var (done, made) = (0, 0);
            SkippedClip? first = null;
            var allNotes = new PictureNotes();
            foreach (var (clips, skipped, notes) in written)
            {
                allNotes.Add(videos[done].Path, notes);
                skipped.ForEach(report.Skipped);
                first ??= skipped.FirstOrDefault();
                foreach (var clip in clips)
                {
                    made++;
                    yield return clip;
                }

                progress?.Report(new ItemProgress(++done, videos.Count, videos[done - 1].Path));
            }

            allNotes.Report(report.Warning);
            output.Report(report.Warning);
            if (made == 0 && first is not null)
            {
                throw DataErrors.NoUsableVideos(videos.Count, first.Path, first.Reason);
            }
        }

        (List<DatasetClip> Clips, List<SkippedClip> Skipped, IEnumerable<PictureNote> Notes) Cut(
            PlannedVideo video, int number, DatasetFolder output, CancellationToken stop)
        {
            var skipped = new List<SkippedClip>();
            var cutter = new VideoCutter(options, report with { Skipped = skipped.Add }, stop);
            return (count.Counted(clips => output.Write(video.Item, clips, stop), cutter.Clips(video, number)), skipped, cutter.Notes);
        }
    }

    /// <summary>Rejects import options that are out of range.</summary>
    private static ImportOptions Checked(ImportOptions options)
    {
        ParameterRange.Require(options.Frames is >= 1 and <= 1024, "Frames", options.Frames, "1 to 1024");
        ParameterRange.Require(options.Size is >= 1 and <= 4096, "ImageSize", options.Size, "1 to 4096");
        RequireClip(options.Frames, options.Size, options.Size);
        ParameterRange.Require(options.FramesPerSecond is > 0 and <= 1000, "FramesPerSecond", options.FramesPerSecond, "a number above 0 and at most 1000");
        ParameterRange.Require(options.Stride is null or > 0 and < 1e6, "Stride", options.Stride ?? 0, "above 0 seconds");
        ParameterRange.Require(options.Duration is null or > 0 and < 1e6, "Duration", options.Duration ?? 0, "above 0 seconds");
        ParameterRange.Require(options.MaxClipsPerVideo is null or >= 1, "MaxClipsPerVideo", options.MaxClipsPerVideo ?? 0, "1 or more");
        ParameterRange.Require(options.MaxClips >= 1, "MaxClips", options.MaxClips, "1 or more");
        VideoCutter.CheckRate(options);
        return options;
    }

    /// <summary>Rejects clips that are too large for this program to read.</summary>
    private static void RequireClip(int frames, int height, int width)
    {
        var most = MediaLimits.DecodedBytes / (3L * height * width);
        ParameterRange.Require(frames <= most, "Frames", frames, $"1 to {most}, so that a clip of this size stays below 1 GiB");
    }

    /// <summary>
    /// Joins the lines of a caption for all clips, because each line in a caption file is a separate caption; returns <c>null</c> if there is no text.
    /// </summary>
    private static string? OneLine(string caption, Action<string> warning)
    {
        if (CaptionText.HasUnprintable(caption))
        {
            warning("The caption for all clips contained control characters or U+FFFD, which were removed.");
        }

        return CaptionText.OneLine(caption) is { Length: > 0 } line ? line : null;
    }

    private static string Recipe<TOptions>(DatasetKind kind, TOptions options) => $"{kind.Name} {JsonSerializer.Serialize(options)}";

    /// <summary>Counts the clips of an import across threads.</summary>
    private sealed class ClipCount(string folder, int limit)
    {
        private long total;

        /// <summary>Writes clips and counts them, including clips that an earlier run has written.</summary>
        /// <exception cref="TinySoraException">TooManyClips, before the first clip beyond the limit is written.</exception>
        public List<DatasetClip> Counted(Func<IEnumerable<CaptionedClip>, IEnumerable<DatasetClip>> write, IEnumerable<CaptionedClip> clips)
        {
            var made = 0;
            var written = write(clips.Select(clip =>
            {
                Add(1);
                made++;
                return clip;
            })).ToList();
            Add(written.Count - made);
            return written;
        }

        private void Add(int clips)
        {
            if (Interlocked.Add(ref total, clips) > limit)
            {
                throw DataErrors.TooManyClips(folder, limit);
            }
        }
    }
}
