using TinySora.Engine.Compute;
using TinySora.Engine.Families.LatentData;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>
/// A transformer whose tokens are patches. The names of its parts are those of the published code; they are registered by path, since each code
/// nests them in a way of its own. Tables of positions are computed, not stored.
/// </summary>
internal abstract class PatchTransformer : LatentNetwork
{
    private readonly Embedding? _classes;
    private readonly ModuleList<TransformerBlock> _blocks;
    private readonly Sequential _time;
    private readonly bool _cosinesFirst;

    /// <param name="blocks">With new weights, in their order.</param>
    /// <param name="timeWidth">Of the vector that a noise level becomes.</param>
    protected PatchTransformer(
        string name, TransformerConfig model, LatentShape shape, IEnumerable<TransformerBlock> blocks, int timeWidth, bool cosinesFirst = true)
        : base(name)
    {
        (Model, _cosinesFirst) = (model, cosinesFirst);
        Patches = new Patches(shape.Channels, model.PatchFrames, model.Size.PatchSize);
        PatchOutputs = (model.LearnSigma ? 2 : 1) * shape.Channels * model.PatchFrames * model.Size.PatchSize * model.Size.PatchSize;
        _blocks = new ModuleList<TransformerBlock>([.. blocks]);
        _time = nn.Sequential(new Linear(model.TimestepEmbDim, timeWidth).Normal(0.02), nn.SiLU(), new Linear(timeWidth, timeWidth).Normal(0.02));
        if (model.Conditioning == Conditioning.Class)
        {
            _classes = nn.Embedding(model.NumClasses + 1, timeWidth);
            nn.init.normal_(_classes.weight!, 0, 0.02);
        }
    }

    protected TransformerConfig Model { get; }

    protected Patches Patches { get; }

    /// <summary>The number of predicted values of a patch.</summary>
    protected int PatchOutputs { get; }

    /// <summary>Registers what every network has, under the names that the published code gives it, and what this one has beside that.</summary>
    protected void Register(string blocks, string time, IEnumerable<(string Path, nn.Module Part)> others)
    {
        Register(others.Append((blocks, _blocks)).Append((time, _time)));
        Register(_classes is null ? [] : [("y_embedder.embedding_table", _classes)]);
    }

    /// <summary>The noise level, and the class where there are any.</summary>
    /// <returns>(B, width) float32.</returns>
    protected Tensor Level(Tensor t, NetworkCondition condition)
    {
        var level = Precision.Widen(_time.forward(Positions.Waves(t, Model.TimestepEmbDim, _cosinesFirst)));
        if (_classes is null)
        {
            return level;
        }

        var none = full([t.shape[0]], Model.NumClasses, ScalarType.Int64, t.device);
        var labels = condition.Labels is not Tensor given ? none : condition.Absent is Tensor absent ? where(absent, none, given) : given;
        return level + _classes.forward(labels);
    }

    /// <inheritdoc cref="Level(Tensor, NetworkCondition)"/>
    protected OnnxTensor Level(OnnxTensor t, int levels, GraphCondition condition)
    {
        // A table, because its angles are computed in float64.
        var waves = t.Graph.Constant(Positions.Waves(Positions.Count(levels, CPU), Model.TimestepEmbDim, _cosinesFirst), "levels").Rows(t);
        var level = _time.Apply(waves);
        return _classes is null ? level : level + _classes.Apply(condition.Labels!);
    }

    /// <summary>The states of the text with zeros where there is none, in a graph.</summary>
    /// <returns>(B, L, D).</returns>
    protected static OnnxTensor Text(GraphCondition condition) =>
        condition.Absent!.Unsqueeze(1).Unsqueeze(2).Where(condition.Text!.Graph.Number(0), condition.Text);

    /// <summary>The states of the text with zeros where there is none.</summary>
    /// <param name="width">D.</param>
    /// <param name="tokens">L, where no text is given.</param>
    /// <returns>(B, L, D) float32.</returns>
    protected static Tensor Text(NetworkCondition condition, Tensor t, int width, int tokens = 1)
    {
        if (condition.Text is not Tensor text)
        {
            return zeros([t.shape[0], tokens, width], ScalarType.Float32, t.device);
        }

        return condition.Absent is null ? text : text.masked_fill(condition.Absent.view(-1, 1, 1), 0);
    }

    /// <summary>What is padding, and where tokens are, for a network that keeps time and space apart.</summary>
    protected TokenContext Context((long Frames, long Rows, long Columns) grid, NetworkCondition condition, Device device)
    {
        var (places, times) = Absent(grid with { Frames = grid.Frames - condition.Images }, condition.Sizes, device);
        Rotation? turns = null;
        Rotation? frames = null;
        if (Model.Rotary)
        {
            var (rows, columns) = Places(grid, device);
            turns = Rotation.Along(Model.HeadWidth, rows, columns);
            frames = Rotation.Along(Model.HeadWidth, Positions.Count(grid.Frames - condition.Images, device)).OfRows();
        }

        return new TokenContext
        {
            AbsentPlaces = places,
            AbsentFrames = times,
            AbsentText = condition.TextPresent?.logical_not(),
            Places = turns,
            Times = frames,
            Images = condition.Images,
        };
    }

    /// <summary>Row and column of each place of a frame.</summary>
    /// <returns>(rows·columns) float64 each.</returns>
    protected static (Tensor Rows, Tensor Columns) Places((long Frames, long Rows, long Columns) grid, Device device) => (
        Positions.Count(grid.Rows, device).unsqueeze(1).expand(grid.Rows, grid.Columns).flatten(),
        Positions.Count(grid.Columns, device).unsqueeze(0).expand(grid.Rows, grid.Columns).flatten());

    /// <summary>Places and frames of each example that are padding; null: none are.</summary>
    /// <returns>(B, rows·columns) and (B, frames) booleans.</returns>
    protected (Tensor? Places, Tensor? Times) Absent(
        (long Frames, long Rows, long Columns) grid, IReadOnlyList<(int F, int H, int W)>? sizes, Device device)
    {
        if (sizes is null)
        {
            return (null, null);
        }

        var (rows, columns) = Places(grid, device);
        var places = rows.ge(Tokens(sizes, size => size.H / Patches.Size, device)) | columns.ge(Tokens(sizes, size => size.W / Patches.Size, device));
        return (places, Positions.Count(grid.Frames, device).ge(Tokens(sizes, size => size.F / Patches.Frames, device)));
    }

    /// <summary>A number for each example, computed from its size, (B, 1).</summary>
    /// <returns>(B, 1) float64.</returns>
    protected static Tensor Tokens(IReadOnlyList<(int F, int H, int W)> sizes, Func<(int F, int H, int W), int> number, Device device) =>
        tensor(sizes.Select(size => (double)number(size)).ToArray()).to(device).unsqueeze(1);

    /// <summary>Applies the blocks one after the other.</summary>
    /// <param name="before">Changes what goes into the block of a number, or its context.</param>
    protected Tensor Through(
        Tensor x, Tensor condition, Tensor? text, TokenContext context, Func<int, Tensor, TokenContext, (Tensor, TokenContext)>? before = null)
    {
        for (var i = 0; i < _blocks.Count; i++)
        {
            var (tokens, own) = before?.Invoke(i, x, context) ?? (x, context);
            var block = _blocks[i];
            x = Model.GradCheckpoint && is_grad_enabled()
                ? Recomputed.Of(inputs => block.forward(inputs[0]!, inputs[1]!, inputs[2], own), tokens, condition, text)
                : block.forward(tokens, condition, text, own);
        }

        return x;
    }

    /// <inheritdoc cref="Through(Tensor, Tensor, Tensor?, TokenContext, Func{int, Tensor, TokenContext, ValueTuple{Tensor, TokenContext}}?)"/>
    protected OnnxTensor Through(OnnxTensor x, OnnxTensor condition, OnnxTensor? text, GraphContext context,
        Func<int, OnnxTensor, (OnnxTensor, GraphContext)>? before = null) => _blocks.Select((block, i) => (block, i)).Aggregate(x, (x, step) =>
        {
            var (tokens, own) = before?.Invoke(step.i, x) ?? (x, context);
            return step.block.forward(tokens, condition, text, own);
        });

    /// <summary>Where tokens are, for a network that keeps time and space apart.</summary>
    protected GraphContext Turns((long Frames, long Rows, long Columns) grid)
    {
        var context = Context(grid, NetworkCondition.None, CPU);
        return new GraphContext { Places = context.Places, Times = context.Times };
    }
}
