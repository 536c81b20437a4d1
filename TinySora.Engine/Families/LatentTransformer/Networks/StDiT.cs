using TinySora.Engine.Compute;
using TinySora.Engine.Families.LatentData;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Interop.Onnx;
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
    public override Tensor forward(Tensor x, Tensor t, NetworkCondition condition)
    {
        var grid = Patches.Grid(x.shape);
        var width = Model.Size.HiddenSize;
        var tokens = Precision.Widen(_patches.forward(Patches.Cut(x, channelsFirst: true)));                  // (B, F, S, C)
        var level = Level(t, condition);
        var shared = Precision.Widen(_modulation.forward(nn.functional.silu(level)));                         // (B, 6 C)
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

    public override OnnxTensor forward(OnnxTensor x, OnnxTensor t, int levels, GraphCondition condition)
    {
        var (graph, grid, width) = (x.Graph, Patches.Grid(x.Shape), Model.Size.HiddenSize);
        var tokens = _patches.forward(Patches.Cut(x, channelsFirst: true));
        var level = Level(t, levels, condition);
        var shared = _modulation.forward(level.Silu());
        var captions = _captions?.forward(condition);
        var context = Turns(grid) with { AbsentText = captions?.Absent };
        if (Model.Rotary)
        {
            tokens = Through(tokens, shared, captions?.States, context);
        }
        else
        {
            tokens = tokens + graph.Constant(Positions.Space(grid.Rows, grid.Columns, width, columnsFirst: true, CPU, Model.SpaceScale), "places");
            var first = context with { FrameTable = graph.Constant(Positions.Time(grid.Frames, width, CPU, Model.TimeScale).unsqueeze(1), "frames") };
            tokens = Through(tokens, shared, captions?.States, context, (i, before) => (before, i == 0 ? first : context));
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
        public Tensor forward(Tensor tokens, Tensor level)
        {
            var m = (level.unsqueeze(1) + scale_shift_table).unbind(1);
            return Precision.Widen(linear.forward(_norm.Modulated(tokens, m[0], m[1])));
        }

        /// <inheritdoc cref="forward(Tensor, Tensor)"/>
        public OnnxTensor forward(OnnxTensor tokens, OnnxTensor level)
        {
            var m = level.Unsqueeze(1) + level.Graph.Weight(scale_shift_table);
            return linear.forward(_norm.Modulated(tokens, m.Select(1, 0), m.Select(1, 1)));
        }
    }
}
