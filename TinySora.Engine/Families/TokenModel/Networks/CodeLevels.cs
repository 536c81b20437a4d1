using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Networks;

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
