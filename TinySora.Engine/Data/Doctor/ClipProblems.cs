using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Media.Formats;
using static TinySora.Engine.Data.Doctor.ClipProblemKind;
using static TinySora.Engine.Data.Doctor.ProblemSeverity;

namespace TinySora.Engine.Data.Doctor;

/// <summary>Creates the records that describe problems with clips.</summary>
internal static class ClipProblems
{
    private const string Replace = "Create or download the file again, or remove it from the folder.";

    public static ClipProblem Truncated(string path, TimeSpan end) => new(
        path, Corrupt, Warning, FormattableString.Invariant($"is truncated after {end.TotalSeconds:0.0} s, although it declares a longer duration"), Replace);

    public static ClipProblem Damaged(string path, string complaint) => new(
        path, Corrupt, Warning, $"contains damaged frames: {complaint}", Replace);

    public static ClipProblem NotAsShown(string path, string what) => new(
        path, Unconverted, Warning, $"is {what}", "Install another build of ffmpeg, convert the file, or remove it from the folder.");

    public static ClipProblem Unreadable(string path, Exception cause)
    {
        if (cause is TinySoraException { Id: MediaErrors.TooLargeId } large)
        {
            return new ClipProblem(path, TooLarge, Error, Short(large.Message, path), large.Advice);
        }

        if (FileSignature.OfOtherFormat(path) is { } other)
        {
            var fix = ClipSource.Extensions.Contains(other.Extension)
                ? $"Change its extension to {other.Extension}."
                : "Remove the file from the folder, or replace it with the actual clip.";
            return new ClipProblem(path, OtherFormat, Error, $"is {other.Name}, which does not match its extension", fix);
        }

        return cause is TinySoraException known
            ? new ClipProblem(path, Corrupt, Error, Short(known.Message, path), known.Advice)
            : new ClipProblem(path, Corrupt, Error, $"{cause.GetType().Name}: {cause.Message}", Replace);
    }

    public static ClipProblem Unsupported(UnsupportedVideo video) => new(
        video.Path, OtherFormat, Error, video.Format, $"{char.ToUpperInvariant(video.Fix[0])}{video.Fix[1..]}.");

    public static ClipProblem NoBytes(string path) => new(path, Empty, Error, "is an empty file", Replace);

    public static ClipProblem WrongLength(string path, int frames, int wanted, string key) => new(
        path, OtherLength, Error, $"has {Frames(frames)}, but {key} is {wanted}",
        $"Set trainer.force_num_frames: true to cut or pad clips, or change {key}.");

    public static ClipProblem Repeats(string path, string first) => new(
        path, Duplicate, Warning, $"has the same content and caption as '{first}'",
        "Remove one of the two clips, unless the clip is meant to count twice.");

    public static ClipProblem Still(string path, int frames) => new(
        path, Static, Warning, frames == 1 ? "has only one frame, so nothing moves" : $"shows no motion: its {frames} frames are identical",
        "Remove the clip. Models that train on such clips learn to generate videos without motion.");

    public static ClipProblem Short(string path, int frames, int wanted, string key) => new(
        path, TooShort, Warning, $"has {Frames(frames)}, but {key} is {wanted}; the rest is padded with black",
        $"Create a longer clip, remove this one, or reduce {key}.");

    public static ClipProblem LeftOut(string path, int frames, int wanted, string key) => new(
        path, TooShort, Error, $"has {Frames(frames)}, but {key} is {wanted}",
        "Create a longer clip, or set trainer.drop_short_clips: false to pad it with black.");

    public static ClipProblem NotEncoded(string path, int frames, int wanted, string key) => new(
        path, TooShort, Error, $"has {Frames(frames)}, but training requires at least {wanted}",
        $"Create a longer clip, remove this one, or reduce {key}.");

    public static ClipProblem Small(string path, int width, int height, int wanted, string key) => new(
        path, TooSmall, Warning, $"has {width}x{height} pixels, but {key} is {wanted}; enlarging the clip makes it blurry",
        $"Create a larger clip, remove this one, or reduce {key}.");

    /// <returns>The problem; <c>null</c> if there is none.</returns>
    public static ClipProblem? FromCaption(string path, CaptionReadResult caption)
    {
        var file = Path.GetFileName(CaptionFile.FileOf(path));
        return caption.State switch
        {
            CaptionState.Missing => new ClipProblem(path, CaptionMissing, Warning, $"has no caption: the file '{file}' is missing",
                $"Describe the clip in one sentence in '{file}'."),
            CaptionState.Empty => new ClipProblem(path, CaptionEmpty, Warning, $"has an empty caption file '{file}'",
                "Describe the clip in one sentence in this file."),
            CaptionState.Unreadable => new ClipProblem(path, CaptionUnreadable, Warning, $"has an unusable caption file '{file}': {caption.Reason}",
                "Save the file as plain text in UTF-8."),
            _ => null,
        };
    }

    private static string Frames(int count) => Plural.Count(count, "frame");

    /// <summary>Removes the file name from an error message, because the record already contains the path.</summary>
    private static string Short(string message, string path) =>
        message.Replace($"'{path}' ", "", StringComparison.Ordinal).Replace($" '{path}'", "", StringComparison.Ordinal);
}
