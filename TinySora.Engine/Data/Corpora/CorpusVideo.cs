using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Corpora;

/// <summary>A checked video from a corpus.</summary>
/// <param name="Problem">Why the video is skipped; <c>null</c> if it is accepted.</param>
internal sealed record CorpusVideo(CaptionEntry Entry, SkippedClip? Problem, bool IsTooLong)
{
    /// <summary>Length in pixels that the shorter side is scaled to when all frames are decoded for the check; small values save time.</summary>
    private const int ShorterSide = 16;

    /// <exception cref="TinySoraException">FFmpegMissing, because the video is not the cause.</exception>
    public static CorpusVideo Inspect(CaptionEntry entry, string folder, int maxFrames, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, entry.File);
        var part = new ReadOptions { MaxFrames = maxFrames + 1, ShorterSide = ShorterSide };
        var (frames, problem) = SkippedClip.Try(path, () => ClipFile.Read(path, part, cancellationToken).Frames);
        return frames <= maxFrames ? new CorpusVideo(entry, problem, false)
            : new CorpusVideo(entry, new SkippedClip(path, $"it has more than {maxFrames} frames"), true);
    }
}
