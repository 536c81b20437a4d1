using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>
/// A transformer whose blocks alternate between attention in space and in time (Ma et al. 2024). Weights are named as in minisora and the tutorial.
/// </summary>
internal sealed class Latte : PatchTransformer
{
    private readonly PatchProjection _patches;
    private readonly AdaLnFinal _final;
    private readonly Linear? _text;
    private readonly int _textTokens;
    private readonly int _textWidth;
    private readonly bool _isTutorial;

    /// <param name="textWidth">Width D of text embeddings. All embeddings of a text are concatenated into one vector.</param>
    /// <param name="textTokens">Maximum number L of embeddings per text.</param>
    public Latte(TransformerConfig model, LatentShape shape, int textWidth, int textTokens)
        : base(nameof(Latte), model, shape, Blocks(model), model.Size.HiddenSize, cosinesFirst: model.Architecture != LatentNetworkKind.LatteTutorial)
    {
        var (width, patch) = (model.Size.HiddenSize, model.Size.PatchSize);
        _isTutorial = model.Architecture == LatentNetworkKind.LatteTutorial;
        _patches = _isTutorial ? new PatchProjection(width, patch * patch * shape.Channels) : new PatchProjection(width, shape.Channels, patch, patch);
        _final = new AdaLnFinal(model, PatchOutputs);
        (_textWidth, _textTokens) = (textWidth, textTokens);
        _text = model.Conditioning == Conditioning.Text ? new Linear(textTokens * textWidth, width).Xavier() : null;
        (string, nn.Module)[] text = _text is null ? [] : [("text_embedding_projection.1", _text)];
        if (_isTutorial)
        {
            Register("layers", "t_proj", [("patch_embed_layer.patch_embed.0", _patches), .. _final.Parts("proj_out", "adaptive_norm_layer.1"), .. text]);
        }
        else
        {
            Register("blocks", "t_embedder.mlp",
                [("x_embedder.proj", _patches), .. _final.Parts("final_layer.linear", "final_layer.adaLN_modulation.1"), .. text]);
        }
    }

    /// <param name="condition">Condition with at most L text embeddings. All examples have the same number of <see cref="NetworkCondition.Images"/>.</param>
    /// <inheritdoc/>
    public override AnyTensor forward(AnyTensor x, AnyTensor t, NetworkCondition condition)
    {
        var grid = Patches.Grid(x.shape);
        var width = Model.Size.HiddenSize;
        var tokens = _patches.forward(Patches.Patchify(x, channelsFirst: !_isTutorial)).ToFloat32();          // (B, F, S, C)
        tokens = Model.Rotary ? tokens : tokens + PositionEmbeddings.Space(grid.Rows, grid.Columns, width, columnsFirst: !_isTutorial, x.device);
        var level = Level(t, condition);
        var conditioned = _text is null ? level : level + _text.forward(Row(condition, t).silu()).ToFloat32();
        tokens = Through(tokens, conditioned, null, Context(grid, condition, x.device), (i, before, context) =>
            (i == 1 && !Model.Rotary ? before + FrameTable(grid.Frames, condition.Images, x.device) : before, context));
        return Patches.Unpatchify(_final.Forward(tokens, Model.FinalText ? conditioned : level), grid.Rows, channelsFirst: false);
    }

    private static IEnumerable<TransformerBlock> Blocks(TransformerConfig model)
    {
        var names = model.Architecture == LatentNetworkKind.LatteTutorial ? BlockNames.Tutorial : BlockNames.Latte;
        return Enumerable.Range(0, model.Size.Depth).Select(i => new AdaLnBlock(model, names, inTime: i % 2 == 1));
    }

    /// <summary>Returns the position embeddings of frames, with zeros for single images.</summary>
    /// <returns>(F, 1, C).</returns>
    private Tensor FrameTable(long frames, int images, Device device)
    {
        var table = PositionEmbeddings.Time(frames - images, Model.Size.HiddenSize, device);
        return nn.functional.pad(table, [0, 0, 0, images]).unsqueeze(1);
    }

    /// <summary>Concatenates the embeddings of each text, and pads shorter texts with zeros.</summary>
    private AnyTensor Row(NetworkCondition condition, AnyTensor t)
    {
        var text = Text(condition, t, _textWidth, _textTokens);
        text = condition.TextPresent is null ? text : text.masked_fill(condition.TextPresent.logical_not().unsqueeze(-1), 0);
        return text.pad(0, 0, 0, _textTokens - text.shape[1]).flatten(1);
    }
}
