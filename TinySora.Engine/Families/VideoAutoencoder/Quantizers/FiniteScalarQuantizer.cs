using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>Finite scalar quantization (Mentzer et al. 2023): each channel is bounded and rounded to one of its levels. Nothing is learned.</summary>
internal sealed class FiniteScalarQuantizer : Quantizer
{
    /// <summary>A small widening of the range, so that the outermost levels are reached.</summary>
    private const double Slack = 1e-3;

    private readonly double[] _levels;

    public FiniteScalarQuantizer(IEnumerable<int> levels)
        : base(nameof(FiniteScalarQuantizer)) => _levels = [.. levels.Select(count => (double)count)];

    public static Codebook Kind { get; } =
        new("fsq", network => network.FsqLevels.Count, (network, _) => new FiniteScalarQuantizer(network.FsqLevels));

    public override int Codes => (int)_levels.Aggregate(1.0, (codes, count) => codes * count);

    public override int Width => _levels.Length;

    public override Tensor Tokens(Tensor z)
    {
        using var nothing = no_grad();
        var device = z.device;
        var digits = Bounded(z).round() + Each(Half, device);                                    // (..., D), each from 0 to its levels - 1
        return (digits * Each(Place, device)).sum(-1).round().to(ScalarType.Int64);
    }

    public override Tensor Vectors(Tensor tokens)
    {
        using var nothing = no_grad();
        var device = tokens.device;
        var levels = Each(i => _levels[i], device).to(ScalarType.Int64);
        var above = tokens.unsqueeze(-1).div(Each(Place, device).to(ScalarType.Int64), RoundingMode.floor);
        var digits = above - (above.div(levels, RoundingMode.floor) * levels);
        return (digits.to(ScalarType.Float32) - Each(Half, device)) / Each(Half, device);
    }

    public override OnnxTensor Tokens(OnnxTensor z)
    {
        var digits = Bounded(z).Each("Round") + Each(Half, z.Graph);
        var sum = (digits * Each(Place, z.Graph)).Reduced("ReduceSum", -1);
        return sum.Reshape(z.Shape[..^1]).Each("Round").Cast(OnnxType.Int64);
    }

    public override OnnxTensor Vectors(OnnxTensor tokens)
    {
        var graph = tokens.Graph;
        var (places, levels) = (Whole(Place, graph), Whole(i => _levels[i], graph));
        var above = tokens.Unsqueeze(tokens.Shape.Length) / places;
        var digits = (above - (above / levels * levels)).Cast(OnnxType.Float32);
        return (digits - Each(Half, graph)) / Each(Half, graph);
    }

    public override Quantized Quantize(Tensor z, BatchRandom random)
    {
        var bounded = Bounded(z);
        var latents = StraightThrough(bounded, bounded.round()) / Each(Half, z.device);
        return new(latents, Tokens(z), Loss: null);
    }

    /// <summary>
    /// Channel i between the bounds of its levels: (L-1)/2 · tanh(z + s) - o. An even number of levels is shifted by o = 1/2, and s = atanh of its
    /// share, so that zero stays zero (the paper's code has a tangent in its place).
    /// </summary>
    private Tensor Bounded(Tensor z)
    {
        var device = z.device;
        return ((z + Each(Shift, device)).tanh() * Each(Reach, device)) - Each(Offset, device);
    }

    /// <inheritdoc cref="Bounded(Tensor)"/>
    private OnnxTensor Bounded(OnnxTensor z) =>
        ((z + Each(Shift, z.Graph)).Each("Tanh") * Each(Reach, z.Graph)) - Each(Offset, z.Graph);

    private double Reach(int i) => (_levels[i] - 1) * (1 + Slack) / 2;

    private double Offset(int i) => _levels[i] % 2 == 0 ? 0.5 : 0;

    private double Shift(int i) => Math.Atanh(Offset(i) / Reach(i));

    /// <summary>The offset that makes a channel's rounded values count from 0, and the divisor that brings its vectors into [-1, 1].</summary>
    private double Half(int i) => Math.Floor(_levels[i] / 2);

    /// <summary>What one level of channel i is worth in a token.</summary>
    private double Place(int i) => _levels.Take(i).Aggregate(1.0, (place, count) => place * count);

    private Tensor Each(Func<int, double> value, Device device) =>
        tensor(_levels.Select((_, i) => (float)value(i)).ToArray(), device: device);

    private OnnxTensor Each(Func<int, double> value, OnnxGraph graph) => graph.Constant(Each(value, CPU));

    private OnnxTensor Whole(Func<int, double> value, OnnxGraph graph) => graph.Constant(Each(value, CPU).to(ScalarType.Int64));
}
