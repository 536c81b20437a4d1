using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Models;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TinySora.Benchmarks;

/// <summary>
/// Computes the table of <c>ShapesLimit</c>: the smallest possible mean squared errors of clips that are predicted from their captions and noisy versions. The
/// best prediction is the posterior mean over position, size and speed of the shape, and its error is the posterior variance. The posterior is sampled by
/// importance sampling: with little noise, each clip has its own proposals near the true values; with much noise, clips with the same caption share
/// proposals from the prior.
/// </summary>
internal sealed class OptimalLoss
{
    private const int Scenes = 4;
    private const int Proposals = 384;
    private const int SharedScenes = 64;
    private const int SharedProposals = 6144;

    /// <summary>One in this number of a clip's own proposals is from the prior.</summary>
    private const int PriorShare = 8;

    /// <summary>Factor by which the standard deviation of a clip's own proposals exceeds that of the posterior, so that they cover its tails.</summary>
    private const double Widening = 1.5;

    /// <summary>Step size of the finite differences.</summary>
    private const double Delta = 0.02;

    private static readonly double[] Noises = [1, 2, 3, 4, 5.5, 7.5, 10, 15, 20, 30, 50, 100, 500];

    private readonly Func<IEnumerable<Clip>, Tensor> encode;
    private readonly double maxOwn;
    private readonly double minShared;
    private readonly Random random = new(1);

    /// <param name="encode">Returns the values to predict, (B, C, F, H, W).</param>
    /// <param name="maxOwn">Maximum ratio of noise to signal for clips with their own proposals.</param>
    /// <param name="minShared">Minimum ratio of noise to signal for shared proposals. Below, too few of them are close to a clip.</param>
    private OptimalLoss(Func<IEnumerable<Clip>, Tensor> encode, double maxOwn, double minShared) =>
        (this.encode, this.maxOwn, this.minShared) = (encode, maxOwn, minShared);

    /// <param name="path">Checkpoint of a model over latents of clips-vae; <c>null</c> for pixels.</param>
    public static void Run(string? path) => EngineThread.Run(() =>
    {
        using var gradients = no_grad();
        manual_seed(1);
        if (path is null)
        {
            new OptimalLoss(clips => (Stack(clips) * 2) - 1, maxOwn: 30, minShared: 15).Print();
            return 0;
        }

        using var loaded = LoadedModel.Open(path, "cpu");
        using var codec = CodecModel.Open(Path.Combine("models", "clips-vae.safetensors"), "cpu");
        var model = (LatentDenoiser)((LatentTransformerTask)loaded.Task).Model;
        new OptimalLoss(clips => model.Normalized(codec.Encode(Stack(clips))), maxOwn: 10, minShared: 10).Print();
        return 0;
    });

    private static Tensor Stack(IEnumerable<Clip> clips) =>
        stack(clips.Select(clip => tensor(clip.Pixels).view(clip.Frames, clip.Height, clip.Width, 3).permute(3, 0, 1, 2))).to(ScalarType.Float32) / 255;

    private void Print()
    {
        var errors = new SortedDictionary<(double Noise, string Kind), List<double>>();
        void Add(double noise, string kind, IEnumerable<double> values)
        {
            errors.TryAdd((noise, kind), []);
            errors[(noise, kind)].AddRange(values);
        }

        foreach (var (number, combination) in ShapesWorld.GetCombinations(ShapesSplit.Trained).Index())
        {
            using var scope = NewDisposeScope();
            foreach (var noise in Noises.Where(noise => noise <= maxOwn))
            {
                Add(noise, "own", Enumerable.Range(0, Scenes).Select(_ => WithOwnProposals(combination, noise)));
            }

            if (number % 3 == 0)
            {
                var samples = Encoded(combination, Enumerable.Range(0, SharedProposals).Select(_ => Prior()));
                foreach (var noise in Noises.Where(noise => noise >= minShared))
                {
                    Add(noise, "shared", WithSharedProposals(samples, noise));
                }
            }

            Console.Error.WriteLine(number + 1);
        }

        Console.WriteLine("| noise / signal | proposals | smallest error | standard error |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var ((noise, kind), values) in errors)
        {
            var mean = values.Average();
            var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)) / values.Count);
            Console.WriteLine(Invariant($"| {noise} | {kind} | {mean:G4} | {100 * deviation / mean:0.0} % |"));
        }
    }

    private double WithOwnProposals(ShapesCombination combination, double noise)
    {
        using var scope = NewDisposeScope();
        var truth = Prior();
        double[] steps = [.. truth.Select(value => value < 0.5 ? Delta : -Delta)];
        var ends = steps.Select((step, k) => truth.Select((value, j) => j == k ? value + step : value).ToArray());
        var encoded = Encoded(combination, [truth, .. ends]);
        var x0 = encoded[0];
        var jacobian = (encoded.narrow(0, 1, truth.Length) - x0) / tensor(steps).unsqueeze(1);

        // Covariance of the posterior if the values depended linearly on the parameters, whose uniform prior has variance 1/12.
        var precision = (jacobian.matmul(jacobian.t()) / (noise * noise)) + (12 * eye(truth.Length, dtype: ScalarType.Float64));
        var root = linalg.cholesky(linalg.inv(precision)) * Widening;
        var moved = (tensor(truth) + randn([Proposals, truth.Length], ScalarType.Float64).matmul(root.t())).data<double>().ToArray().Chunk(truth.Length);
        double[][] values = [.. moved.Select((value, i) => i % PriorShare == 0 ? Prior() : value).Where(value => value.All(part => part is >= 0 and <= 1))];

        var offsets = linalg.solve(root, (tensor(values.SelectMany(value => value).ToArray()).view(-1, truth.Length) - tensor(truth)).t());
        var normal = (-(offsets.square().sum([0]) / 2) - root.diagonal().log().sum() - (truth.Length * Math.Log(Math.Tau) / 2)).exp();
        var density = ((normal * (PriorShare - 1)) + 1) / PriorShare;
        var samples = Encoded(combination, values);
        var noisy = x0 + (noise * randn_like(x0));
        var weights = (-((samples - noisy).square().sum([1]) / (2 * noise * noise)) - density.log()).softmax(0).unsqueeze(0);
        return Variance(samples, weights)[0];
    }

    private static double[] WithSharedProposals(Tensor samples, double noise)
    {
        using var scope = NewDisposeScope();
        var truth = samples.narrow(0, 0, SharedScenes);
        var others = samples.narrow(0, SharedScenes, samples.shape[0] - SharedScenes);
        var noisy = truth + (noise * randn_like(truth));
        var weights = ((noisy.matmul(others.t()) - (others.square().sum([1]) / 2)) / (noise * noise)).softmax(1);
        return Variance(others, weights);
    }

    /// <summary>Returns the mean variance of the values in weighted samples, corrected for the number of samples.</summary>
    /// <param name="samples">(N, D).</param>
    /// <param name="weights">(B, N), with sum 1.</param>
    private static double[] Variance(Tensor samples, Tensor weights)
    {
        var square = weights.matmul(samples.square().sum([1])) - weights.matmul(samples).square().sum([1]);
        return (square / (samples.shape[1] * (1 - weights.square().sum([1])))).data<double>().ToArray();
    }

    private double[] Prior() => [.. Enumerable.Range(0, ShapesWorld.JitterCount).Select(_ => random.NextDouble())];

    /// <summary>Draws and encodes scenes, in parts to limit memory.</summary>
    /// <returns>(B, D) float64.</returns>
    private Tensor Encoded(ShapesCombination combination, IEnumerable<double[]> scenes)
    {
        using var scope = NewDisposeScope();
        var parts = scenes.Chunk(64).Select(part => encode(part.Select(values => ShapesWorld.Render(combination, values))).flatten(1));
        return cat([.. parts]).to(ScalarType.Float64).MoveToOuterDisposeScope();
    }
}
