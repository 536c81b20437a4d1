using System.Numerics;

namespace TinySora.Engine.Evaluation.Sprites;

/// <summary>One frame of a clip and what lies behind the things in it, as RGB from 0 to 1 (W is zero).</summary>
/// <param name="Size">Height and width in pixels.</param>
/// <param name="Pixels">The frame, row-major.</param>
/// <param name="Ground">The background, or the background with the things that have been found.</param>
internal sealed record SpriteFrame(int Size, Vector4[] Pixels, Vector4[] Ground)
{
    /// <summary>Returns the difference between the frame and the background, averaged over cells of a grid, and the mean background of each cell.</summary>
    public (Vector4[] Difference, Vector4[] Ground) Reduce(int grid)
    {
        var (difference, ground) = (new Vector4[grid * grid], new Vector4[grid * grid]);
        for (var y = 0; y < grid; y++)
        {
            for (var x = 0; x < grid; x++)
            {
                var (sum, behind) = (Vector4.Zero, Vector4.Zero);
                var (top, bottom, left, right) = ((double)y * Size / grid, (y + 1.0) * Size / grid, (double)x * Size / grid, (x + 1.0) * Size / grid);
                for (var row = (int)top; row < Math.Ceiling(bottom); row++)
                {
                    for (var column = (int)left; column < Math.Ceiling(right); column++)
                    {
                        var share = (float)((Math.Min(bottom, row + 1) - Math.Max(top, row)) * (Math.Min(right, column + 1) - Math.Max(left, column)));
                        var i = (row * Size) + column;
                        sum += share * (Pixels[i] - Ground[i]);
                        behind += share * Ground[i];
                    }
                }

                var area = (float)((bottom - top) * (right - left));
                (difference[(y * grid) + x], ground[(y * grid) + x]) = (sum / area, behind / area);
            }
        }

        return (difference, ground);
    }
}
