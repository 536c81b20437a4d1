using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Latents;
using TinySora.Engine.Models;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TinySora.Benchmarks;

/// <summary>
/// Compares the mean squared errors of a latent model of the shapes world with the smallest possible ones. The best prediction for noisy latents is the
/// posterior mean of the clean latents, and its error is half the mean squared difference between the true latents and another sample from this posterior. The
/// posterior is sampled with Markov chains (Metropolis) over position, size and speed of the shape, which begin with the true values.
/// </summary>
internal sealed class OptimalLoss
{
    private const int Scenes = 768;
    private const int Levels = 10;
    private const int WarmUp = 40;
    private const int Samples = 60;

    /// <summary>Step size of the finite differences.</summary>
    private const double Delta = 0.02;

    /// <summary>Optimal ratio of the step to the standard deviation of a normal distribution, 2.38 / √d (Roberts et al. 1997).</summary>
    private static readonly double StepScale = 2.38 / Math.Sqrt(ShapesWorld.JitterCount);

    private readonly LatentTransformerTask task;
    private readonly LatentDenoiser model;
    private readonly CodecModel codec;
    private readonly NoiseLevel level;
    private readonly Random random = new(1);
    private readonly ShapesCombination[] shown;
    private readonly double[][] truth;
    private readonly Tensor x0;
    private readonly Tensor noisy;

    private OptimalLoss(LatentTransformerTask task, CodecModel codec, NoiseLevel level)
    {
        (this.task, model, this.codec, this.level) = (task, (LatentDenoiser)task.Model, codec, level);
        var all = ShapesWorld.GetCombinations(ShapesSplit.Trained);
        shown = [.. Enumerable.Range(0, Scenes).Select(i => all[i % all.Count])];
        truth = [.. shown.Select(_ => Prior())];
        x0 = Latents(truth);
        noisy = level.AddNoise(x0, randn_like(x0));
    }

    /// <param name="path">Checkpoint of a model with text over latents of clips-vae.</param>
    public static void Run(string path) => EngineThread.Run(() =>
    {
        using var loaded = LoadedModel.Open(path, "cpu");
        using var codec = CodecModel.Open(Path.Combine("models", "clips-vae.safetensors"), "cpu");
        using var nothing = no_grad();
        manual_seed(1);
        var task = (LatentTransformerTask)loaded.Task;
        var diffusion = ((LatentTransformerConfig)loaded.Config.Family).Diffusion;
        Console.WriteLine("| noise / signal | model | smallest possible | ratio |");
        Console.WriteLine("|---|---|---|---|");
        var (errors, least, variance) = (0.0, 0.0, 0.0);
        for (var i = 0; i < Levels; i++)
        {
            using var scope = NewDisposeScope();
            var timestep = ((2 * i) + 1) * diffusion.Timesteps / (2 * Levels);
            var level = diffusion.Schedule()[timestep];
            var world = new OptimalLoss(task, codec, level);
            var (error, best) = (world.ModelErrors(diffusion.Objective, timestep).mean().item<float>(), world.LeastErrors());
            var (mean, deviation) = (best.mean().item<double>(), best.std().item<double>() / Math.Sqrt(Scenes));
            (errors, least, variance) = (errors + (error / Levels), least + (mean / Levels), variance + (deviation * deviation / (Levels * Levels)));
            Print(Invariant($"{level.Sigma / level.Signal:0.00}"), error, mean, deviation);
        }

        Print("all levels", errors, least, Math.Sqrt(variance));
        return 0;
    });

    private static void Print(string name, double error, double least, double deviation) =>
        Console.WriteLine(Invariant($"| {name} | {error:0.0000} | {least:0.0000} ± {deviation:0.0000} | {error / least:0.0} |"));

    private static Tensor SquaredError(Tensor a, Tensor b) => (a - b).square().flatten(1).mean([1]);

    private Tensor ModelErrors(Objective objective, int timestep)
    {
        var condition = task.ConditionOf(new LatentBatch(x0, [.. shown.Select(ShapesWorld.Caption)], []));
        var prediction = model.Predict(noisy, full(Scenes, timestep, dtype: ScalarType.Int64), condition);
        return SquaredError(objective.PredictedX0(noisy, prediction, level), x0);
    }

    /// <summary>Returns estimates of the smallest possible error for each scene (B).</summary>
    private Tensor LeastErrors()
    {
        var factors = ProposalFactors();
        var values = truth.ToArray();
        var latents = x0.clone();
        var energy = Energy(latents);
        var sum = zeros_like(energy);
        for (var step = 0; step < WarmUp + Samples; step++)
        {
            using var scope = NewDisposeScope();
            var proposals = Propose(values, factors);
            var proposed = Latents(proposals);
            var raised = Energy(proposed);
            var isPossible = tensor(proposals.Select(scene => scene.All(value => value is >= 0 and <= 1)).ToArray());
            var accepted = (rand_like(energy).log() < energy - raised).logical_and(isPossible);
            var flags = accepted.data<bool>().ToArray();
            values = [.. values.Select((value, i) => flags[i] ? proposals[i] : value)];
            latents.copy_(where(accepted.view(-1, 1, 1, 1, 1), proposed, latents));
            energy.copy_(where(accepted, raised, energy));
            if (step >= WarmUp)
            {
                sum.add_(SquaredError(latents, x0) / (2 * Samples));
            }
        }

        return sum;
    }

    /// <summary>Returns -log p(noisy | latents) of each scene up to a constant (B), in double precision.</summary>
    private Tensor Energy(Tensor latents) =>
        (noisy - (latents * level.Signal)).to(ScalarType.Float64).square().flatten(1).sum(1) / (2 * level.Sigma * level.Sigma);

    /// <summary>
    /// Returns a square root of each scene's posterior covariance if the latents were a linear function of the random values (B, 4, 4), times the step size.
    /// </summary>
    private double[] ProposalFactors()
    {
        var derivatives = Enumerable.Range(0, ShapesWorld.JitterCount).Select(k =>
        {
            var differences = truth.Select(values => values[k] < 0.5 ? Delta : -Delta).ToArray();
            var moved = Latents([.. truth.Select((values, i) => values.Select((value, j) => j == k ? value + differences[i] : value).ToArray())]);
            return (moved - x0).flatten(1).to(ScalarType.Float64) / tensor(differences).unsqueeze(1);
        }).ToArray();
        var jacobian = stack(derivatives, 1);
        var precision = jacobian.matmul(jacobian.transpose(1, 2)) * level.Snr;
        var prior = 12 * eye(ShapesWorld.JitterCount, dtype: ScalarType.Float64); // 1 / variance of a uniform value
        return (linalg.cholesky(linalg.inv(precision + prior)) * StepScale).data<double>().ToArray();
    }

    /// <summary>Proposes a new sample of all values or of one value from the prior, or a small change of all values.</summary>
    private double[][] Propose(double[][] values, double[] factors)
    {
        const int Count = ShapesWorld.JitterCount;
        var normal = randn([values.Length * Count], ScalarType.Float64).data<double>().ToArray();
        return [.. values.Select((old, scene) =>
        {
            var (kind, one) = (random.NextDouble(), random.Next(Count));
            var scale = kind < 0.5 ? 0.4 : 1;
            return kind < 0.1 ? Prior()
                : kind < 0.25 ? [.. old.Select((value, k) => k == one ? random.NextDouble() : value)]
                : old.Select((value, k) => value + (scale * Enumerable.Range(0, Count)
                    .Sum(j => factors[(((scene * Count) + k) * Count) + j] * normal[(scene * Count) + j]))).ToArray();
        })];
    }

    private double[] Prior() => [.. Enumerable.Range(0, ShapesWorld.JitterCount).Select(_ => random.NextDouble())];

    /// <summary>Encodes clips in parts, which limits the memory. Values outside of [0, 1] are clamped.</summary>
    private Tensor Latents(double[][] values)
    {
        using var scope = NewDisposeScope();
        var parts = Enumerable.Range(0, values.Length).Chunk(64).Select(part =>
        {
            var clips = part.Select(i => ShapesWorld.Render(shown[i], [.. values[i].Select(value => Math.Clamp(value, 0, 1))]))
                .Select(clip => tensor(clip.Pixels).view(clip.Frames, clip.Height, clip.Width, 3).permute(3, 0, 1, 2));
            return model.Normalized(codec.Encode(stack([.. clips]).to(ScalarType.Float32) / 255));
        });
        return cat([.. parts]).MoveToOuterDisposeScope();
    }
}
