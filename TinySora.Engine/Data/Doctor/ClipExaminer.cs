using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Doctor;

/// <summary>Findings for one clip: a hash of its content and its problems.</summary>
/// <param name="Content">Hash that clips with the same content and caption share; <c>null</c> for an unusable clip.</param>
internal sealed record ClipFindings(string? Content, IReadOnlyList<ClipProblem> Problems);

/// <summary>Finds problems in the frames of a clip that training reads.</summary>
/// <param name="needs">The model's requirements; <c>null</c> to find only problems that affect every model.</param>
internal sealed class ClipExaminer(ClipRequirements? needs)
{
    /// <summary>Shape for examining clips without a configuration, with enough frames to detect motion and duplicates.</summary>
    private static readonly ClipShape AnyShape = new(Channels: 3, Frames: 256, Height: 64);

    private readonly ClipShape shape = needs?.Shape ?? AnyShape;

    /// <exception cref="TinySoraException">FFmpegMissing, because the clip is not the cause.</exception>
    public ClipFindings Examine(ClipSource source, CancellationToken cancellationToken)
    {
        var path = source.Path;
        if (source.Length == 0)
        {
            return new ClipFindings(null, [ClipProblems.NoBytes(path)]);
        }

        try
        {
            VideoInfo? video = null;
            string? complaint = null;
            var clip = shape.ReadClip(path, new ReadOptions { Opened = opened => video = opened, Complained = text => complaint = text }, cancellationToken);
            if (needs is not null && !shape.Accepts(clip))
            {
                var (frames, wanted, key) = (clip.Frames, shape.Frames, needs.Keys.Frames);
                return new ClipFindings(null, [shape.LengthRule != LengthRule.DropShort ? ClipProblems.WrongLength(path, frames, wanted, key)
                    : needs.MayPad ? ClipProblems.LeftOut(path, frames, wanted, key) : ClipProblems.NotEncoded(path, frames, wanted, key)]);
            }

            var caption = CaptionFile.Inspect(path);
            return new ClipFindings(Content(source, clip, caption.Captions), [.. ProblemsOf(path, clip, video, complaint, caption, cancellationToken)]);
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException or TinySoraException { Kind: ErrorKind.NotInstalled }))
        {
            return new ClipFindings(null, [ClipProblems.Unreadable(path, e)]);
        }
    }

    /// <param name="video">The video's properties; <c>null</c> if they are not known yet.</param>
    /// <param name="complaint">Error message of ffmpeg, which read the video all the same; <c>null</c> if there is none.</param>
    private IEnumerable<ClipProblem> ProblemsOf(
        string path, Clip clip, VideoInfo? video, string? complaint, CaptionReadResult caption, CancellationToken cancellationToken)
    {
        video ??= ClipFile.IsVideo(path) ? FFmpeg.Probe(path, cancellationToken) : null;
        if (video is not null && FFmpeg.FindTruncation(path, video, cancellationToken) is TimeSpan end)
        {
            yield return ClipProblems.Truncated(path, end);
        }
        else if (complaint is not null)
        {
            yield return ClipProblems.Damaged(path, complaint);
        }

        foreach (var fault in video is null ? [] : DisplayConversion.Notes(video.Stored).Where(note => note.IsFault))
        {
            yield return ClipProblems.NotAsShown(path, fault.Text);
        }

        var seen = Math.Min(clip.Frames, shape.Frames);
        if (shape.Frames > 1 && IsStill(clip, seen))
        {
            yield return ClipProblems.Still(path, seen);
        }

        if (needs is not null)
        {
            if (clip.Frames < shape.Frames && shape.LengthRule != LengthRule.Keep)
            {
                yield return ClipProblems.Short(path, clip.Frames, shape.Frames, needs.Keys.Frames);
            }

            // The frames of a video are already scaled, so use the size in the file.
            var (width, height) = video is null ? (clip.Width, clip.Height) : (video.Width, video.Height);
            if (width < shape.Width || height < shape.Height)
            {
                yield return height < shape.Height ? ClipProblems.Small(path, width, height, shape.Height, needs.Keys.Height)
                    : ClipProblems.Small(path, width, height, shape.Width, needs.Keys.Width);
            }
        }

        if (needs?.TakesText != false && ClipProblems.FromCaption(path, caption) is { } problem)
        {
            yield return problem;
        }
    }

    private static bool IsStill(Clip clip, int frames)
    {
        for (var f = 1; f < frames; f++)
        {
            if (!clip.Frame(f).SequenceEqual(clip.Frame(0)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Hashes a clip together with its captions, because a video with several captions may have one clip for each.</summary>
    private string Content(ClipSource source, Clip clip, IReadOnlyList<string> captions)
    {
        // Include the file length, because videos with the same beginning may differ later.
        var unseen = ClipFile.IsVideo(source.Path) && clip.Frames >= shape.Frames ? source.Length : 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<long>([clip.Frames, clip.Height, clip.Width, clip.Channels, unseen]));
        hash.AppendData(clip.Pixels);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', captions)));
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
