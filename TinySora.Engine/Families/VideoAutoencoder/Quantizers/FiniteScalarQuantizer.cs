using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>Finite scalar quantization (Mentzer et al. 2023): each channel is bounded and rounded to one of its levels, without learned parameters.</summary>
internal sealed class FiniteScalarQuantizer : Quantizer
{
    /// <summary>Small extension of the range, which makes the outermost levels reachable.</summary>
    private const double Slack = 1e-3;

    private readonly double[] _levels;

    public FiniteScalarQuantizer(IEnumerable<int> levels)
        : base(nameof(FiniteScalarQuantizer)) => _levels = [.. levels.Select(count => (double)count)];

    public static Codebook Kind { get; } =
        new("fsq", network => network.FsqLevels.Count, (network, _) => new FiniteScalarQuantizer(network.FsqLevels));

    public override int Codes => (int)_levels.Aggregate(1.0, (codes, count) => codes * count);
    public override int Width => _levels.Length;

    public override AnyTensor Tokens(AnyTensor z)
    {
        using var nothing = no_grad();
        var digits = Bounded(z).round() + Each(Half, z.device);                                  // (..., D), each from 0 to its levels - 1
        return (digits * Each(Place, z.device)).sum(-1).round().to(ScalarType.Int64);
    }

    public override AnyTensor Vectors(AnyTensor tokens)
    {
        using var nothing = no_grad();
        var device = tokens.device;
        var (places, levels) = (Each(Place, device).to(ScalarType.Int64), Each(i => _levels[i], device).to(ScalarType.Int64));
        var above = tokens.unsqueeze(-1).floor_divide(places);
        var digits = above - (above.floor_divide(levels) * levels);
        return (digits.to(ScalarType.Float32) - Each(Half, device)) / Each(Half, device);
    }

    public override Quantized Quantize(Tensor z, BatchRandom random)
    {
        var bounded = (Tensor)Bounded(z);
        var latents = StraightThrough(bounded, bounded.round()) / Each(Half, z.device);
        return new(latents, Tokens(z), Loss: null);
    }

    /// <summary>
    /// Returns channel i within the bounds of its levels: (L-1)/2 · tanh(z + s) - o. For an even number of levels, o = 1/2 and s = atanh(2o / (L-1)), so
    /// that zero stays zero (the paper's code uses tan instead of atanh).
    /// </summary>
    private AnyTensor Bounded(AnyTensor z) =>
        ((z + Each(Shift, z.device)).tanh() * Each(Reach, z.device)) - Each(Offset, z.device);

    private double Reach(int i) => (_levels[i] - 1) * (1 + Slack) / 2;

    private double Offset(int i) => _levels[i] % 2 == 0 ? 0.5 : 0;

    private double Shift(int i) => Math.Atanh(Offset(i) / Reach(i));

    /// <summary>
    /// Returns the offset that makes a channel's rounded values start at 0. It is also the divisor that scales the channel's vectors to [-1, 1].
    /// </summary>
    private double Half(int i) => Math.Floor(_levels[i] / 2);

    /// <summary>Returns the factor of channel i's level in a token, as in a mixed-radix number.</summary>
    private double Place(int i) => _levels.Take(i).Aggregate(1.0, (place, count) => place * count);

    private Tensor Each(Func<int, double> value, Device device) =>
        tensor(_levels.Select((_, i) => (float)value(i)).ToArray(), device: device);
}
