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

/// <summary>
/// What codes of finite scalars have in common: each level of each channel has a vector, and a code gets the sum of its levels' vectors beside its
/// own. So what is learned of one code serves all that differ from it in other channels; with 4096 of them most are rarely seen. (A vocabulary in
/// factors, as Yu et al. 2023 have it, <see href="https://arxiv.org/abs/2310.05737">MAGVIT-v2</see>, whose factors have no vectors of whole codes.)
/// </summary>
internal sealed class CodeLevels(IReadOnlyList<int> levels, long width)
{
    /// <summary>The name of the table below a network's.</summary>
    public const string Name = "code_levels";

    /// <summary>(sum of the levels, hidden), channel by channel.</summary>
    public Embedding Table { get; } = TokenNetwork.NewTable(levels.Sum(), width);

    /// <param name="tokens">Vectors of all tokens' own, (V, hidden); those behind the codes stand for no levels.</param>
    /// <returns>(V, hidden).</returns>
    public Tensor AddTo(Tensor tokens)
    {
        // The level of the first channel changes fastest from code to code, as FiniteScalarQuantizer counts.
        var (sum, first) = (zeros([1, width], device: tokens.device), 0);
        foreach (var count in levels)
        {
            sum = (Table.weight!.narrow(0, first, count).unsqueeze(1) + sum).flatten(0, 1);
            first += count;
        }

        return tokens + nn.functional.pad(sum, [0, 0, 0, tokens.shape[0] - sum.shape[0]]);
    }
}
