using TinySora.Engine.Compute;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentData;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using TinySora.Engine.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>One sequence of the patches of all frames (Peebles and Xie 2022), as early Open-Sora has it, with its names.</summary>
internal sealed class DiT : PatchTransformer
{
    /// <summary>Functions of a place that a text's field is a sum of.</summary>
    private const int FieldWidth = 128;

    private readonly PatchProjection _patches;
    private readonly AdaLnFinal? _final;
    private readonly Linear? _linear;
    private readonly Linear? _text;
    private readonly ModuleList<PositionConv>? _neighbours;
    private readonly TextField? _field;
    private readonly int _textWidth;
    private readonly bool _takesText;

    public DiT(TransformerConfig model, LatentShape shape, int textWidth)
        : base(nameof(DiT), model, shape, Blocks(model, textWidth), LevelAddsToText(model) ? textWidth : model.Size.HiddenSize)
    {
        var (width, patch) = (model.Size.HiddenSize, model.Size.PatchSize);
        (_textWidth, _takesText) = (textWidth, model.Conditioning == Conditioning.Text);
        _patches = new PatchProjection(width, shape.Channels, patch, patch);
        _linear = LevelAddsToText(model) ? new Linear(width, PatchOutputs).Zeroed() : null;
        _final = _linear is null ? new AdaLnFinal(model, PatchOutputs) : null;
        _text = _takesText && !model.IsCross ? new Linear(textWidth, width).Normal(0.02) : null;
        _neighbours = model.PositionConv ? new ModuleList<PositionConv>([.. Enumerable.Range(0, model.Size.Depth).Select(_ => new PositionConv(width))]) : null;
        _field = model.TextField ? new TextField(textWidth, FieldWidth, width) : null;
        Register("blocks", "t_embedder.mlp",
        [
            ("video_embedder.proj", _patches),
            .. _final?.Parts("final_layer.linear", "final_layer.adaLN_modulation.1") ?? [("final_layer.linear", _linear!)],
            .. _text is null ? Array.Empty<(string, nn.Module)>() : [("text_embedder.proj", _text)],
            .. _neighbours is null ? Array.Empty<(string, nn.Module)>() : [("position_convs", _neighbours)],
            .. _field is null ? Array.Empty<(string, nn.Module)>() : [("text_field", _field)],
        ]);
    }

    /// <exception cref="TinySoraException">LatentShape; SeveralSizes: a field of text lies between the edges of what it is given.</exception>
    /// <inheritdoc/>
    public override Tensor forward(Tensor x, Tensor t, NetworkCondition condition)
    {
        var grid = Patches.Grid(x.shape);
        var tokens = Precision.Widen(_patches.forward(Patches.Cut(x, channelsFirst: true))).flatten(1, 2).unsqueeze(1);  // (B, 1, N, C)
        var patches = tokens.shape[2];
        var level = Level(t, condition);
        var text = _takesText ? Text(condition, t, _textWidth) : null;
        if (_field is not null)
        {
            tokens = tokens + Field(text!, grid, condition);
        }

        var words = _text is null || text is null ? null : Precision.Widen(_text.forward(text)).unsqueeze(1);             // (B, 1, L, C)
        tokens = words is null ? tokens : cat([words, tokens], 2);
        tokens = Model.Rotary ? tokens : tokens + Table(grid, condition, words?.shape[2] ?? 0, x.device);
        text = !Model.IsCross || text is null ? null : _linear is null ? text : text + level.unsqueeze(1);
        tokens = Through(tokens, level, text, new TokenContext
        {
            AbsentPlaces = AbsentTokens(grid, condition, words?.shape[2] ?? 0, x),
            AbsentText = Model.IsCross ? condition.TextPresent?.logical_not() : null,
            Places = Model.Rotary ? Turns(grid, words?.shape[2] ?? 0, x.device) : null,
        }, _neighbours is null ? null : (i, before, context) => (before + Neighbours(_neighbours[i], before, grid, context.AbsentPlaces), context));
        tokens = words is null ? tokens : tokens.narrow(2, words.shape[2], patches);
        var numbers = _final?.Of(tokens, level) ?? Precision.Widen(_linear!.forward(Precision.Narrow(tokens)));
        return Patches.Restore(numbers.squeeze(1).unflatten(1, grid.Frames, -1), grid.Rows, channelsFirst: true);
    }

    public override OnnxTensor forward(OnnxTensor x, OnnxTensor t, int levels, GraphCondition condition)
    {
        var grid = Patches.Grid(x.Shape);
        var tokens = _patches.forward(Patches.Cut(x, channelsFirst: true)).Flatten(1, 2).Unsqueeze(1);                  // (B, 1, N, C)
        var patches = tokens.Shape[2];
        var level = Level(t, levels, condition);
        var text = _takesText ? Text(condition) : null;
        if (_field is not null)
        {
            var mean = WordMean.OfPresent(text!, condition.TextPresent!);
            tokens += _field.forward(mean, FieldShape(x.Shape[0], grid), x.Graph).Flatten(1, 3).Unsqueeze(1);
        }

        var words = _text is null || text is null ? null : _text.forward(text).Unsqueeze(1);                            // (B, 1, L, C)
        var count = words?.Shape[2] ?? 0;
        tokens = words is null ? tokens : OnnxTensor.Cat(2, words, tokens);
        tokens = Model.Rotary ? tokens : tokens + Table(x.Graph, grid, condition, count);
        text = !Model.IsCross || text is null ? null : _linear is null ? text : text + level.Unsqueeze(1);
        var own = new GraphContext
        {
            AbsentPlaces = words is null ? null
                : condition.TextPresent!.Pad(0, 0, 0, patches).Each("Not").And(x.Graph.Constant(arange(count + patches).lt(count))),
            AbsentText = Model.IsCross ? condition.TextPresent!.Each("Not") : null,
            Places = Model.Rotary ? Turns(grid, count, CPU) : null,
        };
        tokens = Through(tokens, level, text, own, _neighbours is null ? null : (i, before) =>
        {
            var clip = before.Narrow(2, count, patches).Select(1, 0).Unflatten(1, grid.Frames, grid.Rows, grid.Columns);
            return (before + _neighbours[i].forward(clip).Flatten(1, 3).Unsqueeze(1).Pad(0, 0, count, 0, 0, 0, 0, 0), own);
        });
        tokens = words is null ? tokens : tokens.Narrow(2, count, patches);
        var numbers = _final?.Of(tokens, level) ?? _linear!.forward(tokens);
        return Patches.Restore(numbers.Select(1, 0).Unflatten(1, grid.Frames, grid.Rows * grid.Columns), grid.Rows, channelsFirst: true);
    }

    /// <inheritdoc cref="Table(ValueTuple{long, long, long}, NetworkCondition, long, Device)"/>
    private OnnxTensor Table(OnnxGraph graph, (long Frames, long Rows, long Columns) grid, GraphCondition condition, long words)
    {
        if (words == 0 || Model.Positions == PatchOrder.Tyx)
        {
            return graph.Constant(Table(grid, NetworkCondition.None, words, CPU), "places");
        }

        // Patches follow the words of their example, of which there are as many as are present.
        var (patches, width) = (grid.Frames * grid.Rows * grid.Columns, Model.Size.HiddenSize);
        var places = graph.Constant(Positions.Sequence(Positions.Count(words + patches, CPU).unsqueeze(0), width).squeeze(0), "places");
        var before = condition.TextPresent!.Cast(OnnxType.Int64).Reduced("ReduceSum", 1);                              // (B, 1)
        var after = graph.Constant(arange(patches, ScalarType.Int64)) + before;
        var first = graph.Constant(arange(words, ScalarType.Int64)) + (before - before);
        return places.Rows(OnnxTensor.Cat(1, first, after)).Unsqueeze(1);
    }

    /// <summary>What the text asks of each patch.</summary>
    /// <param name="text">(B, L, D).</param>
    /// <returns>(B, 1, N, C).</returns>
    private Tensor Field(Tensor text, (long Frames, long Rows, long Columns) grid, NetworkCondition condition)
    {
        if (condition.Sizes is not null)
        {
            throw ModelErrors.SeveralSizes();
        }

        var mean = WordMean.OfPresent(text, condition.TextPresent);
        return Precision.Widen(_field!.forward(mean, FieldShape(text.shape[0], grid), text.device)).flatten(1, 3).unsqueeze(1);
    }

    private long[] FieldShape(long clips, (long Frames, long Rows, long Columns) grid) =>
        [clips, grid.Frames, grid.Rows, grid.Columns, Model.Size.HiddenSize];

    /// <summary>Whether the noise level is added to the text, as in the form of text without modulation.</summary>
    private static bool LevelAddsToText(TransformerConfig model) => model.IsCross && model.TextForm == TextForm.Cross;

    private static IEnumerable<TransformerBlock> Blocks(TransformerConfig model, int textWidth) => Enumerable.Range(0, model.Size.Depth)
        .Select<int, TransformerBlock>(_ => LevelAddsToText(model) ? new CrossBlock(model, textWidth)
            : model.IsCross ? new AdaLnBlock(model, BlockNames.Cross, textWidth)
            : new AdaLnBlock(model, BlockNames.DiT));

    /// <summary>Positions of the words in front, of which only a sequence has any, and of the patches.</summary>
    /// <returns>(B or 1, 1, words + N, C).</returns>
    private Tensor Table((long Frames, long Rows, long Columns) grid, NetworkCondition condition, long words, Device device)
    {
        var width = Model.Size.HiddenSize;
        if (Model.Positions == PatchOrder.Tyx)
        {
            var places = Positions.Space(grid.Rows, grid.Columns, width, columnsFirst: true, device);
            var table = (Positions.Time(grid.Frames, width, device).unsqueeze(1) + places).flatten(0, 1);
            return nn.functional.pad(table, [0, 0, words, 0]).unsqueeze(0).unsqueeze(0);
        }

        // Each example's patches are numbered without its padding, and follow its words without theirs, or the longest text's.
        var numbers = Numbers(grid, condition.Sizes, device);
        if (words > 0)
        {
            var before = condition.Longest?.to(ScalarType.Float64).view(1, 1)
                ?? condition.TextPresent?.to(ScalarType.Float64).sum(1, keepdim: true) ?? full([1, 1], words, ScalarType.Float64, device);
            var after = numbers + before;
            numbers = cat([Positions.Count(words, device).unsqueeze(0).expand(after.shape[0], -1), after], 1);
        }

        return Positions.Sequence(numbers, width).unsqueeze(1);
    }

    /// <returns>(B or 1, N) float64.</returns>
    private Tensor Numbers((long Frames, long Rows, long Columns) grid, IReadOnlyList<(int F, int H, int W)>? sizes, Device device)
    {
        if (sizes is null)
        {
            return Positions.Count(grid.Frames * grid.Rows * grid.Columns, device).unsqueeze(0);
        }

        var (rows, columns) = Places(grid, device);
        var frames = Positions.Count(grid.Frames, device).view(-1, 1);
        var height = Tokens(sizes, size => size.H / Patches.Size, device).unsqueeze(-1);
        var width = Tokens(sizes, size => size.W / Patches.Size, device).unsqueeze(-1);
        return ((((frames * height) + rows) * width) + columns).flatten(1);
    }

    /// <summary>What the convolution before a block adds to the patches, of which those of padding count as beyond the border; nothing to words.</summary>
    /// <param name="tokens">(B, 1, words + N, C).</param>
    /// <param name="absent">See <see cref="AbsentTokens"/>.</param>
    private static Tensor Neighbours(PositionConv convolution, Tensor tokens, (long Frames, long Rows, long Columns) grid, Tensor? absent)
    {
        var seen = absent is null ? tokens : tokens.masked_fill(absent.unsqueeze(1).unsqueeze(3), 0);
        var patches = grid.Frames * grid.Rows * grid.Columns;
        var words = tokens.shape[2] - patches;
        var clip = seen.narrow(2, words, patches).squeeze(1).unflatten(1, grid.Frames, grid.Rows, grid.Columns);
        return nn.functional.pad(convolution.forward(clip).flatten(1, 3).unsqueeze(1), [0, 0, words, 0]);
    }

    /// <summary>What is padding among words and patches that see each other.</summary>
    /// <returns>(B, words + N) booleans; null: nothing is.</returns>
    private Tensor? AbsentTokens((long Frames, long Rows, long Columns) grid, NetworkCondition condition, long words, Tensor x)
    {
        var (places, times) = Absent(grid, condition.Sizes, x.device);
        var patches = places is null || times is null ? null : (times.unsqueeze(2) | places.unsqueeze(1)).flatten(1);
        if (words == 0 || (patches is null && condition.TextPresent is null))
        {
            return patches;
        }

        return cat(
        [
            condition.TextPresent?.logical_not() ?? zeros([x.shape[0], words], ScalarType.Bool, x.device),
            patches ?? zeros([x.shape[0], grid.Frames * grid.Rows * grid.Columns], ScalarType.Bool, x.device),
        ], 1);
    }

    /// <summary>Patches turn by frame, row and column; words do not.</summary>
    private Rotation Turns((long Frames, long Rows, long Columns) grid, long words, Device device)
    {
        var (rows, columns) = Places(grid, device);
        var frames = Positions.Count(grid.Frames, device).repeat_interleave(grid.Rows * grid.Columns);
        return Rotation.Along(Model.HeadWidth, frames, rows.repeat(grid.Frames), columns.repeat(grid.Frames)).After(words);
    }
}
