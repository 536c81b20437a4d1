using System.Text.Json;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Diffusion;

public sealed class DenoisingLossTests : IDisposable
{
    private static readonly long[] Shape = [2, 3, 5, 8, 8];

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Loss_of_the_network_agrees_with_the_reference(int index)
    {
        var golden = Read("diffusion.json").GetProperty("losses")[index];
        var gamma = golden.GetProperty("min_snr_gamma");
        using var model = Published();
        var loss = new DiffusionConfig
        {
            Objective = UNetTesting.Named<Objective>(golden.GetProperty("objective").GetString()!),
            NoiseSchedule = UNetTesting.Named<NoiseScheduleKind>(golden.GetProperty("schedule").GetString()!),
            LossType = UNetTesting.Named<LossKind>(golden.GetProperty("loss_type").GetString()!),
            MinSnrGamma = gamma.ValueKind == JsonValueKind.Null ? null : gamma.GetDouble(),
            Timesteps = golden.GetProperty("timesteps").GetInt32(),
        }.Loss();

        var result = Of(loss, model, Noise(5000, Shape), Noise(5001, Shape), Numbers(golden.GetProperty("levels")));
        result.backward();

        Assert.Equal(1, result.ToDouble() / golden.GetProperty("loss").GetDouble(), 1e-4);
        var gradient = Math.Sqrt(model.parameters().Where(p => p.grad is not null).Sum(p => p.grad!.square().sum().ToDouble()));
        Assert.Equal(1, gradient / golden.GetProperty("gradient").GetDouble(), 1e-4);
    }

    /// <summary>For independent normal values of variance 4, the best prediction is linear, and its squared error is known.</summary>
    [Theory]
    [InlineData(Objective.Noise, null, TimestepDistribution.Uniform)]
    [InlineData(Objective.Noise, 3.0, TimestepDistribution.Uniform)]
    [InlineData(Objective.V, null, TimestepDistribution.LogitNormal)]
    [InlineData(Objective.V, 3.0, TimestepDistribution.Uniform)]
    [InlineData(Objective.X0, null, TimestepDistribution.Uniform)]
    [InlineData(Objective.Flow, null, TimestepDistribution.LogitNormal)]
    [InlineData(Objective.FlowX0, null, TimestepDistribution.Uniform)]
    public void Mean_loss_follows_from_the_squared_error(Objective objective, double? gamma, TimestepDistribution distribution)
    {
        const int Count = 20_000;
        using var generator = new Generator(3);
        var schedule = NoiseSchedule.For(objective, NoiseScheduleKind.Cosine, 50);
        var loss = new DenoisingLoss(schedule, objective, LossKind.L2, gamma);
        var levels = distribution.Sample(50, Count, new BatchRandom(generator, null));
        manual_seed(4);
        var (x0, noise) = (2 * randn([Count, 1, 1, 4, 4]), randn([Count, 1, 1, 4, 4]));
        var measured = loss.Compute(x0, noise, levels, x =>
        {
            var best = x * schedule.PerClip(levels, level => 4 * level.Signal / ((4 * level.Signal * level.Signal) + (level.Sigma * level.Sigma)), CPU);
            var (bestNoise, coefficients) = (
                (x - (best * schedule.PerClip(levels, level => level.Signal, CPU))) / schedule.PerClip(levels, level => level.Sigma, CPU),
                (Func<Func<(double Noise, double Clip), double>, Tensor>)(part => schedule.PerClip(levels, level => part(objective.Coefficients(level)), CPU)));
            return (bestNoise * coefficients(pair => pair.Noise)) + (best * coefficients(pair => pair.Clip));
        }).ToDouble();

        Assert.Equal(1, loss.Mean(distribution, noise => 4 / (1 + (4 / (noise * noise))))!.Value / measured, 0.02);
        Assert.Null((loss with { Kind = LossKind.L1 }).Mean(distribution, _ => 1));
        Assert.Null((loss with { LearnsVariance = true }).Mean(distribution, _ => 1));
        Assert.Null((loss with { MotionWeight = 1 }).Mean(distribution, _ => 1));
    }

    /// <summary>
    /// The network predicts a constant, so the loss is a weighted mean over the clip, here in plain loops in float64. In the first clip one position
    /// changes, in the second all do, and the third is at rest. Where clips are padded, one position of the second does not count.
    /// </summary>
    [Theory]
    [InlineData(LossKind.L2, null, false)]
    [InlineData(LossKind.L1, null, false)]
    [InlineData(LossKind.L2, 2.0, false)]
    [InlineData(LossKind.L2, 2.0, true)]
    [InlineData(LossKind.L1, null, true)]
    public void Errors_weigh_more_where_a_clip_changes(LossKind kind, double? gamma, bool padded)
    {
        const double prediction = 0.3;
        var x0 = randn([3, 2, 4, 2, 3], generator: new Generator(1));
        x0[0].copy_(x0[0].narrow(1, 0, 1).clone().expand_as(x0[0]));
        x0[0, 1, 2, 1, 2] += 1.5f;
        x0[2].copy_(x0[2].narrow(1, 0, 1).clone().expand_as(x0[2]));
        var levels = new long[] { 2, 5, 8 };
        var schedule = NoiseSchedule.Cosine(10);
        var loss = new DenoisingLoss(schedule, Objective.X0, kind, gamma) { MotionWeight = 3 };
        var valid = ones([3, 1, 4, 2, 3]);
        valid[1, 0, TensorIndex.Colon, 0, 1] = 0;
        double Loss(DenoisingLoss of) => of.Compute(x0, randn_like(x0), levels, x => full_like(x, prediction), padded ? valid : null).ToDouble();
        var found = Loss(loss);
        Assert.Equal(Enumerable.Range(0, 3).Average(Expected), found, 5e-3);
        Assert.NotEqual(Loss(loss with { MotionWeight = 0 }), found, 1e-2);

        double Expected(int clip)
        {
            double At(int c, int f, int h, int w) => x0[clip, c, f, h, w].ToDouble();
            double Change(int h, int w) => Enumerable.Range(0, 2).Average(c =>
            {
                var mean = Enumerable.Range(0, 4).Average(f => At(c, f, h, w));
                return Math.Sqrt(Enumerable.Range(0, 4).Average(f => Math.Pow(At(c, f, h, w) - mean, 2)));
            });
            var places = Enumerable.Range(0, 2).SelectMany(h => Enumerable.Range(0, 3).Select(w => (h, w))).ToList();
            var whole = places.Average(place => Change(place.h, place.w));
            var scale = gamma is double most ? Math.Min(schedule[(int)levels[clip]].Snr, most) : 1;
            return scale * places.Where(place => !padded || clip != 1 || place != (0, 1)).Average(place => (1 + (3 * Change(place.h, place.w) / (whole + 1e-4)))
                * Enumerable.Range(0, 8).Average(i => Math.Pow(Math.Abs(prediction - At(i / 4, i % 4, place.h, place.w)), kind == LossKind.L2 ? 2 : 1)));
        }
    }

    [Fact]
    public void Training_steps_and_averaged_weights_match_the_reference()
    {
        var golden = Read("diffusion.json").GetProperty("training");
        using var model = Published();
        using var state = new TrainingState(model, new TrainerConfig
        {
            EmaDecay = golden.GetProperty("ema_decay").GetDouble(), StepStartEma = golden.GetProperty("step_start_ema").GetInt32(), UpdateEmaEvery = 1,
        });
        var loss = new DenoisingLoss(NoiseSchedule.Cosine(10), Objective.Noise, LossKind.L2);
        var losses = Numbers(golden.GetProperty("losses"));
        for (var step = 0; step < losses.Length; step++)
        {
            var result = Of(loss, model, Noise(6000 + step, Shape), Noise(7000 + step, Shape), [step, 9 - step]);
            state.Groups[0].Parameters.Backward(result);
            state.Groups[0].Optimizer.Step(step, golden.GetProperty("lr").GetDouble(), tensor(false));
            state.Ema.Update(step);
            Assert.Equal(1, result.ToDouble() / losses[step], 1e-4);
        }

        Same("weights", state.Groups[0].Parameters.Values);
        Same("average", state.Groups[0].Average);

        void Same(string what, Tensor flat)
        {
            foreach (var (name, view) in state.Groups[0].Parameters.Views(flat))
            {
                var expected = Numbers(golden.GetProperty(what).GetProperty(name["denoise_fn.".Length..]));
                var projection = (view * Noise(2000, view.shape)).sum().ToDouble();
                Assert.Equal(1, view.norm().ToDouble() / expected[0], 1e-4);
                Assert.True(Math.Abs(projection - expected[1]) < 1e-4 * expected[0], $"{what} of {name}: {projection}, not {expected[1]}");
            }
        }
    }

    [Fact]
    public void Noisy_clips_and_losses_match_their_closed_form()
    {
        var (x0, noise) = (Noise(1, 1, 1, 1, 2, 2), Noise(2, 1, 1, 1, 2, 2));
        var schedule = NoiseSchedule.Cosine(10);
        Tensor? seen = null;
        Tensor Silent(Tensor x) => zeros_like(seen = x);

        var squared = new DenoisingLoss(schedule, Objective.Noise, LossKind.L2).Compute(x0, noise, [4], Silent);

        // ᾱ at timestep 4 is 0.4938436 in the original.
        Assert.True(seen!.allclose(x0 * Math.Sqrt(0.4938436) + noise * Math.Sqrt(1 - 0.4938436), 1e-5, 1e-6));
        Assert.Equal(noise.square().mean().ToDouble(), squared.ToDouble(), 1e-6);
        Assert.Equal(
            noise.abs().mean().ToDouble(),
            new DenoisingLoss(schedule, Objective.Noise, LossKind.L1).Compute(x0, noise, [4], Silent).ToDouble(), 1e-6);
    }

    [Fact]
    public void Weighting_changes_the_weight_of_each_clip()
    {
        var (x0, noise) = (Noise(1, 2, 1, 1, 2, 2), Noise(2, 2, 1, 1, 2, 2));
        var loss = new DenoisingLoss(NoiseSchedule.Cosine(10), Objective.Noise, LossKind.L2, MinSnrGamma: 5);

        // SNR at timestep 0 is 0.9720927 / 0.0279073 = 34.83; at timestep 8 below 5.
        var expected = (noise[0].square().mean() * (5 / 34.8329) + noise[1].square().mean()) / 2;
        Assert.Equal(1, loss.Compute(x0, noise, [0, 8], x => zeros_like(x)).ToDouble() / expected.ToDouble(), 1e-4);
    }

    private static TextToVideo Published()
    {
        var model = new TextToVideo(new UNet3D(Options(Read("unet3d.json").GetProperty("published").GetProperty("options"))), null);
        SetWeights(model);
        return model;
    }

    private static Tensor Of(DenoisingLoss loss, TextToVideo model, Tensor x0, Tensor noise, double[] levels)
    {
        var time = tensor(levels.Select(level => (long)level).ToArray());
        return loss.Compute(x0, noise, time.data<long>().ToArray(), x => model.Predict(x, time, Noise(1001, 2, 6), tensor(new[] { true, false })));
    }
}
