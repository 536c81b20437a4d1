using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder;

/// <summary>
/// Weights in the Latte tutorial's <c>vae_autoencoder_ckpt.pth</c> and <c>vae_discriminator_ckpt.pth</c>, and in diffusers' AutoencoderKL. All of them are
/// plain state dicts of the networks.
/// </summary>
internal sealed class FrameAutoencoderWeights : PublishedWeights
{
    private const string Discriminator = FrameModel.DiscriminatorName + ".";
    private const string Autoencoder = FrameModel.AutoencoderName + ".";

    /// <summary>Default name of the discriminator's file, which is in the same folder as the autoencoder's file.</summary>
    private const string DiscriminatorFile = "vae_discriminator_ckpt.pth";

    /// <summary>Name of the autoencoder's file in the tutorial's code.</summary>
    private const string TutorialFile = "vae_autoencoder_ckpt.pth";
    private const string DiffusersFile = "diffusion_pytorch_model.bin";

    /// <summary>Names of attention weights in diffusers until 2023, each with the current name.</summary>
    private static readonly (string Old, string New)[] Renamed =
        [(".query.", ".to_q."), (".key.", ".to_k."), (".value.", ".to_v."), (".proj_attn.", ".to_out.0.")];

    /// <summary>Whether a tensor only counts the batches that a normalization layer has processed.</summary>
    public override bool IsConstant(string name) => name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);

    public override bool IsForTraining(string name) => IsDiscriminators(name);

    /// <summary>
    /// Returns the name in TinySora's model. A plain state dict lacks the prefix of its network, which can be added because the two networks have no names in
    /// common.
    /// </summary>
    public override string NameInModel(string name) =>
        name.StartsWith(Autoencoder, StringComparison.Ordinal) || IsDiscriminators(name) ? name
        : name.StartsWith(PatchDiscriminator.Prefix, StringComparison.Ordinal) ? Discriminator + name
        : Renamed.Aggregate(Autoencoder + name, (name, pair) => name.Replace(pair.Old, pair.New, StringComparison.Ordinal));

    public override IReadOnlyList<string> NamesInFile(string name) =>
    [
        name.StartsWith(Autoencoder, StringComparison.Ordinal) ? name[Autoencoder.Length..]
            : IsDiscriminators(name) ? name[Discriminator.Length..]
            : name,
    ];

    public override IReadOnlyDictionary<PublishedForm, string?> Forms(RunConfig config)
    {
        var own = Own(config);
        return new Dictionary<PublishedForm, string?>(base.Forms(config))
        {
            [PublishedForm.StateDict] = own.Model.IsKl ? DiffusersFile : own.Files.Autoencoder ?? TutorialFile,
        };
    }

    public override string? GetSeparateFile(RunConfig config, string name) =>
        IsDiscriminators(name) ? Own(config).Files.Discriminator ?? DiscriminatorFile : null;

    public override IReadOnlyDictionary<string, string> GetSidecarTexts(RunConfig config) => Own(config) is { Model.IsKl: true } own
        ? new Dictionary<string, string> { [DiffusersFolder.ConfigName] = DiffusersFolder.Text(own) }
        : base.GetSidecarTexts(config);

    public override (string Path, RunConfig? Config)? FindModel(string folder) => DiffusersFolder.Find(folder);

    /// <exception cref="TinySoraException">OtherModel, which lists every difference; errors in opening the discriminator's file.</exception>
    public override PublishedModel Fit(
        ITensorFile file, RunConfig config, Dictionary<string, StoredTensor> trained, Dictionary<string, StoredTensor> averaged,
        IReadOnlyDictionary<string, string> metadata)
    {
        var own = Own(config);
        var model = new FrameModel(own.Model, own.Loss);
        return OnFailure.Dispose(model, () =>
        {
            var targets = model.state_dict();
            (trained, averaged) = (Shaped(trained, targets), Shaped(averaged, targets));
            List<string> warnings = [];
            var isAlone = model.Discriminator is not null && !trained.Keys.Any(IsDiscriminators);
            if (isAlone)
            {
                var discriminator = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file.Path))!, own.Files.Discriminator ?? DiscriminatorFile);
                if (File.Exists(discriminator))
                {
                    ModelWeights.Fill(discriminator, model.Discriminator!.state_dict());
                }
                else
                {
                    warnings.Add($"The discriminator starts with random weights, because '{discriminator}' does not exist.");
                }
            }

            ModelWeights.Complete(file.Path, targets, name => isAlone && IsDiscriminators(name), trained, averaged);
            return new PublishedModel(model, trained, averaged, warnings);
        });
    }

    private static FrameAutoencoderConfig Own(RunConfig config) => config.Of<FrameAutoencoderConfig>().Family;

    private static bool IsDiscriminators(string name) => name.StartsWith(Discriminator, StringComparison.Ordinal);

    /// <summary>Reshapes the weights of 1 x 1 convolutions that TinySora implements as linear layers.</summary>
    private static Dictionary<string, StoredTensor> Shaped(Dictionary<string, StoredTensor> weights, Dictionary<string, Tensor> targets) =>
        weights.ToDictionary(item => item.Key, item =>
            item.Value.Shape is [var outputs, var inputs, 1, 1] && targets.TryGetValue(item.Key, out var target) && target.shape.Length == 2
                ? new StoredTensor(item.Value.Type, [outputs, inputs], () =>
                {
                    using var stored = item.Value.Read();
                    return stored.reshape(outputs, inputs);
                })
                : item.Value);
}
