using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Schemes;

/// <summary>What a network is asked for in training, and how tokens of clips are drawn with it.</summary>
/// <param name="codes">K: tokens from this on stand for nothing that can be seen.</param>
/// <param name="shape">Of the clips that it is trained on.</param>
internal abstract class TokenScheme(TokenNetworkConfig config, TokenNetwork network, int codes, TokenShape shape)
{
    /// <summary>The first of the tokens that are none of a clip: it starts one, or masks a token.</summary>
    protected int Special => codes;

    protected TokenNetworkConfig Config => config;
    protected TokenNetwork Network => network;
    protected TokenShape Shape => shape;

    /// <exception cref="Errors.TinySoraException">TinySora.Model.BlockTooSmall.</exception>
    public static TokenScheme Of(TokenNetworkConfig config, TokenNetwork network, int codes, TokenShape shape) => config.Architecture switch
    {
        TokenModelKind.Masked => new MaskedTokens(config, network, codes, shape),
        TokenModelKind.MdGpt when !config.OnlyPredictLast => new NextOfFrame(config, network, codes, shape),
        _ => new NextToken(config, network, codes, shape),
    };

    /// <summary>The most frames of tokens that a clip can have; null: any number.</summary>
    public virtual int? MostFrames => null;

    /// <summary>How many tokens the network is shown at once, and how many it attends to beside those; 0: none.</summary>
    public abstract (int Tokens, int Context) Lengths { get; }

    /// <summary>What is drawn with the network's logits, in words for who has the graph alone.</summary>
    public abstract string Loop { get; }

    /// <summary>The mean cross entropy of the tokens asked for, in nats.</summary>
    /// <param name="clips">(B, t, h, w) int64.</param>
    /// <param name="text">(B, hidden), added to every token; null: none.</param>
    /// <param name="number">Of the micro-batch in the run; null: the model is measured.</param>
    /// <param name="random">Chooses what is asked for.</param>
    /// <param name="chance">Of dropout; null: nothing is dropped.</param>
    public abstract Tensor Loss(Tensor clips, Tensor? text, long? number, BatchRandom random, BatchRandom? chance);

    /// <summary>Passes through the network that drawing clips of so many frames takes.</summary>
    public virtual int Units(TokenShape shape, int steps) => shape.Count;

    /// <param name="given">(1, n): tokens that all clips begin with, in their order; null: none.</param>
    /// <param name="done">Told how many units are done.</param>
    /// <returns>(B, t, h, w) int64, of the network's vocabulary.</returns>
    public abstract Tensor Sample(
        GuidedNetwork guided, TokenShape shape, TokenChoice choice, ClipRandom chances, Tensor? given, int steps, IProgress<int>? done,
        CancellationToken cancellation);

    /// <param name="targets">(B, T), of the features (B, T, hidden).</param>
    protected Tensor LossOf(Tensor features, Tensor targets) => TokenLoss.Of(network.Logits(features).flatten(0, 1), targets.flatten());

    /// <param name="tokens">(B, n).</param>
    /// <returns>How many that are.</returns>
    protected static int Begin(Tensor tokens, Tensor? given)
    {
        if (given is null)
        {
            return 0;
        }

        tokens.narrow(1, 0, given.shape[1]).copy_(given.expand(tokens.shape[0], -1));
        return (int)given.shape[1];
    }

    /// <summary>Draws a token, where it is not a given one that the network has been shown.</summary>
    protected static void Choose(Tensor token, bool isOpen, Tensor logits, TokenChoice choice, ClipRandom chances)
    {
        if (isOpen)
        {
            token.copy_(choice.Pick(logits, chances.Uniform(1)).squeeze(1));
        }
    }

    /// <param name="tokens">(B, n).</param>
    protected Tensor Started(Tensor tokens) => cat([full([tokens.shape[0], 1], Special, ScalarType.Int64, tokens.device), tokens], 1);

    /// <returns>(B, 1) int64.</returns>
    protected static Tensor Draw(long below, Tensor clips, BatchRandom random) => random.Whole(below, clips.shape[0], 1).to(clips.device);
}

/// <param name="Temperature">Logits are divided by it; 0: the likeliest token.</param>
/// <param name="TopK">Among so many of the likeliest; null: all.</param>
/// <param name="TopP">Among the likeliest that together have this probability (nucleus sampling, Holtzman et al. 2020); null: all.</param>
/// <param name="MaskTemperature">Of the noise on how sure a masked transformer is.</param>
internal sealed record TokenChoice(double Temperature, int? TopK, double? TopP, double MaskTemperature)
{
    /// <param name="logits">(..., V) float32.</param>
    /// <param name="chances">(...) float64, uniform in [0, 1).</param>
    /// <returns>(...) int64.</returns>
    public Tensor Pick(Tensor logits, Tensor chances)
    {
        if (Temperature == 0)
        {
            return logits.argmax(-1);
        }

        logits = logits.to(ScalarType.Float64) / Temperature;
        var vocabulary = logits.shape[^1];
        if (TopK < vocabulary)
        {
            var least = logits.topk(TopK.Value, -1).values.narrow(-1, TopK.Value - 1, 1);
            logits = logits.masked_fill(logits.lt(least), double.NegativeInfinity);
        }

        var probabilities = logits.softmax(-1);
        if (TopP is double share)
        {
            var sorted = probabilities.sort(-1, descending: true).Values;
            var count = (sorted.cumsum(-1) - sorted).lt(share).sum(-1, keepdim: true);
            var least = sorted.gather(-1, count - 1);
            probabilities = probabilities.masked_fill(probabilities.lt(least), 0);
        }

        var below = probabilities.cumsum(-1);
        return below.le(chances.unsqueeze(-1) * below.narrow(-1, vocabulary - 1, 1)).sum(-1).clamp(0, vocabulary - 1);
    }
}

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
