using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Families.VideoAutoencoder.Networks;
using TinySora.Engine.Families.VideoAutoencoder.Quantizers;
using TinySora.Engine.Layers;
using TinySora.Engine.Layers.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder;

internal sealed class ClipCodec(ClipAutoencoder model, VideoAutoencoderConfig own, ClipShape shape, MixedPrecision amp, Device device) : IClipCodec
{
    public ClipShape Shape => shape;
    public LatentStride Stride { get; } = own.Variant.Stride(own.Model);
    public int Channels => model.Quantizer?.Width ?? own.Model.EmbeddingDim;
    public int? Codes => model.Quantizer?.Codes;
    public bool HasPosterior => own.Variant.IsVariational;
    public IEnumerable<nn.Module> EncodingLayers => model.EncodingLayers;

    public Tensor Encode(Tensor clips) => Encode(clips, seen: null);

    /// <param name="seen">Receives the tokens (B, t, h, w) if the model has a quantizer; <c>null</c> if they are not needed.</param>
    public Tensor Encode(Tensor clips, Action<Tensor>? seen) => Run(clips, x =>
    {
        var z = Features(x).Mean;
        if (model.Quantizer is not Quantizer quantizer)
        {
            return First(z);
        }

        var tokens = quantizer.Tokens(z);
        seen?.Invoke(tokens);
        return First(quantizer.Vectors(tokens));
    });

    public Tensor Moments(Tensor clips) => Run(clips, x =>
    {
        var (mean, logVariance) = Features(x);
        return First(cat([mean, logVariance!], -1));
    });

    public Tensor Tokens(Tensor clips) => Run(clips, x => Quantizer.Tokens(Features(x).Mean));

    public Tensor Vectors(Tensor tokens) => Run(tokens, indices => First(Quantizer.Vectors(indices)));

    public Tensor Decode(Tensor latents) => Run(latents, z => First(model.Decode(z.permute(0, 2, 3, 4, 1).contiguous())) + ClipAutoencoder.Grey);

    public AnyTensor Decode(AnyTensor latents) => First(model.Decode(latents.permute(0, 2, 3, 4, 1))) + ClipAutoencoder.Grey;

    /// <summary>
    /// Graphs that encode clips, decode latents and, if there is a quantizer, convert tokens to latents. They are for clips of the shape that the model was
    /// trained on.
    /// </summary>
    public IReadOnlyList<NetworkGraph> Graphs
    {
        get
        {
            var graphs = new List<NetworkGraph> { new("encoder", WriteEncoder), new("decoder", WriteDecoder) };
            if (model.Quantizer is not null)
            {
                graphs.Add(new("codebook", graph => graph.Output("latents", First(
                    model.Quantizer.Vectors(graph.Input("tokens", OnnxType.Int64, [OnnxGraph.Batch, .. LatentSize]))))));
            }

            return graphs;
        }
    }

    private long[] LatentSize => [shape.Frames / Stride.Frames, shape.Height / Stride.Height, shape.Width / Stride.Width];

    private void WriteEncoder(OnnxGraph graph)
    {
        var clips = graph.Input("clips", OnnxType.Float32, OnnxGraph.Batch, ClipAutoencoder.Channels, shape.Frames, shape.Height, shape.Width);
        var (mean, logVariance) = model.Encode((clips - ClipAutoencoder.Grey).permute(0, 2, 3, 4, 1));
        if (model.Quantizer is not null)
        {
            var tokens = model.Quantizer.Tokens(mean);
            graph.Output("tokens", tokens);
            mean = model.Quantizer.Vectors(tokens);
        }

        graph.Output("latents", First(mean));
        if (logVariance is not null)
        {
            graph.Output("log_variance", First(logVariance));
        }
    }

    private void WriteDecoder(OnnxGraph graph) =>
        graph.Output("clips", Decode(graph.Input("latents", OnnxType.Float32, [OnnxGraph.Batch, Channels, .. LatentSize])));

    private static AnyTensor First(AnyTensor channelsLast) => channelsLast.permute(0, 4, 1, 2, 3);

    private Quantizer Quantizer => model.Quantizer ?? throw new NotSupportedException("The autoencoder has no quantizer.");

    private (Tensor Mean, Tensor? LogVariance) Features(Tensor clips)
    {
        Stride.Check(clips.shape[2], clips.shape[3], clips.shape[4]);
        return model.Encode(ClipAutoencoder.Pixels(clips));
    }

    /// <returns>(B, C, F, H, W).</returns>
    private static Tensor First(Tensor channelsLast) => channelsLast.permute(0, 4, 1, 2, 3).contiguous();

    private Tensor Run(Tensor input, Func<Tensor, Tensor> work)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        using var precision = amp.UseWithFixedWeights(device);
        return work(input.to(device)).MoveToOuterDisposeScope();
    }
}
