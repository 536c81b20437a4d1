using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Recorded;
using TinySora.Engine.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>Tiny SORA's U-Net for latents. Its condition is the mean of the text embeddings, or a learned vector for a class.</summary>
internal sealed class LatentUNet : LatentNetwork
{
    public const string UNetName = "unet";

    private readonly UNet3D _unet;
    private readonly Embedding? _classes;
    private readonly int _channels;
    private readonly TrainedPasses _passes;

    /// <param name="channels">Number of latent channels.</param>
    /// <param name="textWidth">Width of text embeddings, if the model takes text.</param>
    public LatentUNet(UNetConfig unet, TransformerConfig model, int channels, int textWidth)
        : base(nameof(LatentUNet))
    {
        _channels = channels;
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
        return _unet.forward(x, t, Embed(condition), condition.Absent);
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
        var embedding = _unet.OrNull(Embed(condition), condition.Absent, t.shape[0]);
        return _passes.Apply(x, t, (Tensor?)embedding, (x, t, embedding) => _unet.forward(x, t, embedding)) ?? (Tensor)_unet.forward(x, t, embedding);
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

    /// <returns>(B, width); <c>null</c> if there is no condition.</returns>
    private AnyTensor? Embed(NetworkCondition condition) => _classes is not null
        ? condition.Labels is null ? null : _classes.forward(condition.Labels)
        : condition.Text is AnyTensor text ? MeanPooling.Masked(text, condition.TextPresent) : null;
}
