using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet;

/// <summary>
/// Weight files from the published code: the state dict of the whole diffusion model, including the twelve tables of its noise schedule, or of the U-Net
/// only.
/// </summary>
internal sealed class PixelUNetWeights : PublishedWeights
{
    private const string DenoiserPrefix = "denoise_fn.";
    private const string NullVector = DenoiserPrefix + "null_cond_emb";
    private const int BertWidth = 768;

    /// <summary>Maximum width of vectors, larger than in any encoder, so that a file cannot make the model allocate too much memory.</summary>
    private const int WidestVector = 1 << 14;

    /// <summary>Relative difference above which values cannot result from the same formula. It is larger than the rounding error of bfloat16.</summary>
    private const double Tolerance = 1e-2;

    public override bool IsTable(string name) => NoiseSchedule.TableNames.Contains(name);

    public override bool IsConstant(string name) => name.EndsWith(".freqs", StringComparison.Ordinal);

    public override IReadOnlyDictionary<string, StoredTensor> Tables(RunConfig config)
    {
        var diffusion = config.Of<PixelUNetConfig>().Family.Diffusion;
        return diffusion.Objective.IsFlow() ? new Dictionary<string, StoredTensor>() : diffusion.Schedule().Tables()
            .ToDictionary(item => item.Key, item => new StoredTensor(float32, [item.Value.Length], () => tensor(item.Value)));
    }

    /// <exception cref="TinySoraException">OtherModel, which lists every difference, OtherSchedule, NoLearnedEncoder.</exception>
    public override PublishedModel Fit(
        ITensorFile file, RunConfig config, Dictionary<string, StoredTensor> trained, Dictionary<string, StoredTensor> averaged,
        IReadOnlyDictionary<string, string> metadata)
    {
        var own = config.Of<PixelUNetConfig>().Family;
        (trained, averaged) = (Named(trained), Named(averaged));
        var warnings = ScheduleWarnings(file, own.Diffusion.Schedule()).ToList();
        var model = CreateModel(file, own, trained, metadata);
        return OnFailure.Dispose(model, () =>
        {
            var targets = model.state_dict();
            ModelWeights.Complete(file.Path, targets, IsFrequencies, trained, averaged);
            return new PublishedModel(model, trained, averaged, [.. warnings, .. FrequencyWarnings(file, trained, targets)]);
        });
    }

    /// <summary>Returns the weights by their full names. If the file is the state dict of a U-Net, the prefix of the diffusion model is added.</summary>
    private static Dictionary<string, StoredTensor> Named(Dictionary<string, StoredTensor> weights)
    {
        var prefix = weights.Keys.Any(name => name.StartsWith(DenoiserPrefix, StringComparison.Ordinal)) ? "" : DenoiserPrefix;
        return weights.ToDictionary(item => prefix + item.Key, item => item.Value);
    }

    /// <summary>Whether a tensor contains the constants of a rotary embedding, which only some versions of its Python package save.</summary>
    private static bool IsFrequencies(string name) => name.EndsWith(".rotary_emb.freqs", StringComparison.Ordinal);

    private static TextToVideo CreateModel(
        ITensorFile file, PixelUNetConfig own, Dictionary<string, StoredTensor> trained, IReadOnlyDictionary<string, string> metadata)
    {
        var kind = own.Model.EffectiveTextEncoder;
        var vector = trained.GetValueOrDefault(NullVector)?.Shape is [1, > 0 and <= WidestVector and var stored] ? (int)stored : (int?)null;

        // A frozen text encoder is not in the file, and is not needed.
        var learned = RestoreTextEncoder(file.Path, own.TextEncoder, metadata, "model.text_encoder", "bert, or none for vectors", vector);
        var width = kind == TextEncoderKind.None ? own.Model.VectorWidth : learned?.Width ?? vector ?? BertWidth;
        return new TextToVideo(new UNet3D(own.Model with { CondDim = width }), learned);
    }

    /// <summary>Returns warnings about differences between the tables in the file and those of the configuration.</summary>
    private IEnumerable<string> ScheduleWarnings(ITensorFile file, NoiseSchedule schedule)
    {
        var stored = file.Tensors.Where(item => IsTable(item.Key[(item.Key.LastIndexOf('.') + 1)..])).ToList();
        foreach (var (name, tensor) in stored)
        {
            if (tensor.Shape.Count != 1 || tensor.Shape[0] != schedule.Timesteps)
            {
                throw CheckpointErrors.OtherSchedule(file.Path, name, tensor.Shape, schedule.Timesteps);
            }
        }

        var signal = schedule.Tables()["sqrt_alphas_cumprod"];
        if (stored.Any(item => item.Key.EndsWith("sqrt_alphas_cumprod", StringComparison.Ordinal) && Distance(item.Value, signal) > Tolerance))
        {
            yield return $"The noise schedule in '{file.Path}' differs from the noise schedule in the configuration, which the model uses. "
            + "If samples stay noisy, set diffusion.noise_schedule to the schedule that the model was trained with.";
        }
    }

    private static IEnumerable<string> FrequencyWarnings(
        ITensorFile file, Dictionary<string, StoredTensor> trained, Dictionary<string, Tensor> targets)
    {
        var other = trained.Keys.Where(name => IsFrequencies(name)
            && Distance(trained[name], targets[name].data<float>().ToArray()) > Tolerance).ToList();
        if (other.Count > 0)
        {
            yield return $"Rotary embeddings in '{file.Path}' ({other.Count}, the first is '{other[0]}') differ from the standard ones "
            + "that TinySora computes. The model's samples will differ from those of the program that trained it.";
        }
    }

    private static double Distance(StoredTensor stored, float[] expected)
    {
        using var scope = NewDisposeScope();
        var values = stored.Read().to(float32).contiguous().data<float>().ToArray();
        return values.Zip(expected, (a, b) => Math.Abs(a - b)).Max();
    }
}
