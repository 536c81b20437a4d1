using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Latents;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Evaluation;

/// <summary>
/// Measures <see cref="TokenEntropy"/>. A clip is determined by its sentence and a uniformly distributed point in the four-dimensional unit cube. The
/// probability of the clip's tokens is therefore the volume of the set of points that result in the same tokens.
/// </summary>
public sealed class TokenEntropyMeter
{
    private readonly CodecModel codec;
    private readonly int frames;
    private readonly int size;

    /// <exception cref="TinySoraException">NoQuantizer; NoShapes: the autoencoder does not accept square RGB clips.</exception>
    public TokenEntropyMeter(CodecModel codec)
    {
        codec.Check(LatentKind.Tokens);
        var shape = codec.Codec.Shape;
        if (shape.Channels != 3 || shape.Width != shape.Height || codec.TakesSingleFrames)
        {
            throw EvaluationErrors.NoShapes(codec.Checkpoint.Path);
        }

        (this.codec, frames, size) = (codec, shape.Frames, shape.Height);
    }

    /// <summary>Returns the mean entropy over clips of all combinations of the shapes world. Must not be called on the engine thread.</summary>
    /// <param name="clips">Number of clips, at least 2.</param>
    public TokenEntropy Measure(int clips, long seed, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var bits = new double[clips];
        for (var i = 0; i < clips; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var combination = ShapesWorld.Combination(ShapesWorld.AllCombinations, seed, i);
            var random = new SplitMix64(SplitMix64.Mix(seed, i));
            bits[i] = -Math.Log2(EngineThread.Run(() => Probability(combination, random, cancellation)));
            progress?.Report((i + 1.0) / clips);
        }

        var mean = bits.Average();
        var error = Math.Sqrt(bits.Sum(value => (value - mean) * (value - mean)) / (clips - 1) / clips);
        var stride = codec.Codec.Stride;
        var tokens = frames / stride.Frames * (size / stride.Height) * (size / stride.Width);
        return new(codec.Checkpoint.Path, clips, tokens, mean, mean / tokens, error / tokens);
    }

    private double Probability(ShapesCombination combination, SplitMix64 random, CancellationToken cancellation)
    {
        var center = Enumerable.Range(0, ShapesWorld.JitterCount).Select(_ => random.Between(0, 1)).ToArray();
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        return CellVolume.Around(center, AreSame, random);

        // Encode the clip together with each batch, because rounding in the encoder depends on the batch size.
        bool[] AreSame(IReadOnlyList<double[]> points)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var tokens = Tokens(combination, [center, .. points]);
            return tokens.narrow(0, 1, points.Count).ne(tokens.narrow(0, 0, 1)).flatten(1).sum(1).eq(0).data<bool>().ToArray();
        }
    }

    /// <returns>Tokens of the clips, (B, t, h, w), on the CPU.</returns>
    private Tensor Tokens(ShapesCombination combination, IReadOnlyList<double[]> points)
    {
        var pixels = points.SelectMany(point => ShapesWorld.Render(combination, point, size, frames).Pixels).ToArray();
        var clips = tensor(pixels, [points.Count, frames, size, size, 3], ScalarType.Byte).to(codec.Device).to(ScalarType.Float32).div_(255);
        return codec.Tokens(clips.permute(0, 4, 1, 2, 3).contiguous()).cpu();
    }
}

/// <summary>Entropy of the tokens of shapes-world clips given their sentences. It is a lower bound on the mean cross entropy of any token model.</summary>
/// <param name="Checkpoint">Path of the autoencoder's checkpoint.</param>
/// <param name="Clips">Number of measured clips.</param>
/// <param name="TokensPerClip">Number of tokens per clip.</param>
/// <param name="BitsPerClip">Mean of −log₂(p), where p is the probability of a clip's tokens.</param>
/// <param name="BitsPerToken">Bits per token: the lower bound for <c>val.bits</c> of a token model.</param>
/// <param name="StandardError">Standard error of the bits per token.</param>
public sealed record TokenEntropy(string Checkpoint, int Clips, int TokensPerClip, double BitsPerClip, double BitsPerToken, double StandardError)
{
    public string Model => ModelName.Of(Checkpoint);

    public override string ToString() => FormattableString.Invariant($"{Checkpoint}: {BitsPerToken:0.000} bits per token");
}
