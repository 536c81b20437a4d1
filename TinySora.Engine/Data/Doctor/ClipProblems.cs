using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Formats;
using static TinySora.Engine.Data.Doctor.ClipProblemKind;
using static TinySora.Engine.Data.Doctor.ProblemSeverity;

namespace TinySora.Engine.Data.Doctor;

/// <summary>The texts of all problems.</summary>
internal static class ClipProblems
{
    private const string Replace = "Make or download the file again, or take it out of the folder.";

    public static ClipProblem BrokenOff(string path, TimeSpan end) => new(
        path, Corrupt, Warning, FormattableString.Invariant($"it breaks off after {end.TotalSeconds:0.0} s and says to be longer"), Replace);

    public static ClipProblem NotAsShown(string path, string what) => new(
        path, Unconverted, Warning, $"is {what}", "Install another ffmpeg, convert the file, or take it out of the folder.");

    public static ClipProblem Unreadable(string path, Exception cause)
    {
        if (cause is TinySoraException { Id: MediaErrors.TooLargeId } large)
        {
            return new ClipProblem(path, TooLarge, Error, Short(large.Message, path), large.Advice);
        }

        if (FileSignature.OfOtherFormat(path) is { } other)
        {
            var fix = ClipSource.Extensions.Contains(other.Extension)
                ? $"Rename it so that it ends in {other.Extension}."
                : "Take it out of the folder, or put the clip itself there.";
            return new ClipProblem(path, OtherFormat, Error, $"is {other.Name}, not what its name ends in", fix);
        }

        return cause is TinySoraException known
            ? new ClipProblem(path, Corrupt, Error, Short(known.Message, path), known.Advice)
            : new ClipProblem(path, Corrupt, Error, $"{cause.GetType().Name}: {cause.Message}", Replace);
    }

    public static ClipProblem Unread(UnreadVideo video) => new(
        video.Path, OtherFormat, Error, video.Format, $"{char.ToUpperInvariant(video.Fix[0])}{video.Fix[1..]}.");

    public static ClipProblem NoBytes(string path) => new(path, Empty, Error, "the file is empty", Replace);

    public static ClipProblem WrongLength(string path, int frames, int wanted, string key) => new(
        path, OtherLength, Error, $"has {Frames(frames)}, not the {wanted} of {key}",
        $"Set trainer.force_num_frames: true to have clips cut or filled up, or change {key}.");

    public static ClipProblem Repeats(string path, string first) => new(
        path, Duplicate, Warning, $"shows the same, with the same caption, as '{first}'",
        "Take one of them out, unless the clip shall count twice.");

    public static ClipProblem Still(string path, int frames) => new(
        path, Static, Warning, frames == 1 ? "has one frame" : $"does not move: its {frames} frames are equal",
        "Take it out: a model of videos learns from it to stand still.");

    public static ClipProblem Short(string path, int frames, int wanted, string key) => new(
        path, TooShort, Warning, $"has {Frames(frames)}, and {key} is {wanted}; the rest is filled up with black",
        $"Make a longer clip, take it out, or set {key} lower.");

    public static ClipProblem LeftOut(string path, int frames, int wanted, string key) => new(
        path, TooShort, Error, $"has {Frames(frames)}, fewer than the {wanted} of {key}",
        "Make a longer clip, or set trainer.drop_short_clips: false to have it filled up with black.");

    public static ClipProblem Small(string path, int width, int height, int wanted, string key) => new(
        path, TooSmall, Warning, $"has {width}x{height} pixels, and {key} is {wanted}; it is enlarged and looks soft",
        $"Make a larger clip, take it out, or set {key} lower.");

    /// <returns>null for a caption without fault.</returns>
    public static ClipProblem? OfCaption(string path, CaptionLook caption)
    {
        var file = Path.GetFileName(CaptionFile.FileOf(path));
        return caption.State switch
        {
            CaptionState.Missing => new ClipProblem(path, CaptionMissing, Warning, $"has no caption: there is no file '{file}'",
                $"Write one sentence that says what the clip shows into '{file}'."),
            CaptionState.Empty => new ClipProblem(path, CaptionEmpty, Warning, $"its caption '{file}' is empty",
                "Write one sentence that says what the clip shows into it."),
            CaptionState.Unreadable => new ClipProblem(path, CaptionUnreadable, Warning, $"its caption '{file}' cannot be used: {caption.Reason}",
                "Save the file as plain text in UTF-8."),
            _ => null,
        };
    }

    private static string Frames(int count) => count == 1 ? "1 frame" : $"{count} frames";

    /// <summary>Errors name the file; in a record with a path that is once too often.</summary>
    private static string Short(string message, string path) =>
        message.Replace($"'{path}' ", "", StringComparison.Ordinal).Replace($" '{path}'", "", StringComparison.Ordinal);
}
