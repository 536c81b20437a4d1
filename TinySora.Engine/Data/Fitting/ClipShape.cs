using TinySora.Engine.Data.Store;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Fitting;

/// <summary>The treatment of clips that have another number of frames than the model.</summary>
public enum LengthRule
{
    /// <summary>Longer clips are cut, and shorter ones filled up with black.</summary>
    Fit,

    /// <summary>Longer clips are cut, shorter ones left out.</summary>
    DropShort,

    /// <summary>Clips of another length are left out.</summary>
    Refuse,

    /// <summary>Clips keep their length.</summary>
    Keep,
}

/// <summary>The shape every clip of a dataset is brought to.</summary>
/// <param name="Height">The rows of a frame, and its columns where <see cref="Width"/> says nothing else.</param>
public readonly record struct ClipShape(int Channels, int Frames, int Height, LengthRule LengthRule = LengthRule.Fit)
{
    public int Width { get; init; } = Height;

    /// <summary>
    /// Films are read as the single frames are that an autoencoder was trained on, see <see cref="FrameShape.CropsSquare"/>; null: as
    /// <see cref="Fit"/> says of clips.
    /// </summary>
    internal bool? CropsSquare { get; init; }

    private FrameShape? Frame => CropsSquare is bool crops ? new(Channels, Height, Width, crops) : null;

    public int Length => checked(Channels * Frames * Height * Width);

    /// <summary>
    /// Whether clips are decoded and scaled as VideoGPT's and minisora's readers do (see <see cref="ReadOptions.IsAsPublished"/> and
    /// <see cref="PlainBilinear"/>), and not as a player does, with antialiasing.
    /// </summary>
    internal bool IsPlain { get; init; }

    /// <summary>The form in which stores keep clips of this shape: in slots of a whole clip, or of one frame where clips keep their lengths.</summary>
    internal StoreSlot Stored => new(IsPlain ? $"{ToString()} plain" : ToString(), LengthRule == LengthRule.Keep ? Length / Frames : Length);

    /// <summary>Reads a clip as <see cref="Fit"/> shapes it.</summary>
    /// <exception cref="TinySoraException">Unreadable, or of a length that is not to be changed.</exception>
    public byte[] Read(string path, CancellationToken cancellationToken)
    {
        var clip = ReadClip(path, cancellationToken);
        return Takes(clip) ? Fit(clip)
            : throw (LengthRule == LengthRule.DropShort ? DataErrors.TooShort(path, clip.Frames, Frames) : DataErrors.OtherLength(path, Frames));
    }

    /// <summary>Whether a clip that <see cref="ReadClip"/> gave is not left out for its length.</summary>
    public bool Takes(Clip clip) => LengthRule switch
    {
        LengthRule.Refuse => clip.Frames == Frames,
        LengthRule.DropShort => clip.Frames >= Frames,
        _ => true,
    };

    /// <summary>Reads a clip of any shape that <see cref="Fit"/> can take, but no more of it than that needs.</summary>
    public Clip ReadClip(string path, CancellationToken cancellationToken)
    {
        // ffmpeg stops, and where it may scales, by itself, so that a long film costs no more than its first frames; one more tells that it is longer.
        var most = LengthRule switch { LengthRule.Refuse => Frames + 1, LengthRule.Keep => int.MaxValue, _ => Frames };
        if (Frame is FrameShape frame)
        {
            return frame.ReadClip(path, most, cancellationToken);
        }

        var side = Math.Max(Height, Width);
        var options = ClipFile.IsVideo(path) ? new ReadOptions { MaxFrames = most, ShorterSide = IsPlain ? null : side, IsAsPublished = IsPlain } : null;
        var clip = ClipFile.Read(path, options, cancellationToken);
        Resample.CheckScaled(path, clip.Height, clip.Width, Channels, Math.Min(clip.Frames, most), side);
        return clip;
    }

    /// <summary>
    /// A clip as (C, F, H, W) bytes: the first frames or padded with black, or all where clips keep their length, scaled until it covers the
    /// shape, the centre cropped out.
    /// </summary>
    public byte[] Fit(Clip clip)
    {
        var frames = LengthRule == LengthRule.Keep ? clip.Frames : Frames;
        clip = Resample.TakeFrames(clip, Math.Min(clip.Frames, frames));
        clip = Frame?.Fit(clip, isStill: false) ?? Filled(Resample.ToChannels(clip, Channels));
        var planes = new byte[checked(Channels * frames * Height * Width)];
        var pixelsOfPlane = Height * Width;
        for (var f = 0; f < clip.Frames; f++)
        {
            var frame = clip.Frame(f);
            for (var c = 0; c < Channels; c++)
            {
                var plane = planes.AsSpan(((c * frames) + f) * pixelsOfPlane, pixelsOfPlane);
                for (var i = 0; i < plane.Length; i++)
                {
                    plane[i] = frame[(i * Channels) + c];
                }
            }
        }

        return planes;
    }

    /// <summary>The description under which stores keep clips of this shape: it has never changed, so that they stay valid.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"ClipShape {{ Channels = {Channels}, Frames = {Frames}, Size = {Height}, LengthRule = {LengthRule}, Width = {Width}, Length = {Length} }}");

    private Clip Filled(Clip clip) =>
        IsPlain ? PlainBilinear.Fill(clip, Height, Width) : Resample.CenterCrop(Resample.Cover(clip, Height, Width), Height, Width);
}
