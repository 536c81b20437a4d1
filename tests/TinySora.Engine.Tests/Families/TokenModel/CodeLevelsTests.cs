using TinySora.Engine.Compute;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Tests.Layers.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.TokenModel;

/// <summary>
/// Codes of three channels with shared embeddings for their levels, compared with the same network whose table holds the sums.
/// </summary>
public sealed class CodeLevelsTests
{
    private const int Codes = 12;

    private static readonly int[] Levels = [3, 2, 2];

    public static TheoryData<TokenModelKind> Kinds => [TokenModelKind.NanoGpt, TokenModelKind.Mamba, TokenModelKind.NanoGptMamba, TokenModelKind.Masked];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Embedding_of_a_code_adds_its_own_vector_and_those_of_its_levels(TokenModelKind kind)
    {
        using var scope = NewDisposeScope();
        var (shared, plain, input) = Pair(kind);
        using (shared)
        using (plain)
        {
            var (ours, expected) = (Logits(shared, input), Logits(plain, input));
            OnnxNetwork.Near(expected, ours, "logits", 1e-5);
            ours.square().mean().backward();
            expected.square().mean().backward();
            var (table, levels, sums) = (Own(shared).grad!, OfLevels(shared).grad!, Own(plain).grad!);
            OnnxNetwork.Near(sums, table, "the gradient of codes", 1e-5);
            for (var row = 0; row < Levels.Sum(); row++)
            {
                var members = Enumerable.Range(0, Codes).Where(code => RowsOf(code).Contains(row)).Select(code => (long)code).ToArray();
                OnnxNetwork.Near(sums.index_select(0, tensor(members)).sum([0]), levels[row], $"the gradient of level {row}", 1e-5);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Prepared_weights_and_ONNX_graph_add_the_vectors_of_levels(TokenModelKind kind)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (shared, plain, input) = Pair(kind);
        using (plain)
        {
            using (Precision.UseWithFixedWeights(false))
            {
                OnnxNetwork.Near(Logits(plain, input), Logits(shared, input), "logits", 1e-5);
            }

            var model = new TextToTokens(shared, null, null, TokenTesting.Width);
            OnnxNetwork.Equal(
                model, graph => model.Write(graph, ((int)input.Tokens.shape[1], 0), 1, null), [("sequence", (Tensor)input.Tokens)], ("logits", Logits(shared, input)));
        }
    }

    private static (TokenNetwork Shared, TokenNetwork Plain, TokenInput Input) Pair(TokenModelKind kind)
    {
        var config = TokenTesting.Small(kind);
        var shared = OnnxNetwork.Shaken(TokenNetworks.Create(config with { CodeLevels = Levels }, Codes, TokenTesting.Shape));
        var plain = TokenNetworks.Create(config, Codes, TokenTesting.Shape);
        using var nothing = no_grad();
        foreach (var (name, parameter) in plain.named_parameters())
        {
            parameter.copy_(shared.get_parameter(name)!);
        }

        for (var code = 0; code < Codes; code++)
        {
            Own(plain)[code] += RowsOf(code).Select(row => OfLevels(shared)[row]).Aggregate((a, b) => a + b);
        }

        // All codes, and the special token.
        return (shared, plain, new(TokenTesting.Ids(2 * TokenTesting.Shape.Count, 7, 1, Codes + 1).view(2, -1)));
    }

    /// <summary>Returns the rows of a code's levels: the first channel varies fastest.</summary>
    private static int[] RowsOf(int code) => [code % 3, 3 + (code / 3 % 2), 5 + (code / 6)];

    private static Tensor Logits(TokenNetwork network, TokenInput input) => network.Logits(network.forward(input));

    private static Parameter Own(TokenNetwork network) =>
        network.named_parameters().Single(item => item.name is "transformer.wte.weight" or "backbone.embedding.weight").parameter;

    private static Parameter OfLevels(TokenNetwork network) => network.get_parameter("code_levels.weight")!;
}
