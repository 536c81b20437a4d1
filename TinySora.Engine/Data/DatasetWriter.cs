using TinySora.Engine.Errors;
using TinySora.Engine.Media;

namespace TinySora.Engine.Data;

/// <summary>
/// Writes datasets: NAME.gif with its caption in NAME.txt. Arguments are checked at once; clips are made while the result
/// is enumerated, one record for each that is on the disk.
/// </summary>
public static class DatasetWriter
{
    /// <summary>Clips of the shapes world, 00000.gif and on; clip k depends only on seed and k.</summary>
    /// <param name="imageSize">Height and width, 8 or more.</param>
    /// <param name="holdOut">Leaves out one combination in eight, for measuring (<see cref="ShapesWorld.HeldOut"/>).</param>
    /// <param name="force">Writes over files of the same name; others in the folder stay.</param>
    /// <exception cref="TinySoraException">A number out of range, or an existing file without force.</exception>
    public static IEnumerable<DatasetClip> WriteShapes(
        string folder, int count, long seed, int imageSize = 32, int frames = 5, bool holdOut = true, bool force = false,
        IProgress<DataProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Require(count >= 1, "Count", count, "1 or more");
        Require(imageSize is >= 8 and <= 4096, "ImageSize", imageSize, "8 to 4096");
        Require(frames is >= 1 and <= 1024, "Frames", frames, "1 to 1024");
        CreateFolder(folder);
        string PathOf(int k) => Path.Combine(folder, $"{k:D5}.gif");
        CheckFree(Enumerable.Range(0, count).Select(PathOf), force);
        return Write();

        IEnumerable<DatasetClip> Write()
        {
            var combinations = holdOut ? ShapesWorld.Training : ShapesWorld.AllCombinations;
            for (var k = 0; k < count; k++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var combination = ShapesWorld.Combination(combinations, seed, k);
                var clip = ShapesWorld.Render(combination, SplitMix64.Mix(seed, k), imageSize, frames);
                yield return Save(PathOf(k), clip, ShapesWorld.Caption(combination));
                progress?.Report(new DataProgress(k + 1, count, PathOf(k)));
            }
        }
    }

    /// <summary>
    /// Cuts videos into clips NAME-000.gif and on, with captions from a table or from NAME.txt beside a video. A video
    /// that cannot be read is reported, and the others go on.
    /// </summary>
    /// <param name="sources">Video files, and folders that are searched recursively.</param>
    /// <param name="skipped">Told about every video that gave no clip, and about a caption table with unknown names.</param>
    /// <exception cref="TinySoraException">
    /// A source is missing, no video, an unreadable caption table, or an existing file without force.
    /// </exception>
    public static IEnumerable<DatasetClip> ImportVideos(
        IEnumerable<string> sources, string folder, ImportOptions options, Action<SkippedClip>? skipped = null,
        IProgress<DataProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Require(options.Frames is >= 1 and <= 1024, "Frames", options.Frames, "1 to 1024");
        Require(options.Size is >= 1 and <= 4096, "ImageSize", options.Size, "1 to 4096");
        Require(options.FramesPerSecond is > 0 and <= 1000, "FramesPerSecond", options.FramesPerSecond, "above 0, at most 1000");
        Require(options.Stride is null or > 0 and < 1e6, "Stride", options.Stride ?? 0, "above 0 seconds");
        Require(options.MaxClipsPerVideo is null or >= 1, "MaxClipsPerVideo", options.MaxClipsPerVideo ?? 0, "1 or more");
        var videos = ImportPlan.Make([.. sources], options.CaptionsPath, skipped);
        CreateFolder(folder);
        CheckFree(videos.Select(v => PathOf(v, 0)), options.Force);
        return Write();

        string PathOf(PlannedVideo video, int index) => Path.Combine(folder, $"{video.OutputName}-{index:D3}.gif");

        IEnumerable<DatasetClip> Write()
        {
            for (var v = 0; v < videos.Count; v++)
            {
                var index = 0;
                foreach (var (clip, caption) in Clips(videos[v], options, skipped, cancellationToken))
                {
                    var path = PathOf(videos[v], index++);
                    CheckFree([path], options.Force);
                    yield return Save(path, clip, caption ?? options.Caption);
                }

                progress?.Report(new DataProgress(v + 1, videos.Count, videos[v].Path));
            }
        }
    }

    /// <summary>The clips of one video, ending where it cannot be read any further.</summary>
    private static IEnumerable<(Clip Clip, string? Caption)> Clips(
        PlannedVideo video, ImportOptions options, Action<SkippedClip>? skipped, CancellationToken cancellationToken)
    {
        using var clips = video.Segments
            .SelectMany(s => VideoCutter.Cut(video.Path, s, options, cancellationToken).Select(c => (c, s.Caption)))
            .Take(options.MaxClipsPerVideo ?? int.MaxValue)
            .GetEnumerator();
        for (var count = 0; ; count++)
        {
            try
            {
                if (!clips.MoveNext())
                {
                    if (count == 0)
                    {
                        skipped?.Invoke(new SkippedClip(video.Path, FormattableString.Invariant(
                            $"shorter than one clip of {options.Frames} frames at {options.FramesPerSecond} per second")));
                    }

                    yield break;
                }
            }
            catch (TinySoraException e) when (e.Kind != ErrorKind.NotInstalled)
            {
                skipped?.Invoke(new SkippedClip(video.Path, e.Message));
                yield break;
            }

            yield return clips.Current;
        }
    }

    /// <summary>The caption first: a clip that is there has its caption.</summary>
    private static DatasetClip Save(string path, Clip clip, string? caption)
    {
        CaptionFile.Write(path, caption);
        ClipFile.Write(path, clip);
        return new DatasetClip(path, caption, clip.Frames, clip.Width, clip.Height);
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DataErrors.CannotWrite(folder, e);
        }
    }

    private static void CheckFree(IEnumerable<string> paths, bool force)
    {
        var existing = force ? null : paths.FirstOrDefault(p => File.Exists(p) || File.Exists(CaptionFile.PathFor(p)));
        if (existing is not null)
        {
            throw DataErrors.OutputExists(existing);
        }
    }

    private static void Require(bool holds, string parameter, object value, string expected)
    {
        if (!holds)
        {
            throw DataErrors.OutOfRange(parameter, value, expected);
        }
    }
}
