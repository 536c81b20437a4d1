using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentData;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Layers;
using TinySora.Engine.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

internal abstract class LatentNetwork(string name) : PublishedModule(name)
{
    /// <param name="x">Noisy latents (B, C, F, H, W).</param>
    /// <param name="t">Noise levels (B).</param>
    /// <returns>
    /// (B, C or 2C, F, H, W) float32: what it is trained to predict, see <see cref="Diffusion.Objective"/>, and, of a model with learned variances,
    /// where those are between their bounds, from -1 to 1.
    /// </returns>
    /// <exception cref="TinySoraException">TinySora.Model.LatentShape.</exception>
    public abstract AnyTensor forward(AnyTensor x, AnyTensor t, NetworkCondition condition);

    /// <inheritdoc cref="forward(AnyTensor, AnyTensor, NetworkCondition)"/>
    public Tensor forward(Tensor x, Tensor t, NetworkCondition condition) => (Tensor)forward((AnyTensor)x, t, condition);
}

internal static class LatentNetworks
{
    /// <summary>Creates a network with new weights, drawn from the default generator.</summary>
    /// <param name="textWidth">Width of the states of a text; null: there are none.</param>
    /// <param name="textTokens">The most states that a text has; latte and st-dit have weights for each.</param>
    /// <param name="unet">The U-Net, where it is one; null: the smallest of ours.</param>
    public static LatentNetwork Create(TransformerConfig model, LatentShape shape, int? textWidth = null, int textTokens = 1, UNetConfig? unet = null) =>
        model.Architecture switch
        {
            LatentNetworkKind.UNet => new LatentUNet(unet ?? new UNetConfig(), model, shape.Channels, textWidth ?? 0),
            LatentNetworkKind.DiT => new DiT(model, shape, textWidth ?? 0),
            LatentNetworkKind.StDiT => new StDiT(model, shape, textWidth ?? 0, textTokens),
            _ => new Latte(model, shape, textWidth ?? 0, textTokens),
        };
}

/// <summary>What a batch is denoised towards, and what of it there is.</summary>
internal sealed record NetworkCondition
{
    public static NetworkCondition None { get; } = new();

    /// <summary>The number of each clip's class, (B) int64; null: the model knows no classes.</summary>
    public AnyTensor? Labels { get; init; }

    /// <summary>(B, L, D) float32; null where a text is expected: absent in all.</summary>
    public AnyTensor? Text { get; init; }

    /// <summary>(B, L) booleans: which of the states stand for words, the first ones of each text; null: all.</summary>
    public AnyTensor? TextPresent { get; init; }

    /// <summary>
    /// A scalar: words of the longest text. Patches that are numbered in one sequence with words follow so many places in every example, as in the
    /// published training, which pads its texts before it numbers; null: the words of each example alone, as in its sampling.
    /// </summary>
    public AnyTensor? Longest { get; init; }

    /// <summary>The examples that get no condition, (B) booleans; null: none.</summary>
    public AnyTensor? Absent { get; init; }

    /// <summary>How many of the frames, at the end, are pictures by themselves.</summary>
    public int Images { get; init; }

    /// <summary>How many noise levels there are, where a graph is written; null: numbers are computed.</summary>
    public int? Levels { get; init; }

    /// <summary>Frames, rows and columns of each example of a padded batch; null: all of it.</summary>
    public IReadOnlyList<(int F, int H, int W)>? Sizes { get; init; }

    /// <summary>The examples of this and, behind them, those of another; both of whole clips.</summary>
    public NetworkCondition With(NetworkCondition other)
    {
        var text = Text is null ? null
            : TextStates.Pad([.. Each(Text, TextPresent!), .. Each(other.Text!, other.TextPresent!)]);
        return new()
        {
            Labels = Labels is null ? null : AnyTensor.cat([Labels, other.Labels!]),
            Text = text?.Values, TextPresent = text?.Present, Absent = AnyTensor.cat([Absent!, other.Absent!]),
        };

        static IReadOnlyList<Tensor> Each(AnyTensor values, AnyTensor present) => new TextStates((Tensor)values, (Tensor)present).Each();
    }
}

/// <summary>The U-Net of Tiny SORA over latents. A text is told as the mean of its words' states, a class as a vector of its own.</summary>
internal sealed class LatentUNet : LatentNetwork
{
    public const string UNetName = "unet";

    private readonly UNet3D _unet;
    private readonly Embedding? _classes;
    private readonly int _channels;

    /// <param name="channels">Of the latents.</param>
    /// <param name="textWidth">Of the states of a text, where it is told any.</param>
    public LatentUNet(UNetConfig unet, TransformerConfig model, int channels, int textWidth)
        : base(nameof(LatentUNet))
    {
        _channels = channels;
        int? width = model.Conditioning switch { Conditioning.None => null, Conditioning.Class => 4 * unet.Dim, _ => textWidth };
        _unet = new UNet3D(unet.Network(channels, width));
        _classes = model.Conditioning == Conditioning.Class ? nn.Embedding(model.NumClasses, 4 * unet.Dim) : null;
        Register([(UNetName, _unet)]);
        Register(_classes is null ? [] : [("y_embedder.embedding_table", _classes)]);
    }

    /// <exception cref="TinySoraException">LatentShape; SeveralSizes: padding cannot be kept from convolutions.</exception>
    /// <inheritdoc/>
    public override AnyTensor forward(AnyTensor x, AnyTensor t, NetworkCondition condition)
    {
        if (x.shape.Length != 5 || x.shape[1] != _channels || x.shape[3] % _unet.SizeMultiple != 0 || x.shape[4] % _unet.SizeMultiple != 0)
        {
            throw ModelErrors.LatentShape(x.shape, _channels, 1, _unet.SizeMultiple);
        }

        if (condition.Sizes is not null)
        {
            throw ModelErrors.SeveralSizes();
        }

        return _unet.forward(x, t, Told(condition), condition.Absent);
    }

    /// <returns>(B, width); null: nothing is told.</returns>
    private AnyTensor? Told(NetworkCondition condition) => _classes is not null
        ? condition.Labels is null ? null : _classes.forward(condition.Labels)
        : condition.Text is AnyTensor text ? WordMean.OfPresent(text, condition.TextPresent) : null;
}
