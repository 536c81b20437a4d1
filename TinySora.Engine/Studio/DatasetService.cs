using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Doctor;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Gif;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Studio;

/// <summary>Shows the clips of a dataset in the studio's folder, and edits their captions.</summary>
internal sealed class DatasetService(StudioFolder folder)
{
    internal const int MaxClips = 300;

    private const int MaxProblems = 300;
    private const int MaxPictureBytes = 4 << 20;
    private const int LongestCaption = 10_000;

    private static readonly ReadOptions Preview = new() { FramesPerSecond = 8, MaxFrames = 24, ShorterSide = 96 };

    /// <summary>Returns some of the clips in a folder with their captions. Several captions of a clip are separated by line breaks.</summary>
    /// <param name="skip">Number of clips to skip, in the order of their names.</param>
    /// <exception cref="TinySoraException">OutsideFolder, FolderMissing.</exception>
    public DatasetView Clips(string dataPath, int skip = 0)
    {
        var clips = ClipSource.Find(folder.Inside(dataPath));
        return new DatasetView(clips.Count, [.. clips.Skip(skip).Take(MaxClips).Select(clip => new DatasetView.Clip(clip.Name, CaptionOf(clip)))]);
    }

    /// <summary>Reads a GIF from a dataset, or the first three seconds of a video as a GIF; returns <c>null</c> if there is no clip with this name.</summary>
    /// <exception cref="TinySoraException">OutsideFolder, FolderMissing; the video cannot be read.</exception>
    public byte[]? Picture(string dataPath, string name, CancellationToken cancellation = default) =>
        OnFailure.Return(null, () => Find(dataPath, name) is not { } clip ? null
            : ClipFile.IsGif(clip.Path) ? RegularFile.ReadAllBytes(clip.Path, MaxPictureBytes) : GifOf(ClipFile.Read(clip.Path, Preview, cancellation)));

    /// <summary>Replaces the captions of a clip that the page has shown, one caption per line.</summary>
    /// <exception cref="TinySoraException">OutsideFolder, FolderMissing, NoSuchClip, CaptionChanged, BadCaption, CannotWrite.</exception>
    /// <returns>The captions as they were stored.</returns>
    public string Caption(CaptionEdit edit)
    {
        var clip = Find(edit.DataPath, edit.Clip) ?? throw StudioErrors.NoSuchClip(edit.Clip);
        if (CaptionOf(clip) != edit.Before)
        {
            throw StudioErrors.CaptionChanged(edit.Clip);
        }

        var caption = edit.Caption ?? "";
        string[] lines = [.. caption.Split('\r', '\n').Select(line => CaptionText.Printable(line).Trim()).Where(line => line.Length > 0)];
        if (lines.Length == 0 || caption.Length > LongestCaption)
        {
            throw StudioErrors.BadCaption(edit.Clip, LongestCaption);
        }

        AtomicFile.WriteText(CaptionFile.FileOf(clip.Path), string.Join('\n', lines) + "\n", MediaErrors.CannotWrite, overwrite: true);
        return CaptionOf(clip);
    }

    /// <summary>Returns the problems that Test-TinySoraDataset finds, with clip names relative to the folder.</summary>
    /// <exception cref="TinySoraException">OutsideFolder, FolderMissing, NoClips, FFmpegMissing.</exception>
    public IReadOnlyList<DatasetProblem> Problems(string dataPath, CancellationToken cancellation)
    {
        var root = folder.Inside(dataPath);
        return
        [
            .. DatasetDoctor.Examine(root, cancellationToken: cancellation).Take(MaxProblems).Select(problem => new DatasetProblem(
                Path.GetRelativePath(root, problem.Path).Replace('\\', '/'), $"{problem.Severity}", problem.Reason, problem.Fix)),
        ];
    }

    /// <summary>Finds a clip by name. The clip must be a regular file; links that lead out of the folder are not followed.</summary>
    private ClipSource? Find(string dataPath, string name)
    {
        var root = folder.Inside(dataPath);
        var found = ClipSource.Find(root).FirstOrDefault(clip => clip.Name == name);
        return found is not null && folder.Inside(found.Path) == Path.GetFullPath(found.Path) && !RegularFile.IsSpecial(found.Path) ? found : null;
    }

    private static byte[] GifOf(Clip clip)
    {
        using var gif = new MemoryStream();
        GifCodec.Write(gif, clip);
        return gif.ToArray();
    }

    private static string CaptionOf(ClipSource clip) => string.Join('\n', CaptionFile.ReadAll(clip.Path));
}

/// <param name="Count">Number of clips in the folder.</param>
/// <param name="Clips">Some of these clips.</param>
internal sealed record DatasetView(int Count, IReadOnlyList<DatasetView.Clip> Clips)
{
    public sealed record Clip(string Name, string Caption);
}

/// <param name="Severity">Error or Warning, see <see cref="ProblemSeverity"/>.</param>
internal sealed record DatasetProblem(string Clip, string Severity, string Reason, string Fix);

/// <param name="Before">Captions that the page has shown; the stored captions must not have changed since.</param>
internal sealed record CaptionEdit(string DataPath, string Clip, string? Before, string? Caption);
