using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>
/// A transformer whose tokens are patches. Its parts have the same names as in the published code and are registered by path, because each published code
/// nests them differently. Position tables are computed, not stored.
/// </summary>
internal abstract class PatchTransformer : LatentNetwork
{
    private readonly Embedding? _classes;
    private readonly ModuleList<TransformerBlock> _blocks;
    private readonly Sequential _time;
    private readonly bool _cosinesFirst;

    /// <param name="blocks">Blocks with new weights, in order.</param>
    /// <param name="timeWidth">Width of the sinusoidal timestep embedding.</param>
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
    protected int PatchOutputs { get; }

    /// <summary>Registers the parts that all networks have, and the additional parts of this network, under their published names.</summary>
    protected void Register(string blocks, string time, IEnumerable<(string Path, nn.Module Part)> others)
    {
        Register(others.Append((blocks, _blocks)).Append((time, _time)));
        Register(_classes is null ? [] : [("y_embedder.embedding_table", _classes)]);
    }

    /// <summary>Returns the vector of the timestep, plus that of the class in class-conditional models.</summary>
    /// <returns>(B, width) float32.</returns>
    protected AnyTensor Level(AnyTensor t, NetworkCondition condition)
    {
        // A graph contains a table, because angles are computed in float64.
        var waves = t.Eager is Tensor numbers ? Waves(numbers) : t.embedding(Waves(PositionEmbeddings.Indices(condition.Levels!.Value, CPU)));
        var level = _time.forward(waves).ToFloat32();
        if (_classes is null)
        {
            return level;
        }

        AnyTensor none = tensor((long)Model.NumClasses).to(t.device);
        var labels = condition.Labels is not AnyTensor given ? none.expand(t.shape[0])
            : condition.Absent is AnyTensor absent ? AnyTensor.where(absent, none, given) : given;
        return level + _classes.forward(labels);

        AnyTensor Waves(Tensor levels) => PositionEmbeddings.Sinusoids(levels, Model.TimestepEmbDim, _cosinesFirst);
    }

    /// <summary>Returns text embeddings, with zeros for examples without text.</summary>
    /// <param name="width">Width D of the text embeddings.</param>
    /// <param name="tokens">Number L of embeddings if the whole batch has no text.</param>
    /// <returns>(B, L, D) float32.</returns>
    protected static AnyTensor Text(NetworkCondition condition, AnyTensor t, int width, int tokens = 1)
    {
        if (condition.Text is not AnyTensor text)
        {
            return zeros([t.shape[0], tokens, width], ScalarType.Float32, t.device);
        }

        return condition.Absent is null ? text : text.masked_fill(condition.Absent.reshape(-1, 1, 1), 0);
    }

    /// <summary>Creates the masks and rotary embeddings of a network that separates time and space.</summary>
    protected TokenContext Context(PatchGrid grid, NetworkCondition condition, Device device)
    {
        var (places, times) = Patches.PaddingMasks(grid with { Frames = grid.Frames - condition.Images }, condition.Sizes, device);
        RotaryTable? turns = null;
        RotaryTable? frames = null;
        if (Model.Rotary)
        {
            var (rows, columns) = grid.Coordinates(device);
            turns = RotaryTable.ForPositions(Model.HeadWidth, rows, columns);
            frames = RotaryTable.ForPositions(Model.HeadWidth, PositionEmbeddings.Indices(grid.Frames - condition.Images, device)).ForRows();
        }

        return new TokenContext
        {
            SpatialPadding = places,
            FramePadding = times,
            TextPadding = condition.TextPresent?.logical_not(),
            SpatialRotary = turns,
            TemporalRotary = frames,
            Images = condition.Images,
        };
    }

    /// <param name="before">Changes the input or context of a block before the block runs. Receives the block's index.</param>
    protected AnyTensor Through(
        AnyTensor x, AnyTensor condition, AnyTensor? text, TokenContext context, Func<int, AnyTensor, TokenContext, (AnyTensor, TokenContext)>? before = null)
    {
        for (var i = 0; i < _blocks.Count; i++)
        {
            var (tokens, own) = before?.Invoke(i, x, context) ?? (x, context);
            var block = _blocks[i];
            x = Model.GradCheckpoint && is_grad_enabled()
                ? GradientCheckpoint.Run(inputs => (Tensor)block.forward(inputs[0]!, inputs[1]!, inputs[2], own),
                    (Tensor)tokens, (Tensor)condition, (Tensor?)text)
                : block.forward(tokens, condition, text, own);
        }

        return x;
    }
}
