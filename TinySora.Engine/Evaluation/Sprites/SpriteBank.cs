using System.Numerics;
using TinySora.Engine.Data.Sprites;
using static TorchSharp.torch;

namespace TinySora.Engine.Evaluation.Sprites;

/// <summary>Pictures in given sizes and rotations on a coarse grid, which are compared with frames at all positions at once by convolutions.</summary>
internal sealed class SpriteBank : IDisposable
{
    /// <summary>Number of cells per side of the grid for things of at least a size, as a fraction of the frame.</summary>
    private const int FineGrid = 32;
    private const int CoarseGrid = 16;
    private const double CoarseSize = 0.27;

    /// <summary>Weight of what remains unexplained within the bounding box; less than 1, because positions are coarse.</summary>
    private const double Penalty = 0.5;

    private readonly Tensor pictures; // (N, 4, K, K): premultiplied color and alpha
    private readonly Tensor boxes; // (N, 1, K, K): 1 within the bounding box
    private readonly Tensor squares; // (N, 5): sums of squared color, -2 alpha x color, squared alpha

    /// <param name="entries">Pictures in poses whose sizes have the same <see cref="GridFor"/>.</param>
    public SpriteBank(IReadOnlyList<(Sprite Sprite, double Size, double Degrees)> entries)
    {
        Entries = entries;
        Grid = GridFor(entries[0].Size);
        var reach = entries.Max(entry => Grid * entry.Size * (entry.Degrees == 0 ? 1 : Math.Sqrt(2)) / 2);
        var side = (2 * (int)Math.Ceiling(reach + 0.5)) + 1;
        var (picture, box, square) = (new float[entries.Count * 4 * side * side], new float[entries.Count * side * side], new float[entries.Count * 5]);
        var canvas = new Vector4[side * side];
        for (var n = 0; n < entries.Count; n++)
        {
            var (sprite, size, degrees) = entries[n];
            Array.Clear(canvas);
            SpriteRenderer.Paint(canvas, side, sprite, new SpritePose(0.5, 0.5, size * Grid / side, degrees));
            var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
            var reachX = (((Math.Abs(cos) * sprite.Width) + (Math.Abs(sin) * sprite.Height)) * size * Grid / 2) + 0.5;
            var reachY = (((Math.Abs(sin) * sprite.Width) + (Math.Abs(cos) * sprite.Height)) * size * Grid / 2) + 0.5;
            for (var i = 0; i < canvas.Length; i++)
            {
                var pixel = canvas[i];
                for (var c = 0; c < 4; c++)
                {
                    picture[(((n * 4) + c) * side * side) + i] = pixel[c];
                }

                box[(n * side * side) + i] = Math.Abs((i % side) - (side / 2)) <= reachX && Math.Abs((i / side) - (side / 2)) <= reachY ? 1 : 0;
                square[5 * n] += Vector4.Dot(pixel, pixel) - (pixel.W * pixel.W);
                square[(5 * n) + 1] -= 2 * pixel.W * pixel.X;
                square[(5 * n) + 2] -= 2 * pixel.W * pixel.Y;
                square[(5 * n) + 3] -= 2 * pixel.W * pixel.Z;
                square[(5 * n) + 4] += pixel.W * pixel.W;
            }
        }

        using var scope = NewDisposeScope();
        pictures = tensor(picture, [entries.Count, 4, side, side]).DetachFromDisposeScope();
        boxes = tensor(box, [entries.Count, 1, side, side]).DetachFromDisposeScope();
        squares = tensor(square, [entries.Count, 5]).DetachFromDisposeScope();
    }

    public IReadOnlyList<(Sprite Sprite, double Size, double Degrees)> Entries { get; }

    /// <summary>Number of cells per side of the frame.</summary>
    public int Grid { get; }

    public static int GridFor(double size) => size < CoarseSize ? FineGrid : CoarseGrid;

    /// <summary>
    /// Returns the gain minus a fraction of what remains, as a mean over the frame's pixels, for each frame, entry and cell where the center may be.
    /// </summary>
    public float[] Score(IReadOnlyList<SpriteFrame> frames, double minOpacity)
    {
        var cells = Grid * Grid;
        var (input, energy, ground) = (new float[frames.Count * 4 * cells], new float[frames.Count * cells], new float[frames.Count * 5 * cells]);
        for (var f = 0; f < frames.Count; f++)
        {
            var (differences, grounds) = frames[f].Reduce(Grid);
            for (var i = 0; i < cells; i++)
            {
                var (difference, behind) = (differences[i], grounds[i]);
                difference.W = -Vector4.Dot(difference, behind);
                for (var c = 0; c < 4; c++)
                {
                    input[(((f * 4) + c) * cells) + i] = difference[c];
                    ground[(((f * 5) + c) * cells) + i] = c == 0 ? 1 : behind[c - 1];
                }

                difference.W = 0;
                energy[(f * cells) + i] = Vector4.Dot(difference, difference);
                ground[(((f * 5) + 4) * cells) + i] = Vector4.Dot(behind, behind);
            }
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        long[] padding = [pictures.shape[2] / 2, pictures.shape[3] / 2];
        var product = nn.functional.conv2d(tensor(input, [frames.Count, 4, Grid, Grid]), pictures, padding: padding);
        var box = nn.functional.conv2d(tensor(energy, [frames.Count, 1, Grid, Grid]), boxes, padding: padding);
        var square = matmul(squares, tensor(ground, [frames.Count, 5, cells])).view(product.shape).clamp_min_(1e-6);
        var opacity = product.div(square).clamp_(minOpacity, 1);
        var gain = product.mul_(2).sub_(square.mul_(opacity)).mul_(opacity);
        return gain.mul_(1 + Penalty).sub_(box.mul_(Penalty)).div_(cells).data<float>().ToArray();
    }

    public void Dispose()
    {
        pictures.Dispose();
        boxes.Dispose();
        squares.Dispose();
    }
}
