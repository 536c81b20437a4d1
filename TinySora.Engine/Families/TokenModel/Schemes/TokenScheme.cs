using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.TokenModel.Networks;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Schemes;

/// <summary>The training objective of a token model, and its algorithm for drawing the tokens of clips.</summary>
/// <param name="codes">Number K of codes. Tokens of K and above are not valid in a clip.</param>
/// <param name="shape">Shape of the training clips.</param>
internal abstract class TokenScheme(TokenNetworkConfig config, TokenNetwork network, int codes, TokenShape shape)
{
    /// <summary>First special token, which starts a clip or masks a token.</summary>
    protected int SpecialToken => codes;

    protected TokenNetworkConfig Config => config;
    protected TokenNetwork Network => network;
    protected TokenShape Shape => shape;

    /// <exception cref="Errors.TinySoraException">TinySora.Model.BlockTooSmall.</exception>
    public static TokenScheme Create(TokenNetworkConfig config, TokenNetwork network, int codes, TokenShape shape) => config.Architecture switch
    {
        TokenModelKind.Masked => new MaskedTokens(config, network, codes, shape),
        TokenModelKind.MdGpt when !config.OnlyPredictLast => new NextTokenInFrame(config, network, codes, shape),
        _ => new NextToken(config, network, codes, shape),
    };

    /// <summary>Maximum number of token frames in a clip; <c>null</c> if there is no limit.</summary>
    public virtual int? MaxFrames => null;

    /// <summary>Number of input tokens and number of context tokens (0 if there is no context) in a forward pass.</summary>
    public abstract (int Tokens, int Context) Lengths { get; }

    /// <summary>Description of the sampling loop, as metadata of the exported graph.</summary>
    public abstract string LoopDescription { get; }

    /// <summary>Returns the mean cross entropy of the predicted tokens, in nats.</summary>
    /// <param name="clips">(B, t, h, w) int64.</param>
    /// <param name="text">Text vectors (B, hidden), which are added to every token; <c>null</c> if the model does not use text.</param>
    /// <param name="number">Index of the micro-batch in the run; <c>null</c> in validation.</param>
    /// <param name="random">Random numbers that choose the tokens to predict.</param>
    /// <param name="chance">Random numbers for dropout; <c>null</c> disables dropout.</param>
    public abstract Tensor Loss(Tensor clips, Tensor? text, long? number, BatchRandom random, BatchRandom? chance);

    /// <summary>Returns the number of forward passes needed to draw clips of a given shape.</summary>
    public virtual int Units(TokenShape shape, int steps) => shape.Count;

    /// <param name="given">First n tokens of all clips, (1, n); <c>null</c> if no tokens are given.</param>
    /// <param name="done">Receives the number of completed units.</param>
    /// <returns>(B, t, h, w) int64, in the network's vocabulary.</returns>
    public abstract Tensor Sample(
        GuidedNetwork guided, TokenShape shape, TokenSampler choice, ClipRandom chances, Tensor? given, int steps, IProgress<int>? done,
        CancellationToken cancellation);

    /// <param name="targets">Targets (B, T) of the features (B, T, hidden).</param>
    protected Tensor LossOf(Tensor features, Tensor targets) => TokenLoss.Compute(network.Logits(features).flatten(0, 1), targets.flatten());

    /// <param name="tokens">(B, n).</param>
    /// <returns>The number of given tokens.</returns>
    protected static int FillPrefix(Tensor tokens, Tensor? given)
    {
        if (given is null)
        {
            return 0;
        }

        tokens.narrow(1, 0, given.shape[1]).copy_(given.expand(tokens.shape[0], -1));
        return (int)given.shape[1];
    }

    /// <summary>Draws a token for each clip, unless the token is given.</summary>
    protected static void SampleToken(Tensor token, bool isOpen, Tensor logits, TokenSampler choice, ClipRandom chances)
    {
        if (isOpen)
        {
            token.copy_(choice.Sample(logits, chances.Uniform(1)).squeeze(1));
        }
    }

    /// <param name="tokens">(B, n).</param>
    protected Tensor PrependStart(Tensor tokens) => cat([full([tokens.shape[0], 1], SpecialToken, ScalarType.Int64, tokens.device), tokens], 1);

    /// <returns>(B, 1) int64.</returns>
    protected static Tensor Draw(long below, Tensor clips, BatchRandom random) => random.Integers(below, clips.shape[0], 1).to(clips.device);
}

/// <summary>
/// A network with its conditioning. Guidance (Ho and Salimans 2022) computes from + scale · (prompt − from) on logits. Both predictions come from one pass
/// over a batch of double size.
/// </summary>
/// <param name="text">Text vectors (B, hidden); <c>null</c> if the model does not use text.</param>
/// <param name="from">Text vectors that guidance moves away from; <c>null</c> to disable guidance.</param>
internal sealed class GuidedNetwork(TokenNetwork network, Tensor? text, Tensor? from, double scale, Device device)
{
    private readonly Tensor? texts = from is null ? text : cat([from, text!]);

    public Device Device => device;

    /// <summary>Creates a cache for the network, which must be causal.</summary>
    public TokenState NewState() => network.NewState()!;

    /// <param name="input">Tokens of B clips, without text.</param>
    /// <returns>Logits of the token after the last one, (B, 1, V) float32.</returns>
    public Tensor LastLogits(TokenInput input) => Logits(input, features => features.narrow(1, features.shape[1] - 1, 1));

    /// <inheritdoc cref="LastLogits"/>
    /// <returns>(B, T, V) float32.</returns>
    public Tensor AllLogits(TokenInput input) => Logits(input, features => features);

    private Tensor Logits(TokenInput input, Func<Tensor, Tensor> part)
    {
        var features = network.forward(from is null ? input with { Text = text } : input with
        {
            Tokens = Twice(input.Tokens), Text = texts, Context = input.Context is null ? null : Twice(input.Context),
            Positions = Positions(input.Positions), ContextPositions = Positions(input.ContextPositions),
        });
        var logits = Precision.ToFloat32(network.Logits(part(features)));
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
