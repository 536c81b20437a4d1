using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Latents;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Evaluation;

/// <summary>
/// Measures <see cref="TokenEntropy"/>. A clip of a sentence follows from four numbers that are uniform in [0, 1), so that the probability of its tokens is the
/// volume of the numbers that give the same.
/// </summary>
public sealed class TokenEntropyMeter
{
    private readonly CodecModel codec;
    private readonly int frames;
    private readonly int size;

    /// <exception cref="TinySoraException">NoQuantizer; NoShapes: the autoencoder takes no square clips of three colours.</exception>
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

    /// <summary>The mean over clips of all combinations. Not to be called on the engine thread.</summary>
    /// <param name="clips">2 or more.</param>
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
        var center = Enumerable.Range(0, ShapesWorld.Chances).Select(_ => random.Between(0, 1)).ToArray();
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        return CellVolume.Around(center, AreSame, random);

        // The clip goes with each batch, since the last bits of what is encoded depend on the length of one.
        bool[] AreSame(IReadOnlyList<double[]> points)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var tokens = Tokens(combination, [center, .. points]);
            return tokens.narrow(0, 1, points.Count).ne(tokens.narrow(0, 0, 1)).flatten(1).sum(1).eq(0).data<bool>().ToArray();
        }
    }

    /// <returns>(B, t, h, w), on the CPU.</returns>
    private Tensor Tokens(ShapesCombination combination, IReadOnlyList<double[]> points)
    {
        var pixels = points.SelectMany(point => ShapesWorld.Render(combination, point, size, frames).Pixels).ToArray();
        var clips = tensor(pixels, [points.Count, frames, size, size, 3], ScalarType.Byte).to(codec.Device).to(ScalarType.Float32).div_(255);
        return codec.Tokens(clips.permute(0, 4, 1, 2, 3).contiguous()).cpu();
    }
}

/// <summary>
/// The entropy of the tokens of the shapes world when the sentence is known: no model of them can have a lower cross entropy on average.
/// </summary>
/// <param name="Checkpoint">The autoencoder's file.</param>
/// <param name="Clips">Over which it was measured.</param>
/// <param name="TokensPerClip">Of the autoencoder.</param>
/// <param name="BitsPerClip">The mean of −log₂ of the probability of a clip's tokens.</param>
/// <param name="BitsPerToken">The same over the tokens of a clip: what <c>val.bits</c> of a token model cannot go below.</param>
/// <param name="StandardError">Of the bits per token.</param>
public sealed record TokenEntropy(string Checkpoint, int Clips, int TokensPerClip, double BitsPerClip, double BitsPerToken, double StandardError)
{
    public string Model => ModelName.Of(Checkpoint);

    public override string ToString() => FormattableString.Invariant($"{Checkpoint}: {BitsPerToken:0.000} bits a token");
}
