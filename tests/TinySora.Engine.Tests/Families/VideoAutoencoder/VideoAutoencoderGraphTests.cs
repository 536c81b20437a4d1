using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Families.VideoAutoencoder;
using TinySora.Engine.Families.VideoAutoencoder.Config;
using TinySora.Engine.Families.VideoAutoencoder.Networks;
using TinySora.Engine.Tests.Layers.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.VideoAutoencoder;

/// <summary>Clip autoencoders as ONNX graphs, with random weights.</summary>
public sealed class VideoAutoencoderGraphTests
{
    public static TheoryData<string> Names => [.. NetworkVariants.All.Select(variant => variant.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void ONNX_graphs_encode_and_decode_the_same_for_every_network(string name)
    {
        using var scope = NewDisposeScope();
        var own = new VideoAutoencoderConfig
        {
            Model = new NetworkConfig { NetworkVariant = name, EmbeddingDim = 6, NCodes = 8, NHiddens = 16, NResLayers = 1, Downsample = [2, 4, 4] },
        };
        var model = own.Variant.Create(own.Model, own.Loss);
        OnnxNetwork.Shaken(model);
        var stride = own.Variant.Stride(own.Model);
        var shape = new ClipShape(3, 2 * stride.Frames, 2 * stride.Height) { Width = 3 * stride.Width };
        var codec = new ClipCodec(model, own, shape, MixedPrecision.Off, CPU);
        var clips = OnnxNetwork.Noise(1, 2, 3, shape.Frames, shape.Height, shape.Width) * 2;
        UseAllCodes(model, clips);
        var latents = codec.Encode(clips);
        var expected = new List<(string, Tensor)> { ("latents", latents) };
        if (codec.Codes is not null)
        {
            expected.Add(("tokens", codec.Tokens(clips)));
            OnnxNetwork.Equal(model, Graph(codec, "codebook"), [("tokens", codec.Tokens(clips))], ("latents", latents));
        }

        if (codec.HasPosterior)
        {
            expected.Add(("log_variance", codec.Moments(clips).narrow(1, codec.Channels, codec.Channels)));
        }

        OnnxNetwork.Equal(model, Graph(codec, "encoder"), [("clips", clips)], [.. expected]);
        OnnxNetwork.Equal(model, Graph(codec, "decoder"), [("latents", latents)], ("clips", codec.Decode(latents)));
    }

    /// <summary>Sets the codes to outputs of the encoder, so that the nearest code varies.</summary>
    private static void UseAllCodes(ClipAutoencoder model, Tensor clips)
    {
        using var nothing = no_grad();
        foreach (var (_, codes) in model.state_dict().Where(
            item => item.Key.EndsWith("embeddings", StringComparison.Ordinal) || item.Key.EndsWith("codebook.weight", StringComparison.Ordinal)))
        {
            codes.copy_(model.Encode(ClipAutoencoder.Pixels(clips)).Mean.flatten(0, -2).narrow(0, 0, codes.shape[0]));
        }
    }

    private static Action<Engine.Layers.Onnx.OnnxGraph> Graph(ClipCodec codec, string name) => codec.Graphs.Single(graph => graph.Name == name).Write;
}
