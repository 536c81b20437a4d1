using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;
using TinySora.Engine.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>A transformer over a single sequence of the patches of all frames (Peebles and Xie 2022). Weights are named as in early Open-Sora.</summary>
internal sealed class DiT : PatchTransformer
{
    /// <summary>Number of position functions in spatial text conditioning.</summary>
    private const int FieldWidth = 128;

    private readonly PatchProjection _patches;
    private readonly AdaLnFinal? _final;
    private readonly Linear? _linear;
    private readonly Linear? _text;
    private readonly ModuleList<PositionConv>? _neighbours;
    private readonly SpatialTextConditioning? _field;
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
        _field = model.TextField ? new SpatialTextConditioning(textWidth, FieldWidth, width) : null;
        Register("blocks", "t_embedder.mlp",
        [
            ("video_embedder.proj", _patches),
            .. _final?.Parts("final_layer.linear", "final_layer.adaLN_modulation.1") ?? [("final_layer.linear", _linear!)],
            .. _text is null ? Array.Empty<(string, nn.Module)>() : [("text_embedder.proj", _text)],
            .. _neighbours is null ? Array.Empty<(string, nn.Module)>() : [("position_convs", _neighbours)],
            .. _field is null ? Array.Empty<(string, nn.Module)>() : [("text_field", _field)],
        ]);
    }

    /// <exception cref="TinySoraException">LatentShape; SeveralSizes, because spatial text conditioning needs clips of equal size.</exception>
    /// <inheritdoc/>
    public override AnyTensor forward(AnyTensor x, AnyTensor t, NetworkCondition condition)
    {
        var grid = Patches.Grid(x.shape);
        var tokens = _patches.forward(Patches.Patchify(x, channelsFirst: true)).ToFloat32().flatten(1, 2).unsqueeze(1);         // (B, 1, N, C)
        var level = Level(t, condition);                                                                              // (B, C)
        var text = _takesText ? Text(condition, t, _textWidth) : null;                                                // (B, L, D)
        tokens = _field is null ? tokens : tokens + Field(text!, grid, condition);

        var words = text is null ? null : _text?.forward(text).ToFloat32().unsqueeze(1);                                // (B, 1, L, C)
        var sequence = new PatchSequence(Patches, grid, words?.shape[2] ?? 0, condition, x.device);
        tokens = words is null ? tokens : AnyTensor.cat([words, tokens], 2);
        tokens = Model.Rotary ? tokens : tokens + sequence.PositionEmbedding(Model.Positions, Model.Size.HiddenSize);

        var seen = !Model.IsCross || text is null ? null : _linear is null ? text : text + level.unsqueeze(1);
        tokens = Through(tokens, level, seen, new TokenContext
        {
            SpatialPadding = sequence.PaddingMask(x.shape[0]),
            TextPadding = Model.IsCross ? condition.TextPresent?.logical_not() : null,
            SpatialRotary = Model.Rotary ? sequence.CreateRotaryTable(Model.HeadWidth) : null,
        }, _neighbours is null ? null : (i, before, context) => (before + Neighbours(_neighbours[i], before, sequence, context.SpatialPadding), context));

        tokens = words is null ? tokens : tokens.narrow(2, sequence.TextTokens, grid.Count);
        var numbers = _final?.Forward(tokens, level) ?? _linear!.forward(tokens).ToFloat32();
        return Patches.Unpatchify(numbers.squeeze(1).unflatten(1, grid.Frames, -1), grid.Rows, channelsFirst: true);
    }

    /// <summary>Returns the spatial text conditioning of each patch.</summary>
    /// <param name="text">(B, L, D).</param>
    /// <returns>(B, 1, N, C).</returns>
    private AnyTensor Field(AnyTensor text, PatchGrid grid, NetworkCondition condition)
    {
        if (condition.Sizes is not null)
        {
            throw ModelErrors.SeveralSizes();
        }

        long[] shape = [text.shape[0], grid.Frames, grid.Rows, grid.Columns, Model.Size.HiddenSize];
        return _field!.forward(MeanPooling.Masked(text, condition.TextPresent), shape, text.device).ToFloat32().flatten(1, 3).unsqueeze(1);
    }

    /// <summary>Whether the timestep is added to the text, which is the case if <c>model.text_form</c> is <c>cross</c>.</summary>
    private static bool LevelAddsToText(TransformerConfig model) => model.IsCross && model.TextForm == TextForm.Cross;

    private static IEnumerable<TransformerBlock> Blocks(TransformerConfig model, int textWidth) => Enumerable.Range(0, model.Size.Depth)
        .Select<int, TransformerBlock>(_ => LevelAddsToText(model) ? new CrossBlock(model, textWidth)
            : model.IsCross ? new AdaLnBlock(model, BlockNames.Cross, textWidth)
            : new AdaLnBlock(model, BlockNames.DiT));

    /// <summary>Returns the output of the convolution before a block. Padded patches count as zeros, and the output for text tokens is 0.</summary>
    /// <param name="tokens">(B, 1, words + N, C).</param>
    /// <param name="absent">Mask, see <see cref="PatchSequence.PaddingMask"/>.</param>
    private static AnyTensor Neighbours(PositionConv convolution, AnyTensor tokens, PatchSequence sequence, AnyTensor? absent)
    {
        var seen = absent is null ? tokens : tokens.masked_fill(absent.unsqueeze(1).unsqueeze(3), 0);
        return sequence.Tokens(convolution.forward(sequence.Clip(seen)));
    }
}
