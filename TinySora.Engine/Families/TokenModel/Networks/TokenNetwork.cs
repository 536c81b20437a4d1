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
/// A network that predicts tokens. The names of its parts are those of the published code. Its head is the table of its tokens (Press and
/// Wolf 2017), of which published files have a copy under a second name.
/// </summary>
internal abstract class TokenNetwork(string name, TokenNetworkConfig config, long vocabulary) : PublishedModule(name)
{
    /// <summary>The deviation of new weights of tables and linear layers.</summary>
    public const double Deviation = 0.02;

    private readonly CodeLevels? _levels = config.CodeLevels is null ? null : new(config.CodeLevels, config.NEmbd);

    protected Embedding Table { get; } = NewTable(vocabulary, config.NEmbd);

    /// <summary>What is beside that table, by its name.</summary>
    protected IEnumerable<(string Path, nn.Module Part)> Levels => _levels is null ? [] : [(CodeLevels.Name, _levels.Table)];

    /// <returns>(B, T, hidden) float32: behind the last norm.</returns>
    public abstract AnyTensor Features(TokenInput input);

    /// <inheritdoc cref="Features"/>
    public Tensor forward(TokenInput input) => (Tensor)Features(input);

    /// <param name="features">(..., hidden).</param>
    /// <returns>(..., V), in the type that products have.</returns>
    public Tensor Logits(Tensor features) => (Tensor)Logits((AnyTensor)features);

    /// <inheritdoc cref="Logits(Tensor)"/>
    public AnyTensor Logits(AnyTensor features) => _levels is null
        ? features.linear(Table.weight!, bias: null)
        : features.linear(features.Made(Table.weight!, own => Precision.Narrow(_levels.AddTo(own))));

    /// <summary>An empty memory for <see cref="TokenInput.State"/>, to be disposed; null: the network looks at all tokens at once.</summary>
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
        : tokens.embedding(tokens.Made(Table.weight!, _levels.AddTo));
}

internal static class TokenNetworks
{
    /// <summary>What Mamba's vocabulary is rounded up to a multiple of, as published files have it.</summary>
    private const int Padding = 8;

    /// <summary>How many tokens there are with so many codes: behind them one starts a clip, or masks a token, and mdGPT has three more.</summary>
    public static int Vocabulary(TokenModelKind kind, int codes) => kind switch
    {
        TokenModelKind.MdGpt => codes + 4,
        TokenModelKind.Mamba => (codes + 2 + Padding - 1) / Padding * Padding,
        _ => codes + 1,
    };

    /// <summary>Creates a network with new weights, drawn from the default generator.</summary>
    /// <param name="shape">Of clips, in tokens.</param>
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

        TokenShape? seen = isMasked ? shape : null;
        var positions = isMasked ? LearnedPositions.OfClips(shape, width, shape)
            : isMdGpt && !config.Use1dPosEmb ? LearnedPositions.OfClips(Twice(shape), width, shape)
            : LearnedPositions.Numbered(config.BlockSize, width);
        IEnumerable<TokenBlock> blocks = kind == TokenModelKind.NanoGptMamba ? [new MambaStack(config, isRms: false)]
            : Enumerable.Range(0, config.NLayer).Select(_ => new GptBlock(config, seen, isMdGpt));
        return new Gpt(config, vocabulary, positions, blocks, seen);
    }

    /// <summary>Rows of the tables as the published code has them.</summary>
    private static TokenShape Twice(TokenShape shape) => new((2 * shape.Frames) + 1, (2 * shape.Height) + 1, (2 * shape.Width) + 1);
}

/// <param name="Tokens">(B, T) int64.</param>
internal sealed record TokenInput(AnyTensor Tokens)
{
    /// <summary>
    /// (B or 1, T) int64, or (B or 1, T, 3) frames, rows and columns where positions have three axes; null: in order, from the first or behind
    /// what the state has seen.
    /// </summary>
    public AnyTensor? Positions { get; init; }

    /// <summary>(B, S) int64: tokens that blocks with cross attention attend to; null: none, or those that the state has seen.</summary>
    public AnyTensor? Context { get; init; }

    /// <summary>The positions of the context, in the form of <see cref="Positions"/>.</summary>
    public AnyTensor? ContextPositions { get; init; }

    /// <summary>(B, hidden) float32, added to the vector of every token.</summary>
    public AnyTensor? Text { get; init; }

    /// <summary>The tokens come behind those that it has seen, and it is brought up to date. Then nothing has a gradient.</summary>
    public TokenState? State { get; init; }

    /// <summary>The random numbers of dropout; null: nothing is dropped.</summary>
    public BatchRandom? Chance { get; init; }
}

/// <summary>A part between the embedding and the last norm.</summary>
internal abstract class TokenBlock(string name) : PublishedModule(name)
{
    /// <param name="x">(B, T, hidden) float32.</param>
    /// <param name="context">(B, S, hidden) float32, where there is one to attend to that the state has not.</param>
    /// <param name="state">See <see cref="TokenInput.State"/>.</param>
    /// <param name="chance">See <see cref="TokenInput.Chance"/>.</param>
    /// <param name="turns">Of queries and keys by their places; null: they do not turn.</param>
    /// <returns>Like <paramref name="x"/>.</returns>
    public abstract AnyTensor forward(AnyTensor x, AnyTensor? context, TokenState? state, BatchRandom? chance, Rotation? turns);
}

/// <summary>What the layers of a causal network remember of the tokens that it has seen, so that the next one costs no more than itself.</summary>
internal sealed class TokenState : IDisposable
{
    private readonly Dictionary<(nn.Module Layer, string Name), Tensor> memories = [];

    /// <summary>How many tokens the network has seen.</summary>
    public long Seen { get; private set; }

    /// <summary>A tensor of a layer, made when it is first asked for. It belongs to no dispose scope.</summary>
    public Tensor Of(nn.Module layer, string name, Func<Tensor> make)
    {
        if (!memories.TryGetValue((layer, name), out var memory))
        {
            memories[(layer, name)] = memory = make().DetachFromDisposeScope();
        }

        return memory;
    }

    /// <summary>A tensor that a layer has stored; null: there is none.</summary>
    public Tensor? Find(nn.Module layer, string name) => memories.GetValueOrDefault((layer, name));

    /// <summary>Counts new tokens, after all layers have seen them.</summary>
    public void Advance(long tokens) => Seen += tokens;

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
    /// <param name="logits">(N, V), float32 or bfloat16, which nobody else may use from then on: the kernel writes their gradient over them.</param>
    /// <param name="targets">(N) int64: the right tokens.</param>
    /// <param name="ignored">(N) booleans: tokens that do not count.</param>
    /// <returns>The mean of -log softmax(logits) at the targets that count; zero where none does. To be differentiated once.</returns>
    public static Tensor Of(Tensor logits, Tensor targets, Tensor? ignored = null)
    {
        if (Kernels.CanLose(logits))
        {
            return Kernels.TokenLoss(logits, targets, ignored);
        }

        const long Ignored = -100; // as cross_entropy knows them
        var total = nn.functional.cross_entropy(
            Precision.Widen(logits), ignored is null ? targets : targets.masked_fill(ignored, Ignored), ignore_index: Ignored, reduction: nn.Reduction.Sum);
        return ignored is null ? total / targets.numel() : total / ignored.logical_not().sum().clamp_min(1);
    }
}
