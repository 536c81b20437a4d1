using TinySora.Engine.Errors;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Media.Drawing;

/// <summary>Combines several clips in one image: a still sheet with captions, or an animated grid.</summary>
public static class ContactSheet
{
    private const int Margin = 14;
    private const int FrameGap = 2;
    private const int MaxCaptionLines = 3;

    /// <summary>Minimum length in pixels of a frame's shorter side; smaller frames are enlarged.</summary>
    private const int ReadableSide = 96;

    /// <summary>
    /// Draws a still sheet with three channels. It shows each item's clip as a film strip, or only the middle frame, with the caption underneath.
    /// </summary>
    /// <param name="columns">Number of items in a row.</param>
    /// <param name="scale">Integer enlargement of the frames; <c>null</c> to choose one that makes small frames readable.</param>
    /// <param name="allFrames">Whether to show all frames instead of only the middle one.</param>
    /// <exception cref="TinySoraException">SheetTooLarge.</exception>
    public static Clip Draw(
        IReadOnlyList<(Clip Clip, string Caption)> items, int columns = 1, int? scale = null, bool allFrames = true,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(items.Count);
        columns = Math.Clamp(columns, 1, items.Count);
        int frameHeight = items.Max(item => item.Clip.Height), frameWidth = items.Max(item => item.Clip.Width);
        var enlarge = scale ?? Math.Max(1, (ReadableSide + Math.Min(frameHeight, frameWidth) - 1) / Math.Min(frameHeight, frameWidth));
        var frames = allFrames ? items.Max(item => item.Clip.Frames) : 1;
        var (stepX, pictureHeight) = (frameWidth * enlarge + FrameGap, frameHeight * enlarge);
        var cellWidth = frames * stepX - FrameGap;

        // Draw captions at double size if a line still has room for about a sentence.
        var textScale = cellWidth >= 30 * 2 * BitmapFont.Advance ? 2 : 1;
        var lineHeight = (BitmapFont.Height + 2) * textScale;
        var captions = items.Select(item => BitmapFont
            .Wrap(item.Caption, Math.Max(1, cellWidth / (BitmapFont.Advance * textScale)))
            .Take(MaxCaptionLines).ToArray()).ToArray();
        var cellHeight = pictureHeight + lineHeight / 2 + captions.Max(lines => lines.Length) * lineHeight;

        var rows = (items.Count + columns - 1) / columns;
        var (width, height) = ((long)columns * (cellWidth + Margin) + Margin, (long)rows * (cellHeight + Margin) + Margin);
        CheckSize(items.Count, 1, height, width);
        var canvas = new Canvas((int)width, (int)height, Rgb.White);
        for (var i = 0; i < items.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int left = Margin + i % columns * (cellWidth + Margin), top = Margin + i / columns * (cellHeight + Margin);
            var clip = items[i].Clip;
            clip = Resample.Enlarge(allFrames ? clip : Resample.Select(clip, [clip.Frames / 2]), enlarge);
            for (var f = 0; f < clip.Frames; f++)
            {
                canvas.Frame(clip, f, left + f * stepX, top);
            }

            for (var line = 0; line < captions[i].Length; line++)
            {
                canvas.Text(captions[i][line], left, top + pictureHeight + lineHeight / 2 + line * lineHeight, Rgb.Ink, textScale);
            }
        }
        return canvas.ToClip();
    }

    /// <summary>
    /// Combines clips into one that plays them next to each other, each with a black border, like the sample grids in the original project. Shorter clips
    /// freeze on their last frame, and the first clip determines the speed. The result has three channels.
    /// </summary>
    /// <param name="columns">Number of columns; <c>null</c> for a grid that is as square as possible.</param>
    /// <param name="padding">Number of black pixels on each side of every clip.</param>
    /// <param name="scale">Integer enlargement of the clips.</param>
    /// <exception cref="TinySoraException">SheetTooLarge.</exception>
    public static Clip Grid(IReadOnlyList<Clip> clips, int? columns = null, int padding = 2, int scale = 1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(clips.Count);
        clips = [.. clips.Select(clip => Resample.Enlarge(clip, scale))];
        var across = Math.Clamp(columns ?? (int)Math.Ceiling(Math.Sqrt(clips.Count)), 1, clips.Count);
        var down = (clips.Count + across - 1) / across;
        int cellWidth = clips.Max(clip => clip.Width) + 2 * padding, cellHeight = clips.Max(clip => clip.Height) + 2 * padding;
        var frames = clips.Max(clip => clip.Frames);
        CheckSize(clips.Count, frames, (long)down * cellHeight, (long)across * cellWidth);
        var grid = Clip.Black(frames, down * cellHeight, across * cellWidth, 3, clips[0].FrameMilliseconds);
        for (var i = 0; i < clips.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var clip = Resample.ToChannels(clips[i], 3);
            int left = i % across * cellWidth + padding, top = i / across * cellHeight + padding;
            for (var f = 0; f < grid.Frames; f++)
            {
                ReadOnlySpan<byte> frame = clip.Frame(Math.Min(f, clip.Frames - 1));
                for (var y = 0; y < clip.Height; y++)
                {
                    frame.Slice(3 * y * clip.Width, 3 * clip.Width)
                        .CopyTo(grid.Frame(f)[(3 * ((top + y) * grid.Width + left))..]);
                }
            }
        }
        return grid;
    }

    private static void CheckSize(int clips, int frames, long height, long width)
    {
        if ((double)frames * height * width * 3 > MediaLimits.DecodedBytes)
        {
            throw MediaErrors.SheetTooLarge(clips, frames, height, width, MediaLimits.DecodedBytes);
        }
    }
}
