using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>
/// A network that predicts tokens. Its parts have the published names. The head and the token embeddings share a weight (Press and Wolf 2017), which published
/// files contain under both names.
/// </summary>
internal abstract class TokenNetwork(string name, TokenNetworkConfig config, long vocabulary) : PublishedModule(name)
{
    /// <summary>Initial standard deviation of embeddings and linear layers.</summary>
    public const double Deviation = 0.02;

    private readonly CodeLevels? _levels = config.CodeLevels is null ? null : new(config.CodeLevels, config.NEmbd);

    protected Embedding Table { get; } = NewTable(vocabulary, config.NEmbd);

    /// <summary>Additional embeddings of code levels, by name; empty if <c>model.code_levels</c> is not set.</summary>
    protected IEnumerable<(string Path, nn.Module Part)> Levels => _levels is null ? [] : [(CodeLevels.Name, _levels.Table)];

    /// <returns>Features after the last normalization, (B, T, hidden) float32.</returns>
    public abstract AnyTensor Features(TokenInput input);

    /// <inheritdoc cref="Features"/>
    public Tensor forward(TokenInput input) => (Tensor)Features(input);

    /// <param name="features">(..., hidden).</param>
    /// <returns>(..., V), in the type of matrix products.</returns>
    public Tensor Logits(Tensor features) => (Tensor)Logits((AnyTensor)features);

    /// <inheritdoc cref="Logits(Tensor)"/>
    public AnyTensor Logits(AnyTensor features) => _levels is null
        ? features.linear(Table.weight!, bias: null)
        : features.linear(features.Prepare(Table.weight!, own => Precision.ToComputeType(_levels.AddTo(own))));

    /// <summary>
    /// Creates an empty cache for <see cref="TokenInput.State"/>, which the caller must dispose; returns <c>null</c> for bidirectional networks.
    /// </summary>
    public virtual TokenState? NewState() => new();

    protected AnyTensor Embed(TokenInput input) =>
        input.Text is null ? Vectors(input.Tokens) : Vectors(input.Tokens) + input.Text.unsqueeze(1);

    public static Embedding NewTable(long rows, long width)
    {
        var table = nn.Embedding(rows, width);
        nn.init.normal_(table.weight!, 0, Deviation);
        return table;
    }

    /// <returns>(B, T, hidden).</returns>
    private AnyTensor Vectors(AnyTensor tokens) => _levels is null ? Table.forward(tokens)
        : tokens.embedding(tokens.Prepare(Table.weight!, _levels.AddTo));
}

internal static class TokenNetworks
{
    /// <summary>Mamba's vocabulary size is rounded up to a multiple of this number, as in published files.</summary>
    private const int Padding = 8;

    /// <summary>
    /// Returns the vocabulary size for a number of codes. There is one additional token, which starts a clip or masks a token, and mdGPT has three more.
    /// </summary>
    public static int Vocabulary(TokenModelKind kind, int codes) => kind switch
    {
        TokenModelKind.MdGpt => codes + 4,
        TokenModelKind.Mamba => (codes + 2 + Padding - 1) / Padding * Padding,
        _ => codes + 1,
    };

    /// <summary>Creates a network with new weights from the default generator.</summary>
    /// <param name="shape">Size of clips in tokens.</param>
    /// <exception cref="TinySoraException">LevelsDiffer.</exception>
    public static TokenNetwork Create(TokenNetworkConfig config, int codes, TokenShape shape)
    {
        if (config.CodeLevels is not null && TokenNetworkConfig.Product(config.CodeLevels) != codes)
        {
            throw ModelErrors.LevelsDiffer(config.CodeLevels, TokenNetworkConfig.Product(config.CodeLevels), codes);
        }

        var (kind, width, vocabulary) = (config.Architecture, config.NEmbd, Vocabulary(config.Architecture, codes));
        var (isMdGpt, isMasked) = (kind == TokenModelKind.MdGpt, kind == TokenModelKind.Masked);
        if (kind == TokenModelKind.Mamba)
        {
            return new Mamba(config, vocabulary);
        }

        if (isMdGpt && !config.Use1dPosEmb)
        {
            config = config with { BlockSize = Math.Max(config.BlockSize, shape.TokensPerFrame) }; // a frame may be longer than block_size
        }

        TokenShape? seen = isMasked ? shape : null;
        var positions = isMasked ? LearnedPositions.ForClips(shape, width, shape)
            : isMdGpt && !config.Use1dPosEmb ? LearnedPositions.ForClips(Twice(shape), width, shape)
            : LearnedPositions.ForSequence(config.BlockSize, width);
        IEnumerable<TokenBlock> blocks = kind == TokenModelKind.NanoGptMamba ? [new MambaStack(config, table: null)]
            : Enumerable.Range(0, config.NLayer).Select(_ => new GptBlock(config, seen, isMdGpt));
        return new Gpt(config, vocabulary, positions, blocks, seen);
    }

    /// <summary>Returns the sizes of position tables in the published code: twice the clip's size plus one, along each axis.</summary>
    private static TokenShape Twice(TokenShape shape) => new((2 * shape.Frames) + 1, (2 * shape.Height) + 1, (2 * shape.Width) + 1);
}

/// <param name="Tokens">(B, T) int64.</param>
internal sealed record TokenInput(AnyTensor Tokens)
{
    /// <summary>
    /// Positions (B or 1, T) int64, or (B or 1, T, 3) frames, rows and columns if positions have three axes; <c>null</c> for consecutive positions,
    /// after the tokens of the state.
    /// </summary>
    public AnyTensor? Positions { get; init; }

    /// <summary>Tokens that cross attention attends to, (B, S) int64; <c>null</c> if there is no context, or to use the one cached in the state.</summary>
    public AnyTensor? Context { get; init; }

    /// <summary>Positions of the context, in the form of <see cref="Positions"/>.</summary>
    public AnyTensor? ContextPositions { get; init; }

    /// <summary>Text vectors (B, hidden) float32, added to the vector of every token.</summary>
    public AnyTensor? Text { get; init; }

    /// <summary>Cache for previous tokens, which is updated. Gradients must be disabled.</summary>
    public TokenState? State { get; init; }

    /// <summary>Random numbers for dropout; <c>null</c> disables dropout.</summary>
    public BatchRandom? Chance { get; init; }
}

/// <summary>A layer between the embedding and the last normalization.</summary>
internal abstract class TokenBlock(string name) : PublishedModule(name)
{
    /// <param name="x">(B, T, hidden) float32.</param>
    /// <param name="context">New context (B, S, hidden) float32; <c>null</c> if there is no context, or if the state contains it.</param>
    /// <param name="state">Cache, see <see cref="TokenInput.State"/>.</param>
    /// <param name="chance">Random numbers, see <see cref="TokenInput.Chance"/>.</param>
    /// <param name="turns">Rotary embedding of queries and keys; <c>null</c> for no rotary embedding.</param>
    /// <returns>Same shape as <paramref name="x"/>.</returns>
    public abstract AnyTensor forward(AnyTensor x, AnyTensor? context, TokenState? state, BatchRandom? chance, RotaryTable? turns);
}

/// <summary>Cache in which the layers of a causal network keep their results for previous tokens, so that previous tokens are not processed again.</summary>
internal sealed class TokenState : IDisposable
{
    private readonly Dictionary<(nn.Module Layer, string Name), Tensor> memories = [];

    /// <summary>Number of tokens that the network has processed.</summary>
    public long TokenCount { get; private set; }

    /// <summary>Returns a tensor that belongs to a layer. The tensor is created on first use. The tensor does not belong to a dispose scope.</summary>
    public Tensor GetOrAdd(nn.Module layer, string name, Func<Tensor> make)
    {
        if (!memories.TryGetValue((layer, name), out var memory))
        {
            memories[(layer, name)] = memory = make().DetachFromDisposeScope();
        }

        return memory;
    }

    /// <summary>Returns the stored tensor of a layer; <c>null</c> if there is none.</summary>
    public Tensor? Find(nn.Module layer, string name) => memories.GetValueOrDefault((layer, name));

    /// <summary>Counts new tokens, after all layers have processed them.</summary>
    public void Advance(long tokens) => TokenCount += tokens;

    public void Dispose()
    {
        foreach (var memory in memories.Values)
        {
            memory.Dispose();
        }

        memories.Clear();
    }
}

/// <summary>Cross entropy of predicted tokens, in nats.</summary>
internal static class TokenLoss
{
    /// <param name="logits">(N, V), float32 or bfloat16. Do not use the logits afterwards, because the kernel overwrites them with their gradient.</param>
    /// <param name="targets">Correct tokens (N) int64.</param>
    /// <param name="ignored">Mask (N) of tokens to ignore.</param>
    /// <returns>The mean of -log softmax(logits) at the targets that are not ignored; zero if there are none. Supports a single backward pass.</returns>
    public static Tensor Compute(Tensor logits, Tensor targets, Tensor? ignored = null)
    {
        if (Kernels.CanComputeTokenLoss(logits))
        {
            return Kernels.TokenLoss(logits, targets, ignored);
        }

        const long Ignored = -100; // default ignore_index of cross_entropy
        var total = nn.functional.cross_entropy(
            Precision.ToFloat32(logits), ignored is null ? targets : targets.masked_fill(ignored, Ignored), ignore_index: Ignored, reduction: nn.Reduction.Sum);
        return ignored is null ? total / targets.numel() : total / ignored.logical_not().sum().clamp_min(1);
    }
}
