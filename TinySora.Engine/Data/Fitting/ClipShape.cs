using TinySora.Engine.Data.Store;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Fitting;

/// <summary>How to treat clips whose number of frames differs from the model's.</summary>
public enum LengthRule
{
    /// <summary>Longer clips are cut, and shorter clips padded with black.</summary>
    Fit,

    /// <summary>Longer clips are cut, and shorter clips skipped.</summary>
    DropShort,

    /// <summary>Clips with a different length are skipped.</summary>
    Refuse,

    /// <summary>Clips keep their length.</summary>
    Keep,
}

/// <summary>The shape that every clip of a dataset is converted to.</summary>
/// <param name="Height">Number of rows in a frame, and of columns unless <see cref="Width"/> is set.</param>
public readonly record struct ClipShape(int Channels, int Frames, int Height, LengthRule LengthRule = LengthRule.Fit)
{
    public int Width { get; init; } = Height;

    /// <summary>
    /// Whether videos are cropped to a square like the single frames that an autoencoder was trained on (see <see cref="FrameShape.CropsSquare"/>);
    /// <c>null</c> to treat them as clips (see <see cref="Fit"/>).
    /// </summary>
    internal bool? CropsSquare { get; init; }

    private FrameShape? Frame => CropsSquare is bool crops ? new(Channels, Height, Width, crops) : null;

    public int Length => checked(Channels * Frames * Height * Width);

    /// <summary>
    /// Whether clips are decoded and scaled without antialiasing, as VideoGPT and minisora do (see <see cref="ReadOptions.IsAsPublished"/> and
    /// <see cref="NonAntialiasedBilinear"/>), instead of as a video player does.
    /// </summary>
    internal bool IsAsPublished { get; init; }

    /// <summary>Storage slot for clips of this shape. A slot contains a whole clip, or one frame if clips keep their lengths.</summary>
    internal StoreSlot Stored => new(IsAsPublished ? $"{ToString()} plain" : ToString(), LengthRule == LengthRule.Keep ? Length / Frames : Length);

    /// <summary>Reads a clip and converts it with <see cref="Fit"/>.</summary>
    /// <exception cref="TinySoraException">The file is unreadable, or the clip's length is not accepted.</exception>
    public byte[] Read(string path, CancellationToken cancellationToken)
    {
        var clip = ReadClip(path, cancellationToken);
        return Accepts(clip) ? Fit(clip)
            : throw (LengthRule == LengthRule.DropShort ? DataErrors.TooShort(path, clip.Frames, Frames) : DataErrors.OtherLength(path, Frames));
    }

    /// <summary>Returns whether a clip from <see cref="ReadClip(string, CancellationToken)"/> has an accepted length.</summary>
    public bool Accepts(Clip clip) => LengthRule switch
    {
        LengthRule.Refuse => clip.Frames == Frames,
        LengthRule.DropShort => clip.Frames >= Frames,
        _ => true,
    };

    /// <summary>Reads only the part of a clip that <see cref="Fit"/> needs. The clip may have any shape.</summary>
    public Clip ReadClip(string path, CancellationToken cancellationToken) => ReadClip(path, new ReadOptions(), cancellationToken);

    /// <param name="options">Functions that receive the properties and errors of a video.</param>
    /// <inheritdoc cref="ReadClip(string, CancellationToken)"/>
    internal Clip ReadClip(string path, ReadOptions options, CancellationToken cancellationToken)
    {
        // ffmpeg stops after these frames and scales if possible, so a long video takes no extra time. One extra frame shows that a clip is too long.
        var most = LengthRule switch { LengthRule.Refuse => Frames + 1, LengthRule.Keep => int.MaxValue, _ => Frames };
        if (Frame is FrameShape frame)
        {
            return frame.ReadClip(path, options with { MaxFrames = most }, cancellationToken);
        }

        var side = Math.Max(Height, Width);
        var part = ClipFile.IsVideo(path)
            ? options with { MaxFrames = most, ShorterSide = IsAsPublished ? null : side, IsAsPublished = IsAsPublished } : null;
        var clip = ClipFile.Read(path, part, cancellationToken);
        Resample.CheckScaled(path, clip.Height, clip.Width, Channels, Math.Min(clip.Frames, most), side);
        return clip;
    }

    /// <summary>
    /// Converts a clip to (C, F, H, W) bytes. Takes the first frames and pads with black, or keeps all frames if clips keep their length. Then scales the
    /// clip until it covers the shape, and crops the center.
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

    /// <summary>Describes the shape for stores. The format must never change, so that existing stores remain valid.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"ClipShape {{ Channels = {Channels}, Frames = {Frames}, Size = {Height}, LengthRule = {LengthRule}, Width = {Width}, Length = {Length} }}");

    private Clip Filled(Clip clip) =>
        IsAsPublished ? NonAntialiasedBilinear.Fill(clip, Height, Width) : Resample.CenterCrop(Resample.Cover(clip, Height, Width), Height, Width);
}
