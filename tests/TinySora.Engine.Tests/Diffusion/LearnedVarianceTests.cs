using System.Security.Cryptography;
using System.Text;
using TinySora.Engine.Diffusion;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Diffusion;

/// <summary>
/// Improved DDPM compared with the paper's formulas in NumPy and float64: clips, noise and network output are sines and cosines; linear schedule, T = 1000.
/// </summary>
public sealed class LearnedVarianceTests : IDisposable
{
    private static readonly long[] Shape = [2, 2, 2, 3, 4];
    private static readonly NoiseSchedule Schedule = NoiseSchedule.Linear(1000);

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(0, 500, 1.2553565023573385)]
    [InlineData(999, 1, 0.5287764542254841)]
    [InlineData(3, 250, 0.45682432736879997)]
    public void Loss_is_the_squared_error_plus_the_variational_bound(long first, long second, double expected)
    {
        var loss = new DenoisingLoss(Schedule, Objective.Noise, LossKind.L2) { LearnsVariance = true };
        var (clips, noise) = (Form(1, 1.05).clamp(-1, 1), Form(2, 1.3));
        Assert.Equal(expected, loss.Compute(clips, noise, [first, second], x => Network(x, [first, second])).ToDouble(), 2e-5);
    }

    [Fact]
    public void Bound_trains_the_variance_and_not_the_prediction()
    {
        var (prediction, variance) = (Form(3, 1).requires_grad_(), Form(4, 1).requires_grad_());
        var loss = new DenoisingLoss(Schedule, Objective.Noise, LossKind.L2) { LearnsVariance = true };
        loss.Compute(Form(1, 1), Form(2, 1), [10, 700], x => cat([prediction, variance], 1)).backward();
        var alone = prediction.detach().requires_grad_();
        new DenoisingLoss(Schedule, Objective.Noise, LossKind.L2).Compute(Form(1, 1), Form(2, 1), [10, 700], x => alone).backward();
        Assert.True(alone.grad!.allclose(prediction.grad!));
        Assert.True(variance.grad!.abs().max().ToDouble() > 1e-6);
    }

    [Fact]
    public void Bound_is_finite_for_a_single_timestep()
    {
        var loss = new DenoisingLoss(NoiseSchedule.Cosine(1), Objective.Noise, LossKind.L2) { LearnsVariance = true };
        Assert.True(double.IsFinite(loss.Compute(Form(1, 1), Form(2, 1), [0, 0], x => cat([Form(3, 1), Form(4, 1)], 1)).ToDouble()));
    }

    [Theory]
    [InlineData(ReverseVariance.Learned, 0.8771733256570251)]
    [InlineData(ReverseVariance.Beta, 0.5631400115214709)]
    [InlineData(ReverseVariance.Posterior, 1.0988926325386157)]
    public void Ancestral_sampling_in_six_even_steps_uses_the_learned_variance(ReverseVariance variance, double expected)
    {
        var drawn = 5;
        var process = new ReverseProcess(Schedule, Objective.Noise, new DdpmSampler(), 6)
        {
            ClampsX0 = false, Spacing = StepSpacing.Even, Variance = variance,
        };
        var guesses = new List<int>();
        var x = process.Run(
            (x, t) => variance == ReverseVariance.Learned ? Network(x, [t, t]) : Network(x, [t, t]).narrow(1, 0, 2),
            () => Form(drawn++, 1), seen: step => guesses.Add(step.Done));
        Assert.Equal(expected, Sum(x), 1e-4);
        Assert.Equal([1, 2, 3, 4, 5, 6], guesses);
    }

    [Fact]
    public void Even_steps_include_both_ends_and_are_the_published_ones()
    {
        Assert.Equal([999, 799, 599, 400, 200, 0], NoiseSchedule.GetSamplingTimesteps(1000, 6, StepSpacing.Even));
        Assert.Equal(Enumerable.Range(0, 1000).Reverse(), NoiseSchedule.GetSamplingTimesteps(1000, 1000, StepSpacing.Even));
        Assert.Equal([999], NoiseSchedule.GetSamplingTimesteps(1000, 1, StepSpacing.Even));
    }

    /// <summary>Fractional steps accumulate, so the 11th of 21 steps is at 499 and not at 500; the hash is that of the published lists.</summary>
    [Fact]
    public void Any_number_of_even_steps_visits_the_published_timesteps()
    {
        Assert.Equal(
            [999, 949, 899, 849, 799, 749, 699, 649, 599, 549, 499, 450, 400, 350, 300, 250, 200, 150, 100, 50, 0],
            NoiseSchedule.GetSamplingTimesteps(1000, 21, StepSpacing.Even));
        var lists = Enumerable.Range(2, 999).Select(steps => string.Join(",", NoiseSchedule.GetSamplingTimesteps(1000, steps, StepSpacing.Even)) + "\n");
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(lists)));
        Assert.Equal("2EA7C952D516E0A1F1FD87E8B24C9E23A8688D2D851599B11D8E38F2FE07D5CE", Convert.ToHexString(hash));
    }

    [Fact]
    public void Squared_cosine_schedule_ends_like_minisoras()
    {
        var schedule = NoiseSchedule.For(Objective.Noise, NoiseScheduleKind.SquaredCosine, 1000);
        double AlphaBar(int t) => schedule[t].Signal * schedule[t].Signal;
        Assert.Equal(0.49228517244880304, AlphaBar(500), 1e-12);
        Assert.Equal(1, AlphaBar(999) / 2.4287669070348567e-09, 1e-6);
    }

    [Fact]
    public void Padding_does_not_count()
    {
        var valid = ones([2, 1, 2, 3, 4]);
        valid[1].narrow(2, 2, 1).zero_();
        var loss = new DenoisingLoss(Schedule, Objective.Noise, LossKind.L2) { LearnsVariance = true };
        double Of(Tensor clips, Tensor valid) => loss.Compute(clips, Form(2, 1), [10, 700], x => Network(x, [10, 700]), valid).ToDouble();
        var clips = Form(1, 1);
        var whole = Of(clips, ones_like(valid));
        Assert.Equal(loss.Compute(clips, Form(2, 1), [10, 700], x => Network(x, [10, 700])).ToDouble(), whole, 1e-6);
        var padded = Of(clips, valid);
        clips[1].narrow(2, 2, 1).fill_(9);
        Assert.Equal(padded, Of(clips, valid), 1e-6);
        Assert.NotEqual(whole, padded, 1e-4);
    }

    [Theory]
    [InlineData(LossKind.L2, 0.04, 0.01 / (0.05 * 0.05))]
    [InlineData(LossKind.L1, 0.2, 0.1 / 0.05)]
    public void X0_error_on_the_linear_path_is_weighted_as_a_velocity_error(LossKind kind, double middle, double end)
    {
        // At timestep 49 of 100 half is noise: an error of 0.1 in the clip is one of 0.2 in the velocity.
        var schedule = NoiseSchedule.For(Objective.FlowX0, NoiseScheduleKind.Cosine, 100);
        var loss = new DenoisingLoss(schedule, Objective.FlowX0, kind);
        var clips = Form(1, 1);
        Assert.Equal(middle, loss.Compute(clips, Form(2, 1), [49, 49], x => clips + 0.1).ToDouble(), 1e-6);
        Assert.Equal(end, loss.Compute(clips, Form(2, 1), [0, 0], x => clips + 0.1).ToDouble(), 1e-3);
    }

    [Fact]
    public void Logit_normal_distribution_draws_middle_timesteps_more_often()
    {
        using var generator = new Generator(1);
        var uniform = TimestepDistribution.Uniform.Sample(1000, 4000, generator);
        var middle = TimestepDistribution.LogitNormal.Sample(1000, 4000, generator);
        Assert.All(uniform.Concat(middle), t => Assert.InRange(t, 0, 999));
        Assert.InRange(uniform.Count(t => t is >= 250 and < 750) / 4000.0, 0.46, 0.54);
        Assert.InRange(middle.Count(t => t is >= 250 and < 750) / 4000.0, 0.69, 0.77); // P(|N| < ln 3) = 0.728
    }

    private static Tensor Form(int phase, double scale) =>
        tensor(Enumerable.Range(0, 96).Select(i => (float)(scale * Math.Sin((0.37 * i) + phase))).ToArray()).view(Shape);

    private static Tensor Network(Tensor x, long[] levels)
    {
        var t = tensor(levels.Select(level => level / 1000f).ToArray()).view(-1, 1, 1, 1, 1);
        return cat([(x * 0.8) + ((x * 3).cos() * 0.1) + (t * 0.05), ((x * 2) + t).sin()], 1);
    }

    private static double Sum(Tensor x) => x.contiguous().data<float>().ToArray().Select((value, i) => value * Math.Cos(0.9 * i)).Sum();
}
