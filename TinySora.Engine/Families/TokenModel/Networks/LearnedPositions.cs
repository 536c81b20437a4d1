using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>Learned vectors of the places of tokens: of their numbers in a sequence, or the mean of one of the frame, the row and the column each.</summary>
internal sealed class LearnedPositions
{
    private readonly Embedding[] _tables;
    private readonly long[] _grid;

    private LearnedPositions(long[] rows, long width, long[] grid) =>
        (_tables, _grid) = ([.. rows.Select(count => TokenNetwork.NewTable(count, width))], grid);

    /// <param name="length">Of the longest sequence.</param>
    public static LearnedPositions Numbered(long length, long width) => new([length], width, []);

    /// <param name="rows">Of the tables of frames, rows and columns.</param>
    /// <param name="shape">Of clips, whose places are counted in this order.</param>
    public static LearnedPositions OfClips(TokenShape rows, long width, TokenShape shape) =>
        new([rows.Frames, rows.Height, rows.Width], width, [shape.OfFrame, shape.Width, 1]);

    /// <summary>The parts by the names that the published code gives them below a network's.</summary>
    public IEnumerable<(string Path, nn.Module Part)> Parts =>
        _tables.Select((table, axis) => (_tables.Length == 1 ? "transformer.wpe" : $"transformer.wpe.{axis}", (nn.Module)table));

    /// <param name="positions">See <see cref="TokenInput.Positions"/>.</param>
    /// <param name="first">Number of the first token, where those are not given.</param>
    /// <param name="count">T.</param>
    /// <returns>(B or 1, T, hidden) float32.</returns>
    public AnyTensor Of(AnyTensor? positions, long first, long count, Device device)
    {
        positions ??= InOrder(first, count, device);
        return _tables.Length == 1 ? _tables[0].forward(positions)
            : _tables.Select((table, axis) => table.forward(positions.select(2, axis))).Aggregate((sum, next) => sum + next) / _tables.Length;
    }

    private Tensor InOrder(long first, long count, Device device)
    {
        var numbers = Enumerable.Range(0, (int)count).Select(i => first + i);
        return _tables.Length == 1 ? tensor(numbers.ToArray()).to(device).unsqueeze(0)
            : tensor(numbers.SelectMany(n => new[] { n / _grid[0], n % _grid[0] / _grid[1], n % _grid[1] }).ToArray()).to(device).view(1, -1, _tables.Length);
    }
}
