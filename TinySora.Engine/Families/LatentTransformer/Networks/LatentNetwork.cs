using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Recorded;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

internal abstract class LatentNetwork(string name) : PublishedModule(name)
{
    /// <summary>Whether a forward pass consists of operations that can be recorded, and is then faster.</summary>
    public virtual bool IsRecordable => false;

    /// <inheritdoc cref="ITrainingTask.RecordingProblem"/>
    public virtual string? RecordingProblem => Recording.NeverRecorded;

    /// <param name="x">Noisy latents (B, C, F, H, W).</param>
    /// <param name="t">Timesteps (B).</param>
    /// <returns>
    /// (B, C or 2C, F, H, W) float32: the prediction (see <see cref="Diffusion.Objective"/>) and, if variances are learned, their position between the
    /// bounds, from -1 to 1.
    /// </returns>
    /// <exception cref="TinySoraException">TinySora.Model.LatentShape.</exception>
    public abstract AnyTensor forward(AnyTensor x, AnyTensor t, NetworkCondition condition);

    /// <inheritdoc cref="forward(AnyTensor, AnyTensor, NetworkCondition)"/>
    public virtual Tensor forward(Tensor x, Tensor t, NetworkCondition condition) => (Tensor)forward((AnyTensor)x, t, condition);
}

internal static class LatentNetworks
{
    /// <summary>Creates a network with new weights from the default generator.</summary>
    /// <param name="textWidth">Width of text embeddings; <c>null</c> if the model does not use text.</param>
    /// <param name="textTokens">Maximum number of embeddings per text. latte and st-dit have separate weights for each of them.</param>
    /// <param name="unet">Configuration of a U-Net; <c>null</c> for the default.</param>
    public static LatentNetwork Create(TransformerConfig model, LatentShape shape, int? textWidth = null, int textTokens = 1, UNetConfig? unet = null) =>
        model.Architecture switch
        {
            LatentNetworkKind.UNet => new LatentUNet(unet ?? new UNetConfig(), model, shape.Channels, textWidth ?? 0),
            LatentNetworkKind.DiT => new DiT(model, shape, textWidth ?? 0),
            LatentNetworkKind.StDiT => new StDiT(model, shape, textWidth ?? 0, textTokens),
            _ => new Latte(model, shape, textWidth ?? 0, textTokens),
        };
}

/// <summary>The condition for a batch, and the batch's padding.</summary>
internal sealed record NetworkCondition
{
    public static NetworkCondition None { get; } = new();

    /// <summary>Label of each clip's class, (B) int64; <c>null</c> if the model has no classes.</summary>
    public AnyTensor? Labels { get; init; }

    /// <summary>Text embeddings (B, L, D) float32; <c>null</c> if the whole batch has no text.</summary>
    public AnyTensor? Text { get; init; }

    /// <summary>Mask (B, L) of text embeddings that are not padding; <c>null</c> if nothing is padded. Padding is always at the end.</summary>
    public AnyTensor? TextPresent { get; init; }

    /// <summary>Weights of text embeddings (B, L), 0 at padding; <c>null</c> if all have the same weight.</summary>
    public Tensor? TextWeights { get; init; }

    /// <summary>
    /// Number of tokens in the longest text (a scalar). Sequential positions of patches start at this number in the published training, because it pads texts
    /// first. <c>null</c> to start at the length of each example's own text, as in the published sampling.
    /// </summary>
    public AnyTensor? Longest { get; init; }

    /// <summary>Mask (B) of examples without a condition; <c>null</c> if all examples have one.</summary>
    public AnyTensor? Absent { get; init; }

    /// <summary>Number of single images at the end of each clip.</summary>
    public int Images { get; init; }

    /// <summary>Number of timesteps while a graph is written; otherwise <c>null</c>.</summary>
    public int? Levels { get; init; }

    /// <summary>Frames, rows and columns of each example in a padded batch; <c>null</c> if nothing is padded.</summary>
    public IReadOnlyList<(int F, int H, int W)>? Sizes { get; init; }

    /// <summary>Returns the condition for some of the examples. The batch must not have padding.</summary>
    public NetworkCondition Narrow(long first, long count) => this with
    {
        Labels = Labels?.narrow(0, first, count), Text = Text?.narrow(0, first, count), TextPresent = TextPresent?.narrow(0, first, count),
        TextWeights = TextWeights?.narrow(0, first, count), Absent = Absent?.narrow(0, first, count),
    };

    /// <summary>Concatenates the conditions for two batches. Neither batch may have padding.</summary>
    public NetworkCondition With(NetworkCondition other)
    {
        var text = Text is null ? null : TextStates.Join(States(this), States(other));
        return this with
        {
            Labels = Labels is null ? null : AnyTensor.cat([Labels, other.Labels!]),
            Text = text?.Values, TextPresent = text?.Present, TextWeights = text?.Weights, Absent = AnyTensor.cat([Absent!, other.Absent!]),
        };

        static TextStates States(NetworkCondition one) => new((Tensor)one.Text!, (Tensor)one.TextPresent!) { Weights = one.TextWeights };
    }
}
