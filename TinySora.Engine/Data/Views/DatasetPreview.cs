using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Views;

/// <summary>A clip in the preview of a dataset.</summary>
/// <param name="Number">As written under its picture, from 1.</param>
public sealed record PreviewCell(int Number, string Path, string? Caption);

/// <summary>First frames of clips drawn by lot, numbered and with their captions, in one picture.</summary>
/// <param name="Picture">One frame, three channels.</param>
/// <param name="Frames">What each cell shows: one frame, three channels.</param>
public sealed record DatasetPreview(Clip Picture, IReadOnlyList<Clip> Frames, IReadOnlyList<PreviewCell> Cells)
{
    /// <summary>Small frames are enlarged to this many pixels, so that a caption fits beneath, and large ones reduced to it.</summary>
    private const int CellSide = 192;

    /// <summary>How many times as long as wide a frame is shown whole.</summary>
    private const int LongestCell = 4;

    /// <summary>How many clips there are to draw from.</summary>
    /// <exception cref="TinySoraException">The folder is missing, or holds no clip.</exception>
    public static int Count(string folder, CancellationToken cancellationToken = default) => ClipSource.Require(folder, cancellationToken).Count;

    /// <param name="count">Clips to show; all if there are fewer.</param>
    /// <param name="skipped">Told about clips that cannot be read; another one takes the place.</param>
    /// <exception cref="TinySoraException">The folder is missing, or holds no clip that can be read; FFmpegMissing.</exception>
    public static DatasetPreview Draw(
        string folder, int count, int columns, long seed, Action<SkippedClip> skipped, CancellationToken cancellationToken = default)
    {
        var sources = ClipSource.Require(folder, cancellationToken);
        var frames = new List<Clip>();
        var cells = new List<PreviewCell>();
        var broken = new List<SkippedClip>();
        foreach (var index in Visit.Order(seed, 0, sources.Count))
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

    private static Clip FirstFrame(string path, CancellationToken cancellationToken)
    {
        var clip = ClipFile.Read(path, ClipFile.IsVideo(path) ? new ReadOptions { MaxFrames = 1 } : null, cancellationToken);
        var frame = Resample.TakeFrames(clip, 1);
        if (Math.Max(frame.Height, frame.Width) > LongestCell * Math.Min(frame.Height, frame.Width))
        {
            // Of a very long and thin frame the middle, or one clip would make the whole picture as wide.
            frame = Resample.CenterCrop(frame, Math.Min(frame.Height, frame.Width));
        }

        return Math.Min(frame.Height, frame.Width) > CellSide ? Resample.ShorterSide(frame, CellSide) : frame;
    }
}
