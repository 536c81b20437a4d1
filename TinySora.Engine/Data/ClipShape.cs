using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;

namespace TinySora.Engine.Data;

/// <summary>The shape every clip of a dataset is brought to.</summary>
/// <param name="Size">Height, and width where <see cref="Width"/> says nothing else.</param>
/// <param name="KeepsLength">Clips of another length are refused instead of cut or filled up.</param>
internal readonly record struct ClipShape(int Channels, int Frames, int Size, bool KeepsLength = false)
{
    public int Width { get; init; } = Size;

    public int Length => checked(Channels * Frames * Size * Width);

    public static ClipShape Of(RunConfig config) =>
        new(config.Model.Channels, config.Diffusion.NumFrames, config.Diffusion.ImageSize, !config.Trainer.ForceNumFrames);

    /// <summary>Reads a clip as <see cref="Fit"/> shapes it.</summary>
    /// <exception cref="TinySoraException">Unreadable, or of a length that is not to be changed.</exception>
    public byte[] Read(string path, CancellationToken cancellationToken)
    {
        var clip = ReadClip(path, cancellationToken);
        return !KeepsLength || clip.Frames == Frames ? Fit(clip) : throw DataErrors.OtherLength(path, Frames);
    }

    /// <summary>Reads a clip of any shape that <see cref="Fit"/> can take, but no more of it than that needs.</summary>
    public Clip ReadClip(string path, CancellationToken cancellationToken)
    {
        // ffmpeg scales and stops by itself, so that a long film costs no more than its first frames; one more tells that it is longer.
        var most = KeepsLength ? Frames + 1 : Frames;
        var options = ClipFile.IsVideo(path) ? new ReadOptions { MaxFrames = most, ShorterSide = Size } : null;
        var clip = ClipFile.Read(path, options, cancellationToken);
        MediaLimits.CheckScaled(path, clip.Height, clip.Width, Channels, Math.Min(clip.Frames, Frames), Size);
        return clip;
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
