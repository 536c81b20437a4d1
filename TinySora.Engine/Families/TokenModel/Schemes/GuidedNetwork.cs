using TinySora.Engine.Compute;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Schemes;

/// <summary>
/// A network with what its clips show. Guidance (Ho and Salimans 2022) goes from · + scale · (prompt − from) in logits, both from one pass over a double
/// batch.
/// </summary>
/// <param name="text">(B, hidden); null: the model knows no text.</param>
/// <param name="from">What guidance goes away from, like <paramref name="text"/>; null: there is none.</param>
internal sealed class GuidedNetwork(TokenNetwork network, Tensor? text, Tensor? from, double scale, Device device)
{
    private readonly Tensor? texts = from is null ? text : cat([from, text!]);

    public Device Device => device;

    /// <summary>A new state of the network, which must be causal.</summary>
    public TokenState NewState() => network.NewState()!;

    /// <param name="input">Of B clips, without text.</param>
    /// <returns>(B, 1, V) float32: logits of what follows the last token.</returns>
    public Tensor Last(TokenInput input) => Logits(input, features => features.narrow(1, features.shape[1] - 1, 1));

    /// <inheritdoc cref="Last"/>
    /// <returns>(B, T, V) float32.</returns>
    public Tensor All(TokenInput input) => Logits(input, features => features);

    private Tensor Logits(TokenInput input, Func<Tensor, Tensor> part)
    {
        var features = network.forward(from is null ? input with { Text = text } : input with
        {
            Tokens = Twice(input.Tokens), Text = texts, Context = input.Context is null ? null : Twice(input.Context),
            Positions = Positions(input.Positions), ContextPositions = Positions(input.ContextPositions),
        });
        var logits = Precision.Widen(network.Logits(part(features)));
        if (from is null)
        {
            return logits;
        }

        var both = logits.chunk(2);
        return both[0] + ((both[1] - both[0]) * scale);
    }

    private static AnyTensor Twice(AnyTensor x) => AnyTensor.cat([x, x]);

    private static AnyTensor? Positions(AnyTensor? positions) => positions is null || positions.shape[0] == 1 ? positions : Twice(positions);
}
