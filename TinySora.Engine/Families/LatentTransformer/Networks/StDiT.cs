using TinySora.Engine.Families.LatentData;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>Open-Sora's spatio-temporal transformer, as minisora has it, with their names.</summary>
internal sealed class StDiT : PatchTransformer
{
    private readonly PatchProjection _patches;
    private readonly Linear _modulation;
    private readonly CaptionEmbedder? _captions;
    private readonly Final _final;

    /// <param name="textWidth">D, where text is taken.</param>
    /// <param name="textTokens">L, the most states of a text.</param>
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

    /// <param name="condition">Text of at most as many states as the model takes.</param>
    /// <inheritdoc/>
    public override AnyTensor forward(AnyTensor x, AnyTensor t, NetworkCondition condition)
    {
        var grid = Patches.Grid(x.shape);
        var width = Model.Size.HiddenSize;
        var tokens = _patches.forward(Patches.Cut(x, channelsFirst: true)).Widened();                  // (B, F, S, C)
        var level = Level(t, condition);
        var shared = _modulation.forward(level.silu()).Widened();                         // (B, 6 C)
        var captions = _captions?.forward(condition, x.shape[0]);
        var context = Context(grid, condition, x.device) with { AbsentText = captions?.Absent };
        if (Model.Rotary)
        {
            tokens = Through(tokens, shared, captions?.States, context);
        }
        else
        {
            tokens = tokens + Positions.Space(grid.Rows, grid.Columns, width, columnsFirst: true, x.device, Model.SpaceScale);
            var first = context with { FrameTable = Positions.Time(grid.Frames, width, x.device, Model.TimeScale).unsqueeze(1) };
            tokens = Through(tokens, shared, captions?.States, context, (i, before, others) => (before, i == 0 ? first : others));
        }

        return Patches.Restore(_final.forward(tokens, level), grid.Rows, channelsFirst: false);
    }

    /// <summary>The last layer from tokens to the numbers of patches, modulated by the noise level and a table.</summary>
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
            scale_shift_table = Initial.Normal(Math.Pow(width, -0.5), 2, width);
            _norm = new TokenNorm(model.RmsNorm);
            RegisterComponents();
        }

        /// <param name="level">(B, C) float32.</param>
        /// <returns>(B, F, S, outputs) float32.</returns>
        public AnyTensor forward(AnyTensor tokens, AnyTensor level)
        {
            var m = (level.unsqueeze(1) + scale_shift_table).unbind(1);
            return linear.forward(_norm.Modulated(tokens, m[0], m[1])).Widened();
        }
    }
}
