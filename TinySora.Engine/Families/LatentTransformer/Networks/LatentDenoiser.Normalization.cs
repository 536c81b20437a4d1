using System.Text.Json;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <content>Normalization of latents to mean 0 and standard deviation 1. Their mean and standard deviation are buffers, which checkpoints contain.</content>
internal sealed partial class LatentDenoiser
{
    public const string MeanName = nameof(latent_mean);
    public const string DeviationName = nameof(latent_deviation);

    private readonly Tensor latent_mean;
    private readonly Tensor latent_deviation;

    /// <summary>Normalization as metadata, for exports to published formats, which do not contain it as tensors.</summary>
    public IReadOnlyDictionary<string, string> Normalization => new Dictionary<string, string>
    {
        [MeanName] = Json(latent_mean), [DeviationName] = Json(latent_deviation),
    };

    /// <summary>Sets the normalization from metadata. Returns <c>false</c> without changing anything if the metadata does not contain it.</summary>
    /// <exception cref="TinySoraException">DescriptionDamaged.</exception>
    public bool NormalizeBy(IReadOnlyDictionary<string, string> normalization)
    {
        if (Numbers(MeanName, _ => true) is not float[] mean || Numbers(DeviationName, number => number != 0) is not float[] deviation)
        {
            return false;
        }

        using var scope = NewDisposeScope();
        NormalizeBy(tensor(mean), tensor(deviation));
        return true;

        float[]? Numbers(string key, Func<float, bool> isSound) => MetadataJson.Read<float[]>(
            normalization, key, numbers => numbers.Length == latent_mean.shape[0] && numbers.All(number => float.IsFinite(number) && isSound(number)),
            text => ModelErrors.DescriptionDamaged(key, text, $"{latent_mean.shape[0]} numbers"));
    }

    /// <summary>Sets the normalization from a configuration. Returns <c>false</c> without changing anything if it must be measured.</summary>
    public bool NormalizeBy(LatentSpaceConfig latents)
    {
        if (latents.Scale is not double scale)
        {
            return false;
        }

        using var scope = NewDisposeScope();
        NormalizeBy(tensor((float)(-latents.Shift / scale)), tensor((float)(1 / scale)));
        return true;
    }

    /// <summary>
    /// Sets the normalization so that latents have mean 0 and standard deviation 1, like the noise. Latents are measured if the configuration has no fixed
    /// scale.
    /// </summary>
    public void Normalize(LatentSpaceConfig latents, IExamples<LatentBatch> data)
    {
        if (NormalizeBy(latents) || latents.Normalize == LatentNorm.None)
        {
            return;
        }

        using var scope = NewDisposeScope();
        if (data.MeasureLatents(0, data.Count) is var (mean, deviation))
        {
            if (latents.Normalize == LatentNorm.All)
            {
                var overall = mean.mean();
                (mean, deviation) = (overall, (deviation.square() + (mean - overall).square()).mean().sqrt());
            }

            NormalizeBy(mean, deviation.clamp_min(1e-5));
        }
    }

    /// <param name="mean">(D).</param>
    /// <param name="deviation">(D).</param>
    public void NormalizeBy(Tensor mean, Tensor deviation)
    {
        using var nothing = no_grad();
        latent_mean.copy_(mean);
        latent_deviation.copy_(deviation);
    }

    /// <param name="latents">(B, D, F, H, W), in the autoencoder's scale.</param>
    public Tensor Normalized(Tensor latents) => (latents - PerChannel(latent_mean)) / PerChannel(latent_deviation);

    /// <summary>Converts latents back to the autoencoder's scale. This is the inverse of <see cref="Normalized"/>.</summary>
    public Tensor Denormalized(Tensor x) => (Tensor)Denormalized((AnyTensor)x);

    /// <inheritdoc cref="Denormalized(Tensor)"/>
    public AnyTensor Denormalized(AnyTensor x) => (x * PerChannel(latent_deviation)) + PerChannel(latent_mean);

    private static string Json(Tensor values) => JsonSerializer.Serialize(values.detach().cpu().data<float>().ToArray());

    private static Tensor PerChannel(Tensor values) => values.view(1, -1, 1, 1, 1);
}
