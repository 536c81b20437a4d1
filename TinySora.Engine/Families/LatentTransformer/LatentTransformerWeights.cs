using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>
/// Weight files of Latte and minisora (<c>model</c>, <c>ema</c>), the tutorial's <c>dit_ckpt.pth</c> and early Open-Sora's <c>ema.pt</c>. Weights have the same
/// names as in TinySora's networks. The files identify neither the autoencoder nor the normalization of the latents.
/// </summary>
internal sealed class LatentTransformerWeights : PublishedWeights
{
    private const string Network = LatentDenoiser.NetworkName + ".";
    private const string Places = "pos_embed";
    private const string LatteFrames = "temp_embed";
    private const string StDiTFrames = "pos_embed_temporal";

    /// <summary>Name of the file with averaged weights in early Open-Sora's checkpoint folders.</summary>
    private const string AveragedFile = "ema.pt";

    private const string TutorialFile = "dit_ckpt.pth";

    /// <summary>Name of the layer in Latte whose input is the concatenated embeddings of a text.</summary>
    private const string LatteText = "text_embedding_projection.1";

    private const string ClassTable = Network + "y_embedder.embedding_table.weight";

    /// <summary>Number of embeddings per text in the published Latte.</summary>
    private const int LatteTokens = 77;

    /// <summary>Maximum number of latent channels and maximum width of text embeddings. It limits the memory that a file can make the model allocate.</summary>
    private const long Widest = 1 << 14;

    /// <summary>Whether a tensor is a table of positions, which TinySora computes for each clip size.</summary>
    public override bool IsTable(string name) => name is Places or LatteFrames or StDiTFrames;

    public override bool IsOurs(string name) => name is LatentDenoiser.MeanName or LatentDenoiser.DeviationName
        || name.StartsWith($"{LatentDenoiser.CriticName}.", StringComparison.Ordinal);

    public override string NameInModel(string name) => IsOurs(name) || IsPart(name) ? name : Network + name;

    public override IReadOnlyList<string> NamesInFile(string name) =>
        [name.StartsWith(Network, StringComparison.Ordinal) ? name[Network.Length..] : name];

    public override IReadOnlyDictionary<PublishedForm, string?> Forms(RunConfig config) => new Dictionary<PublishedForm, string?>(base.Forms(config))
    {
        [PublishedForm.StateDict] = Own(config).Model.Architecture == LatentNetworkKind.LatteTutorial ? TutorialFile : null,
    };

    public override (string Path, RunConfig? Config)? FindModel(string folder) =>
        Path.Combine(folder, AveragedFile) is var path && File.Exists(path) ? (path, null) : null;

    /// <summary>
    /// Returns the configuration that published weights need, where it differs from TinySora's defaults: sequential positions and pixels from -0.5 to 0.5
    /// (DiT), no text in the final layer (Latte), and three guided channels (ST-DiT). If the data contains text embeddings, their width is determined from the
    /// weights.
    /// </summary>
    public override RunConfig AsPublished(RunConfig config, IReadOnlyDictionary<string, StoredTensor> trained)
    {
        var own = Own(config);
        var (kind, hasText) = (own.Model.Architecture, own.Model.Conditioning == Conditioning.Text);
        own = own with
        {
            Model = own.Model with
            {
                FinalText = own.Model.FinalText && !(hasText && kind is LatentNetworkKind.Latte or LatentNetworkKind.LatteTutorial),
                Positions = kind == LatentNetworkKind.DiT ? PatchOrder.Seq512 : own.Model.Positions,
            },
            Clip = own.Clip with { PixelRange = kind == LatentNetworkKind.DiT && own.Latents.IsPixels ? PixelRange.Half : own.Clip.PixelRange },
            Text = own.TextEncoder is null && hasText && States(own, trained) is int width ? own.Text with { Width = width } : own.Text,
            Diffusion = own.Diffusion with { GuidedChannels = own.Diffusion.GuidedChannels ?? (hasText && kind == LatentNetworkKind.StDiT ? 3 : null) },
        };
        return config with { Family = own };
    }

    /// <exception cref="TinySoraException">CodecMissing: the autoencoder is required because its latents determine the size of the tables.</exception>
    public override IReadOnlyDictionary<string, StoredTensor> Tables(RunConfig config)
    {
        var own = Own(config);
        var model = own.Model;
        if (model.Rotary || model.Architecture is not (LatentNetworkKind.Latte or LatentNetworkKind.StDiT))
        {
            return new Dictionary<string, StoredTensor>();
        }

        var codec = own.Codec is CodecDependency companion ? LatentVideoFolder.Codec(companion, null, own.Latents.Kind, own.Clip, null) : null;
        var shape = LatentTransformerTask.ShapeOf(own.Shape(VideoClipConfig.PixelChannels), codec);
        var (patch, width) = (model.Size.PatchSize, model.Size.HiddenSize);
        var (frames, rows, columns) = (shape.Frames / model.PatchFrames, shape.Height / patch, shape.Width / patch);
        return new Dictionary<string, StoredTensor>
        {
            [Places] = new(float32, [1, rows * columns, width],
                () => PositionEmbeddings.Space(rows, columns, width, columnsFirst: true, CPU, model.SpaceScale).unsqueeze(0)),
            [model.Architecture == LatentNetworkKind.Latte ? LatteFrames : StDiTFrames] = new(float32, [1, frames, width],
                () => PositionEmbeddings.Time(frames, width, CPU, model.TimeScale).unsqueeze(0)),
        };
    }

    /// <exception cref="TinySoraException">OtherModel, which lists every difference, OtherSettings, NoLearnedEncoder.</exception>
    public override PublishedModel Fit(
        ITensorFile file, RunConfig config, Dictionary<string, StoredTensor> trained, Dictionary<string, StoredTensor> averaged,
        IReadOnlyDictionary<string, string> metadata)
    {
        var own = Own(config);
        CheckSettings(file, CompareConditioning(own, trained));
        var model = Create(file.Path, own, trained, metadata);
        return OnFailure.Dispose(model, () =>
        {
            var isNormalized = model.NormalizeBy(metadata) || model.NormalizeBy(own.Latents);
            var targets = model.state_dict();
            ModelWeights.Complete(file.Path, targets, IsOurs, trained, averaged);
            return new PublishedModel(model, trained, averaged, isNormalized || own.Latents.IsPixels || own.Latents.Normalize == LatentNorm.None ? [] :
            [
                $"'{file.Path}' does not specify how latents were normalized, so the model uses them without scaling. If they were scaled in "
                + "training, set latents.scale and latents.shift to the values that were used.",
            ]);
        });
    }

    private static LatentTransformerConfig Own(RunConfig config) => config.Of<LatentTransformerConfig>().Family;

    private static bool IsPart(string name) =>
        name.StartsWith(Network, StringComparison.Ordinal) || name.StartsWith($"{LatentDenoiser.TextName}.", StringComparison.Ordinal);

    private static LatentDenoiser Create(
        string path, LatentTransformerConfig own, Dictionary<string, StoredTensor> weights, IReadOnlyDictionary<string, string> metadata)
    {
        // The autoencoder and frozen text encoders are not needed, because the widths of latents and text embeddings can be inferred from the weight shapes.
        var learned = RestoreTextEncoder(path, own.TextEncoder, metadata, "text.encoder", LearnedTextEncoder.Others, States(own, weights));
        var (model, patch) = (own.Model, own.Model.Size.PatchSize);
        var channels = Width(weights, "x_embedder.proj") ?? Width(weights, "video_embedder.proj")
            ?? Width(weights, "patch_embed_layer.patch_embed.0") / (patch * patch)
            ?? Width(weights, $"{LatentUNet.UNetName}.init_conv") / (own.Unet.Stem * own.Unet.Stem);
        var width = learned?.Width ?? (own.TextEncoder is null ? own.Text.Width : States(own, weights) ?? own.Text.Width);
        channels = Math.Max(1, channels ?? VideoClipConfig.PixelChannels);
        var network = LatentNetworks.Create(model, new((int)channels, 1, 1, 1), width, own.Text.MaxTokens, own.Unet);
        return new LatentDenoiser(network, learned, (int)channels);
    }

    /// <summary>Returns the conditioning settings, each with its values in the configuration and according to the weights.</summary>
    private static IEnumerable<(string Key, string Ours, string? Theirs)> CompareConditioning(
        LatentTransformerConfig own, Dictionary<string, StoredTensor> weights)
    {
        var theirs = States(own, weights) is not null || weights.ContainsKey($"{Network}{LatteText}.weight") ? Conditioning.Text
            : weights.ContainsKey(ClassTable) ? Conditioning.Class
            : (Conditioning?)null;
        yield return ("model.conditioning", Written(own.Model.Conditioning), theirs is null ? null : Written(theirs.Value));

        // The embeddings of a text are concatenated, so only the product of their number and width can be inferred from the weights.
        if (weights.GetValueOrDefault($"{Network}{LatteText}.weight")?.Shape is [_, var columns] && columns % own.Text.MaxTokens != 0)
        {
            yield return ("text.max_tokens", $"{own.Text.MaxTokens}", columns % LatteTokens == 0 ? $"{LatteTokens}" : $"a divisor of {columns}");
        }

        static string Written(Conditioning conditioning) => ConfigNames.GetName(conditioning);
    }

    /// <summary>Returns the width of the text embeddings that the weights take; <c>null</c> if they take none.</summary>
    private static int? States(LatentTransformerConfig own, IReadOnlyDictionary<string, StoredTensor> weights) =>
        Width(weights, "text_embedder.proj") ?? (own.Model.IsCross ? Width(weights, "blocks.0.attn.to_k") : null)
            ?? Width(weights, "y_embedder.y_proj.fc1") ?? Width(weights, LatteText, own.Text.MaxTokens) ?? UNetStates(own, weights);

    /// <summary>Returns the width of the text embeddings that a U-Net takes, which is the width of its null vector unless it has classes.</summary>
    private static int? UNetStates(LatentTransformerConfig own, IReadOnlyDictionary<string, StoredTensor> weights) =>
        own.Model.Architecture == LatentNetworkKind.UNet && !weights.ContainsKey(ClassTable)
            && weights.GetValueOrDefault($"{Network}{LatentUNet.UNetName}.null_cond_emb")?.Shape is [1, > 0 and <= Widest and var width] ? (int)width : null;

    /// <summary>Returns the number of inputs of a layer or, if its input is concatenated from several parts, the size of each part.</summary>
    private static int? Width(IReadOnlyDictionary<string, StoredTensor> weights, string layer, int parts = 1) =>
        weights.GetValueOrDefault($"{Network}{layer}.weight")?.Shape is [_, > 0 and var width, ..] && width <= Widest * parts ? (int)(width / parts) : null;
}

/// <summary>The network as a plain state dict, in the format of the Latte tutorial's code.</summary>
/// <param name="name">Name of the file; <c>null</c> for no file.</param>
internal sealed class LatentFiles(string? name, LatentDenoiser model, PublishedWeights published) : IRunFiles
{
    /// <exception cref="TinySoraException">OtherModel, or errors in opening the file.</exception>
    public string? Load(string folder)
    {
        if (name is null || PathIn(folder) is var path && !File.Exists(path))
        {
            return null;
        }

        ModelWeights.Fill(path, Weights(), published);
        return $"Starting from the weights of '{path}'.";
    }

    /// <exception cref="TinySoraException">CannotWrite.</exception>
    public void Save(string folder)
    {
        if (name is not null)
        {
            using var scope = NewDisposeScope();
            PyTorchFile.Write(PathIn(folder), Weights().ToDictionary(
                item => published.NamesInFile(item.Key)[0],
                item => (object)new StoredTensor(item.Value.dtype, item.Value.shape, () => item.Value.detach().cpu().clone().contiguous())));
        }
    }

    public string? GetPicturePath(int number) => null;

    private string PathIn(string folder) => Path.GetFullPath(Path.Combine(folder, name!));

    /// <summary>Returns the weights that published files contain, by their names in the model.</summary>
    private Dictionary<string, Tensor> Weights() =>
        model.state_dict().Where(item => !published.IsOurs(item.Key)).ToDictionary(item => item.Key, item => item.Value);
}
