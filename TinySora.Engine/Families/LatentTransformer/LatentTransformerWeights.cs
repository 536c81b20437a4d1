using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentData;
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
/// The names of Latte's and minisora's files (<c>model</c>, <c>ema</c>), of the tutorial's <c>dit_ckpt.pth</c> and of early Open-Sora's
/// <c>ema.pt</c>: those of our networks. Of what codec the latents are and how they were normalized they do not say.
/// </summary>
internal sealed class LatentTransformerWeights : PublishedWeights
{
    private const string Network = LatentDenoiser.NetworkName + ".";
    private const string Places = "pos_embed";
    private const string LatteFrames = "temp_embed";
    private const string StDiTFrames = "pos_embed_temporal";

    /// <summary>Where early Open-Sora keeps averaged weights in the folder of a checkpoint.</summary>
    private const string AveragedFile = "ema.pt";

    private const string TutorialFile = "dit_ckpt.pth";

    /// <summary>The layer of a Latte that takes all states of a text side by side.</summary>
    private const string LatteText = "text_embedding_projection.1";

    /// <summary>The number of states that the published Latte makes of every text.</summary>
    private const int LatteTokens = 77;

    /// <summary>No latents have more channels, and no states are wider; a file must not decide how much memory the model takes.</summary>
    private const long Widest = 1 << 14;

    /// <summary>Whether a tensor is a table of positions, which are computed for the clips at hand.</summary>
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

    public override (string Path, RunConfig? Config)? In(string folder) =>
        Path.Combine(folder, AveragedFile) is var path && File.Exists(path) ? (path, null) : null;

    /// <summary>
    /// The configuration of published weights, where they differ from ours: positions in one row and pixels from -0.5 to 0.5 (DiT), no text in
    /// the final layer (Latte), three guided channels (ST-DiT). The weights show the width of states that come with the data.
    /// </summary>
    public override RunConfig AsPublished(RunConfig config, IReadOnlyDictionary<string, StoredTensor> trained)
    {
        var own = Own(config);
        var (kind, isTold) = (own.Model.Architecture, own.Model.Conditioning == Conditioning.Text);
        own = own with
        {
            Model = own.Model with
            {
                FinalText = own.Model.FinalText && !(isTold && kind is LatentNetworkKind.Latte or LatentNetworkKind.LatteTutorial),
                Positions = kind == LatentNetworkKind.DiT ? PatchOrder.Seq512 : own.Model.Positions,
            },
            Clip = own.Clip with { PixelRange = kind == LatentNetworkKind.DiT && own.Latents.IsPixels ? PixelRange.Half : own.Clip.PixelRange },
            Text = own.TextEncoder is null && isTold && States(own, trained) is int width ? own.Text with { Width = width } : own.Text,
            Diffusion = own.Diffusion with { GuidedChannels = own.Diffusion.GuidedChannels ?? (isTold && kind == LatentNetworkKind.StDiT ? 3 : null) },
        };
        return config with { Family = own };
    }

    /// <exception cref="TinySoraException">CodecMissing: the sizes of the tables are those of its latents.</exception>
    public override IReadOnlyDictionary<string, StoredTensor> Tables(RunConfig config)
    {
        var own = Own(config);
        var model = own.Model;
        if (model.Rotary || model.Architecture is not (LatentNetworkKind.Latte or LatentNetworkKind.StDiT))
        {
            return new Dictionary<string, StoredTensor>();
        }

        var codec = own.Codec is CodecCompanion companion ? FilmFolder.Codec(companion, null, own.Latents.Kind, own.Clip, null) : null;
        var shape = LatentTransformerTask.ShapeOf(own.Shape(FilmClipConfig.PixelChannels), codec);
        var (patch, width) = (model.Size.PatchSize, model.Size.HiddenSize);
        var (frames, rows, columns) = (shape.Frames / model.PatchFrames, shape.Height / patch, shape.Width / patch);
        return new Dictionary<string, StoredTensor>
        {
            [Places] = new(float32, [1, rows * columns, width],
                () => Positions.Space(rows, columns, width, columnsFirst: true, CPU, model.SpaceScale).unsqueeze(0)),
            [model.Architecture == LatentNetworkKind.Latte ? LatteFrames : StDiTFrames] = new(float32, [1, frames, width],
                () => Positions.Time(frames, width, CPU, model.TimeScale).unsqueeze(0)),
        };
    }

    /// <exception cref="TinySoraException">OtherModel with every difference, OtherSettings, NoLearnedEncoder.</exception>
    public override PublishedModel Fit(
        ITensorFile file, RunConfig config, Dictionary<string, StoredTensor> trained, Dictionary<string, StoredTensor> averaged,
        IReadOnlyDictionary<string, string> metadata)
    {
        var own = Own(config);
        Agree(file, Told(own, trained));
        var model = Create(file.Path, own, trained, metadata);
        return OnFailure.Dispose(model, () =>
        {
            var isTold = model.NormalizeBy(metadata) || model.NormalizeBy(own.Latents);
            var targets = model.state_dict();
            ModelWeights.Complete(file.Path, targets, IsOurs, trained, averaged);
            return new PublishedModel(model, trained, averaged, isTold || own.Latents.IsPixels || own.Latents.Normalize == LatentNorm.None ? [] :
            [
                $"'{file.Path}' does not say how latents were normalized, so they stay as the codec makes them: where training scaled them, "
                    + "set latents.scale and latents.shift to its numbers.",
            ]);
        });
    }

    private static LatentTransformerConfig Own(RunConfig config) => config.Of<LatentTransformerConfig>().Family;

    private static bool IsPart(string name) =>
        name.StartsWith(Network, StringComparison.Ordinal) || name.StartsWith($"{LatentDenoiser.TextName}.", StringComparison.Ordinal);

    private static LatentDenoiser Create(
        string path, LatentTransformerConfig own, Dictionary<string, StoredTensor> weights, IReadOnlyDictionary<string, string> metadata)
    {
        // Neither a codec nor a frozen encoder is a part of the file, and need not be there for this: the weights show their widths.
        var learned = Learned(path, own.TextEncoder, metadata, "text.encoder", LearnedTextEncoder.Others, States(own, weights));
        var (model, patch) = (own.Model, own.Model.Size.PatchSize);
        var channels = Width(weights, "x_embedder.proj") ?? Width(weights, "video_embedder.proj")
            ?? Width(weights, "patch_embed_layer.patch_embed.0") / (patch * patch)
            ?? Width(weights, $"{LatentUNet.UNetName}.init_conv") / (own.Unet.Stem * own.Unet.Stem);
        var width = learned?.Width ?? (own.TextEncoder is null ? own.Text.Width : States(own, weights) ?? own.Text.Width);
        channels = Math.Max(1, channels ?? FilmClipConfig.PixelChannels);
        var network = LatentNetworks.Create(model, new((int)channels, 1, 1, 1), width, own.Text.MaxTokens, own.Unet);
        return new LatentDenoiser(network, learned, (int)channels);
    }

    /// <summary>What the weights show of how the network is conditioned, where the configuration has something else.</summary>
    private static IEnumerable<(string Key, string Ours, string? Theirs)> Told(LatentTransformerConfig own, Dictionary<string, StoredTensor> weights)
    {
        var theirs = States(own, weights) is not null || weights.ContainsKey($"{Network}{LatteText}.weight") ? Conditioning.Text
            : weights.ContainsKey($"{Network}y_embedder.embedding_table.weight") ? Conditioning.Class
            : (Conditioning?)null;
        yield return ("model.conditioning", Written(own.Model.Conditioning), theirs is null ? null : Written(theirs.Value));

        // Side by side, so that the weights show the number of states only together with their width.
        if (weights.GetValueOrDefault($"{Network}{LatteText}.weight")?.Shape is [_, var columns] && columns % own.Text.MaxTokens != 0)
        {
            yield return ("text.max_tokens", $"{own.Text.MaxTokens}", columns % LatteTokens == 0 ? $"{LatteTokens}" : $"a divisor of {columns}");
        }

        static string Written(Conditioning conditioning) => ConfigNames.Of(conditioning);
    }

    /// <summary>Width of the states of a text that the weights take; <c>null</c> if they take none.</summary>
    private static int? States(LatentTransformerConfig own, IReadOnlyDictionary<string, StoredTensor> weights) =>
        Width(weights, "text_embedder.proj") ?? (own.Model.IsCross ? Width(weights, "blocks.0.attn.to_k") : null)
            ?? Width(weights, "y_embedder.y_proj.fc1") ?? Width(weights, LatteText, own.Text.MaxTokens);

    /// <summary>Number of inputs of a layer, of each of several that are side by side.</summary>
    private static int? Width(IReadOnlyDictionary<string, StoredTensor> weights, string layer, int parts = 1) =>
        weights.GetValueOrDefault($"{Network}{layer}.weight")?.Shape is [_, > 0 and var width, ..] && width <= Widest * parts ? (int)(width / parts) : null;
}

/// <summary>The network as a plain state dict, which the Latte tutorial's code reads and writes.</summary>
/// <param name="name">Of the file; null: there is none.</param>
internal sealed class LatentFiles(string? name, LatentDenoiser model, PublishedWeights published) : IRunFiles
{
    /// <exception cref="TinySoraException">OtherModel, and what opening the file may throw.</exception>
    public string? Take(string folder)
    {
        if (name is null || PathIn(folder) is var path && !File.Exists(path))
        {
            return null;
        }

        ModelWeights.Fill(path, Weights(), published);
        return $"Begins with the weights of '{path}'.";
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

    public string? Picture(int number) => null;

    private string PathIn(string folder) => Path.GetFullPath(Path.Combine(folder, name!));

    /// <summary>The weights that published files have, by the names of the model.</summary>
    private Dictionary<string, Tensor> Weights() =>
        model.state_dict().Where(item => !published.IsOurs(item.Key)).ToDictionary(item => item.Key, item => item.Value);
}
