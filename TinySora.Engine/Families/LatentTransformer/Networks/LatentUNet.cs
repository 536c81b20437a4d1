using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Recorded;
using TinySora.Engine.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>
/// Tiny SORA's U-Net for latents. Its condition is the mean of the text embeddings, or a learned vector for a class. Optionally, positions also attend to
/// the text embeddings.
/// </summary>
internal sealed class LatentUNet : LatentNetwork
{
    public const string UNetName = "unet";

    /// <summary>Bias of logits to ignore.</summary>
    private const double Ignored = -1e9;

    /// <summary>Minimum weight of a token; its logarithm is finite.</summary>
    private const double TinyWeight = 1e-30;

    private readonly UNet3D _unet;
    private readonly Embedding? _classes;
    private readonly int _channels;
    private readonly bool _attendsToText;
    private readonly TrainedPasses _passes;

    /// <param name="channels">Number of latent channels.</param>
    /// <param name="textWidth">Width of text embeddings, if the model takes text.</param>
    public LatentUNet(UNetConfig unet, TransformerConfig model, int channels, int textWidth)
        : base(nameof(LatentUNet))
    {
        _channels = channels;
        _attendsToText = unet.TextAttention;
        _passes = new TrainedPasses(this);
        int? width = model.Conditioning switch { Conditioning.None => null, Conditioning.Class => 4 * unet.Dim, _ => textWidth };
        _unet = new UNet3D(unet.Network(channels, width));
        _classes = model.Conditioning == Conditioning.Class ? nn.Embedding(model.NumClasses, 4 * unet.Dim) : null;
        Register([(UNetName, _unet)]);
        Register(_classes is null ? [] : [("y_embedder.embedding_table", _classes)]);
    }

    public override string? RecordingProblem => _passes.Problem;

    public override bool IsRecordable => true;

    /// <exception cref="TinySoraException">LatentShape; SeveralSizes, because convolutions cannot ignore padding.</exception>
    /// <inheritdoc/>
    public override AnyTensor forward(AnyTensor x, AnyTensor t, NetworkCondition condition)
    {
        Check(x.shape, condition);
        var (inputs, embedding) = Inputs(x, t, condition);
        return Predict(inputs, embedding);
    }

    /// <summary>Computes the prediction, in training from recorded passes if possible.</summary>
    /// <inheritdoc/>
    public override Tensor forward(Tensor x, Tensor t, NetworkCondition condition)
    {
        if (!is_grad_enabled())
        {
            return base.forward(x, t, condition);
        }

        Check(x.shape, condition);
        var (inputs, embedding) = Inputs(x, t, condition);
        return _passes.Apply([.. inputs.Select(input => (Tensor)input)], (Tensor?)embedding, Predict) ?? (Tensor)Predict(inputs, embedding);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _passes.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Check(long[] shape, NetworkCondition condition)
    {
        if (shape.Length != 5 || shape[1] != _channels || shape[3] % _unet.SizeMultiple != 0 || shape[4] % _unet.SizeMultiple != 0)
        {
            throw ModelErrors.LatentShape(shape, _channels, 1, _unet.SizeMultiple);
        }

        if (condition.Sizes is not null)
        {
            throw ModelErrors.SeveralSizes();
        }
    }

    /// <returns>The arguments of <see cref="Predict"/>.</returns>
    private (AnyTensor[] Inputs, AnyTensor? Embedding) Inputs(AnyTensor x, AnyTensor t, NetworkCondition condition)
    {
        var embedding = _unet.OrNull(Embed(condition), condition.Absent, t.shape[0]);
        return _attendsToText ? ([x, t, Bias(condition, t)], WithTokens(embedding!, condition)) : ([x, t], embedding);
    }

    /// <param name="inputs">Noisy latents and timesteps and, with text attention, the <see cref="Bias"/>.</param>
    /// <param name="embedding">
    /// Text vectors (B, width) or, with text attention, the vectors of <see cref="WithTokens"/>; <c>null</c> without a condition.
    /// </param>
    private AnyTensor Predict(IReadOnlyList<AnyTensor> inputs, AnyTensor? embedding) => _attendsToText
        ? _unet.forward(inputs[0], inputs[1], embedding!.select(1, 0), text: new(embedding, inputs[2]))
        : _unet.forward(inputs[0], inputs[1], embedding);

    /// <summary>Returns the vectors to attend to: the text's mean or null vector, which always gets attention, and its embeddings.</summary>
    /// <returns>(B, 1 + L, width); (B, 1, width) if the whole batch has no text.</returns>
    private static AnyTensor WithTokens(AnyTensor embedding, NetworkCondition condition) => condition.Text is AnyTensor states
        ? AnyTensor.cat([embedding.unsqueeze(1), states], 1)
        : embedding.unsqueeze(1);

    /// <summary>
    /// Returns the bias of the vectors of <see cref="WithTokens"/>: the logarithm of a token's weight, and <see cref="Ignored"/> at padding
    /// and for clips without text. A token with weight 2 counts like two tokens.
    /// </summary>
    private static AnyTensor Bias(NetworkCondition condition, AnyTensor t)
    {
        if (condition.Text is not AnyTensor states)
        {
            return zeros([t.shape[0], 1], ScalarType.Float32, t.device);
        }

        var bias = condition.TextWeights is Tensor weights ? weights.clamp_min(TinyWeight).log()
            : condition.TextPresent is AnyTensor present ? present.logical_not().type_as(states) * Ignored
            : zeros(states.shape[..2], ScalarType.Float32, states.device);
        bias = condition.Absent is AnyTensor absent ? bias + (absent.type_as(states).unsqueeze(1) * Ignored) : bias;
        return bias.pad(1, 0);
    }

    /// <returns>(B, width); <c>null</c> if there is no condition.</returns>
    private AnyTensor? Embed(NetworkCondition condition) => _classes is not null
        ? condition.Labels is null ? null : _classes.forward(condition.Labels)
        : condition.Text is AnyTensor text ? MeanPooling.Masked(text, condition.TextWeights ?? condition.TextPresent) : null;
}
