using System.Numerics;
using TinySora.Engine.Media;

namespace TinySora.Engine.Data.Sprites;

/// <summary>Draws scenes. Pictures are scaled and turned with antialiasing, and composited in order with premultiplied alpha.</summary>
internal static class SpriteRenderer
{
    /// <summary>Side of the grid of samples within a pixel.</summary>
    private const int Samples = 2;

    /// <summary>Draws a scene as an RGB clip.</summary>
    /// <param name="size">Height and width in pixels.</param>
    public static Clip Render(SpriteScene scene, SpriteGround ground, int size)
    {
        var frames = scene.Tracks[0].Poses.Count;
        var clip = Clip.Black(frames, size, size, 3);
        var background = ground.Draw(scene.Background, size);
        var frame = new Vector4[size * size];
        for (var f = 0; f < frames; f++)
        {
            background.CopyTo(frame, 0);
            foreach (var track in scene.Tracks)
            {
                Paint(frame, size, track.Sprite, track.Poses[f]);
            }

            var pixels = clip.Frame(f);
            for (var i = 0; i < frame.Length; i++)
            {
                var rgb = Vector4.Clamp((frame[i] * 255) + new Vector4(0.5f), Vector4.Zero, new Vector4(255));
                (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = ((byte)rgb.X, (byte)rgb.Y, (byte)rgb.Z);
            }
        }

        return clip;
    }

    /// <summary>Composites a picture over a frame of size x size pixels.</summary>
    public static void Paint(Vector4[] frame, int size, Sprite sprite, SpritePose pose)
    {
        var level = sprite.LevelFor(pose.Size * size);
        var (sin, cos) = Math.SinCos(pose.Degrees * Math.PI / 180);
        var (width, height) = (sprite.Width * pose.Size * size, sprite.Height * pose.Size * size);
        var scale = sprite.Pixels / (pose.Size * size * level.Factor); // pixels of the level per pixel of the frame
        var (middleX, middleY) = ((float)(width * scale / 2), (float)(height * scale / 2));
        var (reachX, reachY) = (((Math.Abs(cos) * width) + (Math.Abs(sin) * height)) / 2, ((Math.Abs(sin) * width) + (Math.Abs(cos) * height)) / 2);
        var (centerX, centerY) = (pose.X * size, pose.Y * size);
        var (left, right) = (Math.Max(0, (int)(centerX - reachX - 1)), Math.Min(size - 1, (int)(centerX + reachX + 1)));
        var (top, bottom) = (Math.Max(0, (int)(centerY - reachY - 1)), Math.Min(size - 1, (int)(centerY + reachY + 1)));
        var (stepX, stepY) = ((float)(cos * scale), (float)(sin * scale));
        var opacity = (float)pose.Opacity / (Samples * Samples);
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                var sum = Vector4.Zero;
                for (var s = 0; s < Samples * Samples; s++)
                {
                    var dx = (float)(x + (((s % Samples) + 0.5) / Samples) - centerX);
                    var dy = (float)(y + (((s / Samples) + 0.5) / Samples) - centerY);
                    sum += Sample(level, (dx * stepX) + (dy * stepY) + middleX, (dy * stepX) - (dx * stepY) + middleY);
                }

                ref var pixel = ref frame[(y * size) + x];
                sum *= opacity;
                pixel = sum + (pixel * (1 - sum.W));
            }
        }
    }

    /// <summary>Interpolates between the four nearest pixels. Beyond its edges, the picture is transparent.</summary>
    /// <param name="x">Position in pixels from the left edge. Pixel i covers [i, i + 1].</param>
    private static Vector4 Sample(SpriteLevel level, float x, float y)
    {
        var (left, top) = ((int)MathF.Floor(x - 0.5f), (int)MathF.Floor(y - 0.5f));
        var (right, down) = (x - 0.5f - left, y - 0.5f - top);
        return left < -1 || top < -1 || left >= level.Width || top >= level.Height ? Vector4.Zero
            : Vector4.Lerp(
                Vector4.Lerp(At(level, left, top), At(level, left + 1, top), right),
                Vector4.Lerp(At(level, left, top + 1), At(level, left + 1, top + 1), right), down);
    }

    private static Vector4 At(SpriteLevel level, int x, int y) =>
        (uint)x < (uint)level.Width && (uint)y < (uint)level.Height ? level.Pixels[(y * level.Width) + x] : Vector4.Zero;
}
