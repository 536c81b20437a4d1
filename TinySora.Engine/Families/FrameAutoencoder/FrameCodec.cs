using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder;

/// <summary>A frame autoencoder for clips of any length, and of any size that is divisible by the stride.</summary>
internal sealed class FrameCodec(FrameNetwork network, FrameAutoencoderConfig config, MixedPrecision amp, Device device) : IClipCodec
{
    /// <summary>
    /// Maximum number of pixels to process in one pass, so that a large network's activations fit into memory. A pass has at least one frame.
    /// </summary>
    private const long PixelsAtOnce = 1 << 18;

    public ClipShape Shape => config.Shape;
    public LatentStride Stride { get; } = new(1, config.Model.Stride, config.Model.Stride);
    public int Channels => config.Model.ZChannels;
    public int? Codes => null;
    public bool HasPosterior => true;
    public IEnumerable<nn.Module> EncodingLayers => network.EncodingLayers;

    /// <param name="clips">(B, C, F, H, W) in [0, 1].</param>
    /// <returns>(B, F, H, W, C) in [-1, 1].</returns>
    public static Tensor ToNetwork(Tensor clips) => ((clips * 2) - 1).permute(0, 2, 3, 4, 1).contiguous();

    /// <summary>Converts frames from the network to a clip (B, C, F, H, W) in [0, 1].</summary>
    public static Tensor FromNetwork(Tensor frames) => ((frames + 1) / 2).permute(0, 4, 1, 2, 3).contiguous();

    public Tensor Encode(Tensor clips) => Of(clips, posterior => posterior.Mean);

    public Tensor Moments(Tensor clips) => Of(clips, posterior => posterior.Moments);

    public Tensor Tokens(Tensor clips) => throw new NotSupportedException("A frame autoencoder has no quantizer.");

    public Tensor Vectors(Tensor tokens) => throw new NotSupportedException("A frame autoencoder has no quantizer.");

    public Tensor Decode(Tensor latents)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var precision = amp.Use(device);
        var pixels = latents.numel() / Channels * Stride.Height * Stride.Width;
        return FromNetwork(InParts(latents.permute(0, 2, 3, 4, 1).contiguous(), pixels, network.Decode)).MoveToOuterDisposeScope();
    }

    public AnyTensor Decode(AnyTensor latents) => (network.Decode(latents.permute(0, 2, 3, 4, 1)).permute(0, 4, 1, 2, 3) + 1) * 0.5;

    /// <summary>Graphs that encode and decode frames of the size that the model was trained on.</summary>
    public IReadOnlyList<NetworkGraph> Graphs =>
    [
        new("encoder", graph =>
        {
            var frames = graph.Input("frames", OnnxType.Float32, OnnxGraph.Batch, Shape.Channels, Shape.Height, Shape.Width);
            var halves = network.Encode(((frames * 2) - 1).permute(0, 2, 3, 1).unsqueeze(1)).squeeze(1).permute(0, 3, 1, 2).chunk(2, 1);
            graph.Output("latents", halves[0]);
            graph.Output("log_variance", halves[1].clamp(Posterior.LowestLogVariance, Posterior.HighestLogVariance));
        }),
        new("decoder", graph =>
        {
            var latents = graph.Input(
                "latents", OnnxType.Float32, OnnxGraph.Batch, Channels, Shape.Height / Stride.Height, Shape.Width / Stride.Width);
            graph.Output("frames", Decode(latents.unsqueeze(2)).squeeze(2));
        }),
    ];

    private Tensor Of(Tensor clips, Func<Posterior, Tensor> wanted)
    {
        Stride.Check(clips.shape[2], clips.shape[3], clips.shape[4]);
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var precision = amp.Use(device);
        var moments = InParts(ToNetwork(clips), clips.numel() / clips.shape[1], network.Encode);
        return wanted(new Posterior(moments)).permute(0, 4, 1, 2, 3).contiguous().MoveToOuterDisposeScope();
    }

    /// <param name="frames">Frames (B, F, ...), processed independently.</param>
    private static Tensor InParts(Tensor frames, long pixels, Func<Tensor, Tensor> operation)
    {
        var parts = Math.Min(frames.shape[1], pixels / PixelsAtOnce);
        return parts < 2 ? operation(frames) : cat([.. frames.chunk(parts, 1).Select(part =>
        {
            using var scope = NewDisposeScope();
            return operation(part).MoveToOuterDisposeScope();
        })], 1);
    }
}
