using TinySora.Engine.Configuration;
using TinySora.Engine.Media;

namespace TinySora.Engine.Data;

/// <summary>The shape every clip of a dataset is brought to.</summary>
/// <param name="Size">Height and width.</param>
internal readonly record struct ClipShape(int Channels, int Frames, int Size)
{
    public int Length => checked(Channels * Frames * Size * Size);

    public static ClipShape Of(RunConfig config) =>
        new(config.Model.Channels, config.Diffusion.NumFrames, config.Diffusion.ImageSize);

    /// <summary>Reads a clip as <see cref="Fit"/> shapes it.</summary>
    public byte[] Read(string path, CancellationToken cancellationToken) => Fit(ReadClip(path, cancellationToken));

    /// <summary>Reads a clip of any shape, but no more of it than <see cref="Fit"/> needs.</summary>
    public Clip ReadClip(string path, CancellationToken cancellationToken)
    {
        // ffmpeg scales and stops by itself, so that a long film costs no more than its first frames.
        var options = ClipFile.IsVideo(path) ? new ReadOptions { MaxFrames = Frames, ShorterSide = Size } : null;
        return ClipFile.Read(path, options, cancellationToken);
    }

    /// <summary>
    /// A clip as (C, F, H, W) bytes: the first frames or padded with black, the shorter side scaled, the centre cropped out.
    /// </summary>
    public byte[] Fit(Clip clip)
    {
        clip = Resample.TakeFrames(clip, Math.Min(clip.Frames, Frames));
        clip = Resample.CenterCrop(Resample.ShorterSide(Resample.ToChannels(clip, Channels), Size), Size);
        var planes = new byte[Length];
        var pixelsOfPlane = Size * Size;
        for (var f = 0; f < clip.Frames; f++)
        {
            var frame = clip.Frame(f);
            for (var c = 0; c < Channels; c++)
            {
                var plane = planes.AsSpan(((c * Frames) + f) * pixelsOfPlane, pixelsOfPlane);
                for (var i = 0; i < plane.Length; i++)
                {
                    plane[i] = frame[(i * Channels) + c];
                }
            }
        }

        return planes;
    }
}
