using TinySora.Engine.Configuration;
using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.TokenModel;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Families.VideoAutoencoder;
using TinySora.Engine.Formats;
using TinySora.Engine.Tests.Families.FrameAutoencoder;
using TinySora.Engine.Tests.Families.LatentTransformer;
using TinySora.Engine.Tests.Families.TokenModel;
using TinySora.Engine.Tests.Families.VideoAutoencoder;
using TinySora.Engine.Tests.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families;

/// <summary>Writes a small model of each family that has published weights, as a state dict under its published names.</summary>
internal static class ForeignModels
{
    public static TheoryData<string> Families => ["pixel-unet", "latent-transformer", "token-model", "video-autoencoder", "frame-autoencoder"];

    public static RunConfig Config(string family) => family switch
    {
        "pixel-unet" => PublishedFile.Config,
        "latent-transformer" => new RunConfig
        {
            Family = new LatentTransformerConfig { Model = TransformerTesting.Small(LatentNetworkKind.Latte), Clip = new() { Frames = 4, Height = 4, Width = 6 } },
        },
        "token-model" => new RunConfig { Family = new TokenModelConfig { Model = TokenTesting.Small(TokenModelKind.NanoGpt) } },
        "video-autoencoder" => new RunConfig
        {
            Family = new VideoAutoencoderConfig
            {
                Model = SmallNetworks.Config with { NetworkVariant = "s4t4_b_vq" }, Clip = new() { Frames = 8, Height = 16 },
            },
        },
        _ => FrameTesting.Config(FrameTesting.Tiny),
    };

    /// <param name="shift">Offset added to every weight, to tell averaged from trained weights.</param>
    public static Dictionary<string, StoredTensor> Weights(string family, double shift = 0)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var network = Network(family);
        var weights = network?.state_dict().Where(item => !item.Key.StartsWith("usage.", StringComparison.Ordinal)).ToDictionary(item => item.Key, item => item.Value)
            ?? PublishedFile.StateDict(1).Where(item => item.Key.StartsWith("denoise_fn.", StringComparison.Ordinal))
                .ToDictionary(item => item.Key, item => ((StoredTensor)item.Value).Read());
        return weights.ToDictionary(
            item => item.Key,
            item => (StoredTensor)PublishedFile.Stored(item.Value.is_floating_point() && !item.Key.EndsWith(".freqs", StringComparison.Ordinal) ? item.Value + shift : item.Value));
    }

    private static nn.Module? Network(string family) => family switch
    {
        "pixel-unet" => null,
        "latent-transformer" => TransformerTesting.Filled(TransformerTesting.Small(LatentNetworkKind.Latte)),
        "token-model" => TokenTesting.Filled(TokenTesting.Small(TokenModelKind.NanoGpt)),
        "video-autoencoder" => SmallNetworks.Create("s4t4_b_vq"),
        _ => FrameTesting.Filled(new FrameVae(Config(family).Of<FrameAutoencoderConfig>().Family.Model)),
    };
}
