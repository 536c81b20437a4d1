using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Views;

/// <summary>A clip in a dataset preview.</summary>
/// <param name="Number">Number shown under its image, from 1.</param>
public sealed record PreviewCell(int Number, string Path, string? Caption);

/// <summary>First frames of randomly chosen clips, numbered and with captions, in one image.</summary>
/// <param name="Picture">The preview image: one frame with three channels.</param>
/// <param name="Frames">Frame shown in each cell, as a clip with one frame and three channels.</param>
public sealed record DatasetPreview(Clip Picture, IReadOnlyList<Clip> Frames, IReadOnlyList<PreviewCell> Cells)
{
    /// <summary>Comment in the files of previews, by which <see cref="IsPreview"/> recognizes them.</summary>
    private const string Comment = "TinySora dataset preview";

    /// <summary>Cell size in pixels. Frames are scaled to this size so that a caption fits underneath.</summary>
    private const int CellSide = 192;

    /// <summary>Maximum ratio of sides at which a frame is shown uncropped.</summary>
    private const int LongestCell = 4;

    /// <summary>Returns the number of clips to choose from.</summary>
    /// <exception cref="TinySoraException">The folder is missing, or has no clips.</exception>
    public static int Count(string folder, CancellationToken cancellationToken = default) => ClipSource.Require(folder, cancellationToken).Count;

    /// <param name="count">Number of clips to show; all if there are fewer.</param>
    /// <param name="skipped">Receives clips that cannot be read and are replaced by others.</param>
    /// <exception cref="TinySoraException">The folder is missing, or has no clips that can be read; FFmpegMissing.</exception>
    public static DatasetPreview Draw(
        string folder, int count, int columns, long seed, Action<SkippedClip> skipped, CancellationToken cancellationToken = default)
    {
        var sources = ClipSource.Require(folder, cancellationToken);
        var frames = new List<Clip>();
        var cells = new List<PreviewCell>();
        var broken = new List<SkippedClip>();
        foreach (var index in SampledExample.Order(seed, 0, sources.Count))
        {
            var path = sources[index].Path;
            try
            {
                frames.Add(Resample.ToChannels(FirstFrame(path, cancellationToken), 3));
                cells.Add(new PreviewCell(cells.Count + 1, path, CaptionFile.Read(path)));
            }
            catch (TinySoraException e) when (e.Kind != ErrorKind.NotInstalled)
            {
                broken.Add(new SkippedClip(path, e.Message));
                skipped(broken[^1]);
            }

            if (cells.Count == count)
            {
                break;
            }
        }

        if (cells.Count == 0)
        {
            throw DataErrors.NoUsableClips(folder, broken.Count, broken[0].Reason);
        }

        var scale = Math.Max(1, CellSide / frames.Max(f => Math.Min(f.Height, f.Width)));
        var items = frames.Zip(cells, (frame, cell) => (frame, $"{cell.Number}: {cell.Caption ?? Path.GetFileName(cell.Path)}"));
        return new DatasetPreview(ContactSheet.Draw([.. items], columns, scale, allFrames: false, cancellationToken), frames, cells);
    }

    /// <summary>Returns whether a file is a preview, which can be replaced without losing data.</summary>
    public static bool IsPreview(string path) => OnFailure.Recover(false, () => File.Exists(path) && ClipFile.ReadComment(path) == Comment);

    /// <summary>Writes the preview image to a file.</summary>
    /// <inheritdoc cref="ClipFile.Write"/>
    public void Write(string path, bool overwrite, CancellationToken cancellationToken) =>
        ClipFile.Write(path, Picture, Comment, overwrite, cancellationToken);

    private static Clip FirstFrame(string path, CancellationToken cancellationToken)
    {
        var clip = ClipFile.Read(path, ClipFile.IsVideo(path) ? new ReadOptions { MaxFrames = 1 } : null, cancellationToken);
        var frame = Resample.TakeFrames(clip, 1);
        if (Math.Max(frame.Height, frame.Width) > LongestCell * Math.Min(frame.Height, frame.Width))
        {
            // Crop a very long and thin frame to its center, because the whole image would otherwise be as wide as this frame.
            frame = Resample.CenterCrop(frame, Math.Min(frame.Height, frame.Width));
        }

        return Math.Min(frame.Height, frame.Width) > CellSide ? Resample.ShorterSide(frame, CellSide) : frame;
    }
}
