using TinySora.Engine.Configuration;
using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Layers.Onnx;
using TinySora.Engine.Tests.Layers.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.FrameAutoencoder;

/// <summary>Frame autoencoders as ONNX graphs, with random weights.</summary>
public sealed class FrameAutoencoderGraphTests
{
    [Theory]
    [InlineData(FrameModelConfig.LatteVae)]
    [InlineData(FrameModelConfig.AutoencoderKl)]
    public void ONNX_graphs_encode_and_decode_the_same_for_both_networks(string network)
    {
        using var scope = NewDisposeScope();
        var config = new FrameAutoencoderConfig
        {
            Data = new FrameDataConfig { Height = 16, Width = 24, CentreSquareCrop = false },
            Model = new FrameModelConfig
            {
                Network = network, FrameChannels = 3, ZChannels = 5, DownChannels = [8, 16, 24], MidChannels = [24, 16, 24], DownSample = [true, true],
                AttnDown = [false, true], NormChannels = 4, NumHeads = 2, NumDownLayers = 2, NumMidLayers = 1, NumUpLayers = 2,
            },
        };
        FrameNetwork model = config.Model.IsKl ? new AutoencoderKl(config.Model) : new FrameVae(config.Model);
        OnnxNetwork.Shaken(model);
        var codec = new FrameCodec(model, config, MixedPrecision.Off, CPU);
        var frames = OnnxNetwork.Noise(1, 2, 3, 16, 24).sigmoid();
        var moments = codec.Moments(frames.unsqueeze(2)).squeeze(2);
        var latents = codec.Encode(frames.unsqueeze(2)).squeeze(2);
        OnnxNetwork.Equal(
            model, codec.Graphs.Single(graph => graph.Name == "encoder").Write, [("frames", frames)],
            ("latents", latents), ("log_variance", moments.narrow(1, 5, 5)));
        OnnxNetwork.Equal(
            model, codec.Graphs.Single(graph => graph.Name == "decoder").Write, [("latents", latents)],
            ("frames", codec.Decode(latents.unsqueeze(2)).squeeze(2)));
        var films = stack([latents, latents.flip(0), latents * 0.5], 2); // (B, z, F, h, w)
        OnnxNetwork.Equal(
            model, graph => graph.Output("clips", codec.Decode(graph.Input("x", OnnxType.Float32, [OnnxGraph.Batch, .. films.shape[1..]]))), [("x", films)],
            ("clips", codec.Decode(films)));
    }
}
