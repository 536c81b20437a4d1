using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.VideoAutoencoder.Config;
using TinySora.Engine.Families.VideoAutoencoder.Networks;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder;

/// <summary>
/// Weight files of minisora (<c>model.ckpt</c>) and VideoGPT. Weights have the same names as in TinySora's networks, except for a prefix that all weights of a
/// file have in common.
/// </summary>
internal sealed class VideoAutoencoderWeights : PublishedWeights
{
    /// <summary>Name of minisora's checkpoint files.</summary>
    private const string LightningFile = "model.ckpt";

    /// <summary>Version of Lightning's file format. Later versions of Lightning upgrade files of this version when they read them.</summary>
    private const string LightningVersion = "2.0.0";

    /// <summary>Prefix for the arguments of the published class in Lightning files.</summary>
    private const string Arguments = "hyper_parameters.args.";

    /// <summary>Class name of Open-Sora's autoencoder in config.json.</summary>
    private const string OpenSoraClass = "\"VQVAE\"";

    /// <summary>Names of the weight files in an Open-Sora autoencoder folder, as written by Hugging Face's transformers.</summary>
    private static readonly string[] OpenSoraFiles = ["model.safetensors", "pytorch_model.bin"];

    /// <summary>Whether a tensor only counts the batches that a normalization layer has processed.</summary>
    public override bool IsConstant(string name) => name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);

    public override bool IsOurs(string name) => name.StartsWith($"{ClipAutoencoder.UsageName}.", StringComparison.Ordinal);

    /// <summary>
    /// Finds a model in a folder. The folder must contain the autoencoder's config.json, because weight files of text encoders have the same names.
    /// </summary>
    public override (string Path, RunConfig? Config)? FindModel(string folder) =>
        Path.Combine(folder, "config.json") is var config && File.Exists(config)
        && ConfigFile.ReadText(config).Contains(OpenSoraClass, StringComparison.Ordinal)
        && OpenSoraFiles.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is string weights ? (weights, null) : null;

    public override IReadOnlyDictionary<PublishedForm, string?> Forms(RunConfig config) =>
        new Dictionary<PublishedForm, string?>(base.Forms(config)) { [PublishedForm.Lightning] = LightningFile };

    /// <summary>Returns the arguments of the published class, which are its training flags.</summary>
    public override IReadOnlyDictionary<string, object> GetExtraEntries(
        PublishedForm form, RunConfig config, int step, IReadOnlyDictionary<string, StoredTensor> weights)
    {
        if (form != PublishedForm.Lightning)
        {
            return base.GetExtraEntries(form, config, step, weights);
        }

        var (own, trainer) = config.Of<VideoAutoencoderConfig>();
        var (model, loss) = (own.Model, own.Loss);
        var flags = new Dictionary<string, object>
        {
            ["network_variant"] = model.NetworkVariant, ["embedding_dim"] = model.EmbeddingDim, ["n_codes"] = model.NCodes,
            ["n_hiddens"] = model.NHiddens ?? VideoGptAutoencoder.DefaultWidth, ["n_res_layers"] = model.NResLayers ?? VideoGptAutoencoder.DefaultBlocks,
            ["downsample"] = model.Downsample, ["sequence_length"] = own.Clip.Frames, ["resolution"] = own.Clip.Height,
            ["commitment_cost"] = loss.CommitmentCost, ["kl_loss_weight"] = loss.KlLossWeight, ["low_utilization_cost"] = loss.LowUtilizationCost,
            ["reinit_every_n_epochs"] = loss.ReinitEveryNEpochs as object ?? DBNull.Value, ["lr"] = trainer.TrainLr,
            ["batch_size"] = trainer.TrainBatchSize, ["accumulate_grad_batches"] = trainer.GradientAccumulateEvery, ["track"] = false,
        };
        return new Dictionary<string, object>
        {
            ["hyper_parameters"] = new Dictionary<string, object> { ["args"] = new PythonNamespace(flags) },
            ["global_step"] = step, ["epoch"] = 0, ["pytorch-lightning_version"] = LightningVersion,
        };
    }

    /// <exception cref="TinySoraException">OtherModel, which lists every difference, OtherSettings.</exception>
    public override PublishedModel Fit(
        ITensorFile file, RunConfig config, Dictionary<string, StoredTensor> trained, Dictionary<string, StoredTensor> averaged,
        IReadOnlyDictionary<string, string> metadata)
    {
        var own = config.Of<VideoAutoencoderConfig>().Family;
        var model = own.Variant.Create(own.Model, own.Loss);
        return OnFailure.Dispose(model, () =>
        {
            var targets = model.state_dict();
            (trained, averaged) = (Named(trained, targets), Named(averaged, targets));
            ModelWeights.Complete(file.Path, targets, IsOurs, trained, averaged);
            CheckSettings(file, Settings(own.Model, file.Metadata));
            return new PublishedModel(model, trained, averaged, []);
        });
    }

    /// <summary>
    /// Returns the settings in files that cannot be inferred from the weight shapes: the network, which determines final activations, and VideoGPT's
    /// strides.
    /// </summary>
    private static IEnumerable<(string Key, string Ours, string? Theirs)> Settings(NetworkConfig model, IReadOnlyDictionary<string, string> said)
    {
        yield return ("model.network_variant", model.NetworkVariant, said.GetValueOrDefault(Arguments + "network_variant"));
        if (model.NetworkVariant == VideoGptAutoencoder.Variant.Name)
        {
            var ours = model.Downsample;
            var theirs = Enumerable.Range(0, ours.Count).Select(axis => said.GetValueOrDefault($"{Arguments}downsample.{axis}")).OfType<string>().ToList();
            yield return ("model.downsample", Written(ours), theirs.Count > 0 ? Written(theirs) : null);
        }

        static string Written<T>(IEnumerable<T> strides) => $"[{string.Join(", ", strides)}]";
    }

    /// <summary>
    /// Returns the weights by their names in the model. The most common prefix is removed, and tensors without this prefix, such as an optimizer's state,
    /// are dropped.
    /// </summary>
    private static Dictionary<string, StoredTensor> Named(Dictionary<string, StoredTensor> weights, Dictionary<string, Tensor> targets)
    {
        var prefix = weights.Keys
            .SelectMany(key => targets.Keys.Where(name => key.EndsWith(name, StringComparison.Ordinal)).Select(name => key[..^name.Length]))
            .Where(before => before.Length == 0 || before.EndsWith('.'))
            .GroupBy(before => before).MaxBy(group => group.Count())?.Key ?? "";
        return weights.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(item => item.Key[prefix.Length..], item => item.Value);
    }
}
