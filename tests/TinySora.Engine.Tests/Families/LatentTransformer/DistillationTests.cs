using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.LatentTransformer;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>The student's and the critic's loss of distillation.</summary>
public sealed class DistillationTests : IDisposable
{
    private static readonly long[] Shape = [2, 3, 2, 4, 4];

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Generator generator = new(3);
    private readonly List<long> levels = [];

    public static TheoryData<Objective> Objectives => [Objective.V, Objective.X0, Objective.Flow, Objective.FlowX0];

    public void Dispose()
    {
        generator.Dispose();
        scope.Dispose();
    }

    /// <summary>If critic and teacher ignore their input, the gradient points from one prediction to the other (compared in float32).</summary>
    [Theory]
    [MemberData(nameof(Objectives))]
    public void Student_gradient_points_from_the_critics_prediction_to_the_teachers(Objective objective)
    {
        var (student, critic, teacher) = (Clips(0), Clips(1).detach(), Clips(2).detach());
        var loss = Of(objective, student, critic, teacher).StudentLoss(Shape, Random, CPU);
        loss.backward();
        for (var clip = 0; clip < Shape[0]; clip++)
        {
            var distance = (student[clip] - teacher[clip]).abs().mean();
            var expected = (critic[clip] - teacher[clip]) / distance / student.numel();
            Assert.True(student.grad![clip].allclose(expected.detach(), 1e-3, 1e-5), $"{(student.grad![clip] - expected).abs().max().ToDouble()}");
        }
    }

    /// <summary>Compares with the derivative of the paper's loss, worked out by hand for networks that predict a share of the noisy clip.</summary>
    [Fact]
    public void Student_gradient_includes_the_derivatives_of_critic_and_teacher()
    {
        const double Wanted = 0.7;
        const double Expected = 0.4;
        var (student, noisy) = (Clips(0), zeros(Shape));
        var schedule = NoiseSchedule.For(Objective.X0, NoiseScheduleKind.Cosine, 1000);
        var distillation = new Distillation(new(schedule, Objective.X0, LossKind.L2), TimestepDistribution.Uniform, Expecting(Objective.X0, schedule, student), Critic, Teacher);
        distillation.StudentLoss(Shape, Random, CPU).backward();
        for (var clip = 0; clip < Shape[0]; clip++)
        {
            var (x, made, signal) = (noisy[clip], student[clip].detach(), schedule[(int)levels[^(2 - clip)]].Signal);
            var apart = (Wanted - Expected) * ((signal * ((Expected * x) - made)) + (x * ((Expected * signal) - 1)));
            var expected = apart / (made - (Wanted * x)).abs().mean() / student.numel();
            Assert.True(student.grad![clip].allclose(expected, 1e-3, 1e-6), $"{(student.grad![clip] - expected).abs().max().ToDouble()}");
        }

        Tensor Teacher(Tensor x, Tensor t) => x * Wanted;

        Tensor Critic(Tensor x, Tensor t)
        {
            noisy = x.detach();
            levels.AddRange(t.data<long>());
            return x * Expected;
        }
    }

    [Fact]
    public void Student_that_matches_the_teacher_causes_no_division_by_zero()
    {
        var (student, critic) = (Clips(0), Clips(1).detach());
        Of(Objective.X0, student, critic, student.detach()).StudentLoss(Shape, Random, CPU).backward();
        Assert.True(student.grad!.allclose((critic - student).detach() / 1e-3 / student.numel(), 1e-3, 1e-5));
    }

    [Fact]
    public void Critic_loss_trains_the_critic_on_the_students_clips_only()
    {
        var (student, critic, teacher) = (Clips(0), Clips(1), Clips(2));
        var loss = Of(Objective.X0, student, critic, teacher).CriticLoss(Shape, Random, CPU);
        Assert.Equal((critic - student).square().mean().ToDouble(), loss.ToDouble(), 1e-6);
        loss.backward();
        Assert.True(critic.grad!.allclose((critic - student).detach() * 2 / critic.numel(), 1e-4, 1e-7));
        Assert.Null(student.grad);
        Assert.Null(teacher.grad);
    }

    [Fact]
    public void Clips_start_from_pure_noise_and_are_noised_to_all_but_the_extreme_levels()
    {
        var distillation = Of(Objective.X0, Clips(0), Clips(1), Clips(2));
        for (var i = 0; i < 300; i++)
        {
            distillation.CriticLoss(Shape, Random, CPU).Dispose();
        }

        Assert.All(levels.Chunk(4), drawn => Assert.Equal([999, 999], drawn[..2]));
        var noised = levels.Chunk(4).SelectMany(drawn => drawn[2..]).ToList();
        Assert.Equal((20, 979), (noised.Min(), noised.Max()));
        Assert.True(noised.Distinct().Count() > 300);
    }

    private BatchRandom Random => generator;

    private static Tensor Clips(int number) =>
        (Formulas.Clips(Shape) * (1 + number) + (arange(96 * 2, ScalarType.Float32) * 0.1 * (number + 1)).sin().view(Shape)).detach().requires_grad_();

    private Distillation Of(Objective objective, Tensor student, Tensor critic, Tensor teacher)
    {
        var schedule = NoiseSchedule.For(objective, objective.IsFlow() ? NoiseScheduleKind.Linear : NoiseScheduleKind.Cosine, 1000);
        var networks = new[] { student, critic, teacher }.Select(clips => Expecting(objective, schedule, clips)).ToList();
        return new(new(schedule, objective, LossKind.L2), TimestepDistribution.Uniform, networks[0], networks[1], networks[2]);
    }

    /// <summary>Returns a network that predicts the same clips for any input.</summary>
    private Func<Tensor, Tensor, Tensor> Expecting(Objective objective, NoiseSchedule schedule, Tensor clips) => (x, t) =>
    {
        long[] at = [.. t.data<long>()];
        levels.AddRange(at);
        return stack([.. at.Select((level, i) =>
        {
            var (signal, sigma) = (schedule[(int)level].Signal, schedule[(int)level].Sigma);
            var noise = (x[i] - (clips[i] * signal)) / sigma;
            return objective switch
            {
                Objective.V => (noise * signal) - (clips[i] * sigma),
                Objective.Flow => noise - clips[i],
                _ => clips[i],
            };
        })]);
    };
}
