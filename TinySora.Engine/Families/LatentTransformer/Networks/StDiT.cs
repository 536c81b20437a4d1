using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>Open-Sora's spatio-temporal transformer, as in minisora. Weights have their published names.</summary>
internal sealed class StDiT : PatchTransformer
{
    private readonly PatchProjection _patches;
    private readonly Linear _modulation;
    private readonly CaptionEmbedder? _captions;
    private readonly Final _final;

    /// <param name="textWidth">Width D of text embeddings.</param>
    /// <param name="textTokens">Maximum number L of embeddings per text.</param>
    public StDiT(TransformerConfig model, LatentShape shape, int textWidth, int textTokens)
        : base(nameof(StDiT), model, shape, Enumerable.Range(0, model.Size.Depth).Select(_ => new StDitBlock(model)), model.Size.HiddenSize)
    {
        var (width, patch) = (model.Size.HiddenSize, model.Size.PatchSize);
        _patches = new PatchProjection(width, shape.Channels, model.PatchFrames, patch, patch);
        _modulation = new Linear(width, 6 * width).Normal(0.02);
        _captions = model.Conditioning == Conditioning.Text ? new CaptionEmbedder(textWidth, textTokens, width) : null;
        _final = new Final(model, PatchOutputs);
        Register("blocks", "t_embedder.mlp", [("x_embedder.proj", _patches), ("t_block.1", _modulation), ("final_layer", _final)]);
        Register(_captions is null ? [] : [("y_embedder", _captions)]);
    }

    /// <param name="condition">Condition with at most L text embeddings.</param>
    /// <inheritdoc/>
    public override AnyTensor forward(AnyTensor x, AnyTensor t, NetworkCondition condition)
    {
        var grid = Patches.Grid(x.shape);
        var width = Model.Size.HiddenSize;
        var tokens = _patches.forward(Patches.Patchify(x, channelsFirst: true)).ToFloat32();                  // (B, F, S, C)
        var level = Level(t, condition);
        var shared = _modulation.forward(level.silu()).ToFloat32();                         // (B, 6 C)
        var captions = _captions?.forward(condition, x.shape[0]);
        var context = Context(grid, condition, x.device) with { TextPadding = captions?.Absent };
        if (Model.Rotary)
        {
            tokens = Through(tokens, shared, captions?.States, context);
        }
        else
        {
            tokens = tokens + PositionEmbeddings.Space(grid.Rows, grid.Columns, width, columnsFirst: true, x.device, Model.SpaceScale);
            var first = context with { FrameTable = PositionEmbeddings.Time(grid.Frames, width, x.device, Model.TimeScale).unsqueeze(1) };
            tokens = Through(tokens, shared, captions?.States, context, (i, before, others) => (before, i == 0 ? first : others));
        }

        return Patches.Unpatchify(_final.forward(tokens, level), grid.Rows, channelsFirst: false);
    }

    /// <summary>Final layer from tokens to the values of patches, modulated by the timestep and a learned table.</summary>
    private sealed class Final : nn.Module
    {
        private readonly Linear linear;
        private readonly Parameter scale_shift_table;
        private readonly TokenNorm _norm;

        public Final(TransformerConfig model, int outputs)
            : base(nameof(Final))
        {
            var width = model.Size.HiddenSize;
            linear = new Linear(width, outputs).Zeroed();
            scale_shift_table = WeightInitialization.Normal(Math.Pow(width, -0.5), 2, width);
            _norm = new TokenNorm(model.RmsNorm);
            RegisterComponents();
        }

        /// <param name="level">(B, C) float32.</param>
        /// <returns>(B, F, S, outputs) float32.</returns>
        public AnyTensor forward(AnyTensor tokens, AnyTensor level)
        {
            var m = (level.unsqueeze(1) + scale_shift_table).unbind(1);
            return linear.forward(_norm.Modulated(tokens, m[0], m[1])).ToFloat32();
        }
    }
}

/// <summary>
/// A block in Open-Sora's ST-DiT: attention in space, in time and to the text, and an MLP. Shifts, scales and gates are the sum of values shared by all
/// blocks and a table per block (PixArt-α, Chen et al. 2023); space and time share a gate, and only space is normalized.
/// </summary>
internal sealed class StDitBlock : TransformerBlock
{
    private readonly Parameter scale_shift_table;
    private readonly MultiHeadAttention _space;
    private readonly MultiHeadAttention _time;
    private readonly MultiHeadAttention? _captions;
    private readonly FeedForward _mlp;
    private readonly TokenNorm _norm;

    public StDitBlock(TransformerConfig model)
        : base(nameof(StDitBlock))
    {
        var width = model.Size.HiddenSize;
        scale_shift_table = WeightInitialization.Normal(Math.Pow(width, -0.5), 6, width);
        _space = new MultiHeadAttention(model, ["qkv"], [], "proj");
        _time = new MultiHeadAttention(model, ["qkv"], [], "proj").ZeroInitialized();
        _captions = model.Conditioning == Conditioning.Text
            ? new MultiHeadAttention(model, ["q_linear"], ["kv_linear"], "proj", width).ZeroInitialized() : null;
        _mlp = new FeedForward(width, model.Swiglu, ("fc1", "fc2"));
        _norm = new TokenNorm(model.RmsNorm);
        register_parameter(nameof(scale_shift_table), scale_shift_table);
        Register([("attn", _space), ("attn_temp", _time), ("mlp", _mlp)]);
        Register(_captions is null ? [] : [("cross_attn", _captions)]);
    }

    public override AnyTensor forward(AnyTensor x, AnyTensor condition, AnyTensor? text, TokenContext context)
    {
        var m = (condition.unflatten(1, 6, x.shape[^1]) + scale_shift_table).unbind(1);                       // six of (B, C)
        x = Modulation.Gate(x, m[2], _space.forward(_norm.Modulated(x, m[0], m[1]), null, context.SpatialPadding, context.SpatialRotary));
        var frames = (context.FrameTable is null ? x : x + context.FrameTable).ToComputeType();
        x = Modulation.Gate(x, m[2], _time.forward(frames, null, context.FramePadding, context.TemporalRotary, inTime: true));
        if (_captions is not null)
        {
            x = x + _captions.forward(x.ToComputeType(), text, context.TextPadding).ToFloat32();
        }

        return Modulation.Gate(x, m[5], _mlp.forward(_norm.Modulated(x, m[3], m[4])));
    }
}

/// <summary>Projects text embeddings to the width of tokens. Learned embeddings replace the embeddings of missing texts.</summary>
internal sealed class CaptionEmbedder : PublishedModule
{
    private readonly Parameter y_embedding;
    private readonly Linear _first;
    private readonly Linear _second;

    public CaptionEmbedder(int textWidth, int tokens, int width)
        : base(nameof(CaptionEmbedder))
    {
        y_embedding = WeightInitialization.Normal(Math.Pow(textWidth, -0.5), tokens, textWidth);
        (_first, _second) = (new Linear(textWidth, width).Normal(0.02), new Linear(width, width).Normal(0.02));
        register_parameter(nameof(y_embedding), y_embedding);
        Register([("y_proj.fc1", _first), ("y_proj.fc2", _second)]);
    }

    /// <param name="batch">Batch size B, if the whole batch has no text.</param>
    /// <returns>Embeddings (B, L, width) float32, and a mask (B, L) of padding, which is <c>null</c> if there is none.</returns>
    public (AnyTensor States, AnyTensor? Absent) forward(NetworkCondition condition, long batch)
    {
        if (condition.Text is not AnyTensor text)
        {
            return (Project(y_embedding.unsqueeze(0)).expand(batch, -1, -1), null);
        }

        if (condition.Absent is not AnyTensor dropped)
        {
            return (Project(text), condition.TextPresent?.logical_not());
        }

        // Text embeddings are padded to the number of learned embeddings.
        var padding = y_embedding.shape[0] - text.shape[1];
        var present = condition.TextPresent ?? ones([batch, text.shape[1]], ScalarType.Bool, text.device);
        return (Project(AnyTensor.where(dropped.reshape(-1, 1, 1), y_embedding, text.pad(0, 0, 0, padding))),
            (present.pad(0, padding) | dropped.unsqueeze(1)).logical_not());
    }

    private AnyTensor Project(AnyTensor states) => _second.forward(Gelu.Tanh(_first.forward(states))).ToFloat32();
}
