using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>Learned positions of tokens: one vector per index in the sequence, or the mean of three vectors, for frame, row and column.</summary>
internal sealed class LearnedPositions
{
    private readonly Embedding[] _tables;
    private readonly long[] _grid;

    private LearnedPositions(long[] rows, long width, long[] grid) =>
        (_tables, _grid) = ([.. rows.Select(count => TokenNetwork.NewTable(count, width))], grid);

    /// <param name="length">Length of the longest sequence.</param>
    public static LearnedPositions ForSequence(long length, long width) => new([length], width, []);

    /// <param name="rows">Sizes of the tables for frames, rows and columns.</param>
    /// <param name="shape">Shape of clips, which determines the order of indices.</param>
    public static LearnedPositions ForClips(TokenShape rows, long width, TokenShape shape) =>
        new([rows.Frames, rows.Height, rows.Width], width, [shape.TokensPerFrame, shape.Width, 1]);

    /// <summary>Position tables, with their names in the published code relative to the network.</summary>
    public IEnumerable<(string Path, nn.Module Part)> Parts =>
        _tables.Select((table, axis) => (_tables.Length == 1 ? "transformer.wpe" : $"transformer.wpe.{axis}", (nn.Module)table));

    /// <param name="positions">Positions, see <see cref="TokenInput.Positions"/>.</param>
    /// <param name="first">Index of the first token, which is used if there are no explicit positions.</param>
    /// <param name="count">Number T of tokens.</param>
    /// <returns>(B or 1, T, hidden) float32.</returns>
    public AnyTensor Embed(AnyTensor? positions, long first, long count, Device device)
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
/// Shared vectors for codes from finite scalar quantization. Each level of each channel has a vector, and a code's own vector is added to the sum of the
/// vectors of its levels. As a result, learning one code helps all codes that share levels with it. This matters because most codes of a codebook with 4096
/// codes are rare. (Similar to the factorized vocabulary of Yu et al. 2023, <see href="https://arxiv.org/abs/2310.05737">MAGVIT-v2</see>, which has no vectors
/// for whole codes.)
/// </summary>
internal sealed class CodeLevels(IReadOnlyList<int> levels, long width)
{
    /// <summary>Name of the table, relative to the network.</summary>
    public const string Name = "code_levels";

    /// <summary>Vectors of levels, channel by channel, (sum of the levels, hidden).</summary>
    public Embedding Table { get; } = TokenNetwork.NewTable(levels.Sum(), width);

    /// <param name="tokens">Each token's own vector, (V, hidden). The special tokens after the codes have no levels.</param>
    /// <returns>(V, hidden).</returns>
    public Tensor AddTo(Tensor tokens)
    {
        // The first channel's level changes fastest with the code, as in FiniteScalarQuantizer.
        var (sum, first) = (zeros([1, width], device: tokens.device), 0);
        foreach (var count in levels)
        {
            sum = (Table.weight!.narrow(0, first, count).unsqueeze(1) + sum).flatten(0, 1);
            first += count;
        }

        return tokens + nn.functional.pad(sum, [0, 0, 0, tokens.shape[0] - sum.shape[0]]);
    }
}
