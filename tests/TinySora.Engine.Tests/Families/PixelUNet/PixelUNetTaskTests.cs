using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Tests.Compute;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.PixelUNet;

public sealed class PixelUNetTaskTests : IDisposable
{
    private static readonly RunConfig Config = new()
    {
        Family = new PixelUNetConfig { Model = new ModelConfig
        {
            Dim = 8, DimMults = [1, 2], InitKernelSize = 3, AttnHeads = 2, AttnDimHead = 8, TextEncoder = TextEncoderKind.Learned, CondDim = 8,
            Stem = 2, FrameTextCond = true,
        }, Diffusion = new DiffusionConfig
        {
            Height = 8, Frames = 3, Timesteps = 20, Objective = Objective.V, LossType = LossKind.L2, Sampler = SamplerKind.Ddim, SamplingSteps = 4,
        } },
    };

    private static readonly RunConfig Vectors = Config.With(model: Config.Model with { TextEncoder = TextEncoderKind.None, CondDim = 3 }) with { Trainer = Config.Trainer with { CondDropProb = 0 } };

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Loss_is_a_pure_function_of_weights_batch_and_seed()
    {
        using var task = Task(Config);
        var losses = new[] { 1UL, 1UL, 2UL }.Select(seed => task.Loss(Batch(), new Generator(seed)).ToDouble()).ToArray();
        Assert.Equal(losses[0], losses[1]);
        Assert.NotEqual(losses[0], losses[2]);
        Assert.All(losses, loss => Assert.InRange(loss, 0.01, 1000));
    }

    [Fact]
    public void Clips_of_several_lengths_have_equal_weight_whatever_their_padding()
    {
        using var task = Task(Config);
        var batch = Batch();
        var shorter = batch.Clips.clone();
        shorter[1].narrow(1, 2, 1).fill_(0);
        var other = shorter.clone();
        other[1].narrow(1, 2, 1).fill_(0.7);
        double Loss(Tensor clips, params int[] lengths) =>
            task.Loss(batch with { Clips = clips, Lengths = lengths }, new Generator(1)).ToDouble();

        Assert.Equal(task.Loss(batch, new Generator(1)).ToDouble(), Loss(batch.Clips, 3, 3), 5);
        Assert.Equal(Loss(shorter, 3, 2), Loss(other, 3, 2));
        Assert.NotEqual(Loss(shorter, 3, 3), Loss(other, 3, 3));

        // A network that always predicts 0 for the clean clip: error 1 for the first clip, 0 for the second, which has a third of the frames.
        using var silent = Task(Config.With(diffusion: Config.Diffusion with { Objective = Objective.X0 }));
        SilenceOutput(silent);
        var clips = full([2, 3, 3, 8, 8], 1, ScalarType.Float32);
        clips[1].fill_(0.5);
        Assert.Equal(0.5, silent.Loss(batch with { Clips = clips, Lengths = [3, 1] }, new Generator(1)).ToDouble(), 6);
    }

    [Theory]
    [InlineData("l1")]
    [InlineData("l2")]
    public void Loss_of_a_zero_prediction_is_the_size_of_its_target(string lossType)
    {
        using var task = Task(Config.With(diffusion: Config.Diffusion with { LossType = UNetTesting.Named<LossKind>(lossType), Objective = Objective.Noise }));
        SilenceOutput(task);

        // Mean |z| and mean z² of 2 · 3 · 3 · 8 · 8 standard normal values.
        var expected = lossType == "l1" ? Math.Sqrt(2 / Math.PI) : 1;
        Assert.Equal(expected, task.Loss(Batch(), new Generator(1)).ToDouble(), 0.15);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(0.5, 0)]
    [InlineData(0.75, 0.25)]
    public void Pixels_from_0_to_1_are_trained_as_minus_1_to_1_and_converted_back(double pixel, double square)
    {
        // A network that always predicts 0 for the clean clip: its squared error is the square of the clip.
        using var task = Task(Config.With(diffusion: Config.Diffusion with { Objective = Objective.X0 }));
        SilenceOutput(task);
        var batch = Batch() with { Clips = full([2, 3, 3, 8, 8], pixel, ScalarType.Float32) };

        Assert.Equal(square, task.Loss(batch, new Generator(1)).ToDouble(), 1e-6);
        Assert.True(Sample(task, new SampleRequest(["a red circle"], [1])).allclose(full([1, 3, 3, 8, 8], 0.5, ScalarType.Float32)));
    }

    [Fact]
    public void Every_parameter_gets_a_gradient_from_a_captioned_batch()
    {
        using var task = Task(Config with { Trainer = Config.Trainer with { CondDropProb = 0 } });
        SetWeights(task.Model);
        task.Loss(Batch("a red circle", null), new Generator(1)).backward();
        foreach (var (name, parameter) in task.Model.named_parameters())
        {
            Assert.True(parameter.grad is not null && parameter.grad.abs().sum().ToDouble() > 0, $"{name} has no gradient");
        }
    }

    [Fact]
    public void Dropping_all_captions_removes_their_effect_on_the_loss()
    {
        using var task = Task(Config with { Trainer = Config.Trainer with { CondDropProb = 1 } });
        var red = task.Loss(Batch("a red circle", "a red circle"), new Generator(1)).ToDouble();
        Assert.Equal(red, task.Loss(Batch("a blue square", null), new Generator(1)).ToDouble());
    }

    [Theory]
    [InlineData("noise", "linear")]
    [InlineData("v", "cosine")]
    [InlineData("x0", "cosine")]
    [InlineData("flow", "cosine")]
    public void Every_objective_trains_and_samples(string objective, string schedule)
    {
        using var task = Task(Config.With(diffusion: Config.Diffusion with { Objective = UNetTesting.Named<Objective>(objective), NoiseSchedule = UNetTesting.Named<NoiseScheduleKind>(schedule), Sampler = SamplerKind.DpmPlusPlus2M }));
        using var parameters = new FlatParameters(task.Model);
        using var optimizer = OptimizerChoice.Create(parameters, new TrainerConfig());
        double Loss() => Enumerable.Range(1, 4).Average(seed => task.Loss(Batch(), new Generator((ulong)seed)).ToDouble());

        var before = Loss();
        for (var step = 0; step < 30; step++)
        {
            parameters.Backward(task.Loss(Batch(), new Generator((ulong)(100 + step))));
            optimizer.Step(step, 3e-3, tensor(false));
        }

        Assert.InRange(Loss(), 0, before * 0.92);
        var video = Sample(task, new SampleRequest(["a red circle"], [1]));
        Assert.InRange(video.mean().ToDouble(), 0.05, 0.95);
        Assert.True(Sample(task, new SampleRequest(["a red circle"], [1])).allclose(video));
        Assert.False(Sample(task, new SampleRequest(["a red circle"], [1], Sampler: "heun")).allclose(video));
    }

    [Fact]
    public void Min_snr_weighting_lowers_the_loss_of_noise_prediction()
    {
        // The weight min(1, gamma / SNR) is at most 1, and with a tiny gamma smaller at most levels.
        var diffusion = Config.Diffusion with { Objective = Objective.Noise };
        using var plain = Task(Config.With(diffusion: diffusion));
        using var weighted = Task(Config.With(diffusion: diffusion with { MinSnrGamma = 1e-3 }));
        var loss = plain.Loss(Batch(), new Generator(1)).ToDouble();
        Assert.InRange(weighted.Loss(Batch(), new Generator(1)).ToDouble(), 0, loss * 0.99);
    }

    [Fact]
    public void Clips_are_focused_on_one_frame_with_the_configured_probability()
    {
        // One clip, so that each loss is either that with attention across frames or that without.
        const int Batches = 80;
        double[] Losses(double probability)
        {
            using var task = Task(Config with { Trainer = Config.Trainer with { ProbFocusPresent = probability } });
            using var withoutGradients = no_grad();
            var batch = new ClipBatch((Noise(9, 1, 3, 3, 8, 8) + 1) / 2, ["a red circle"], ["1.gif"]);
            return [.. Enumerable.Range(0, Batches).Select(seed => task.Loss(batch, new Generator((ulong)seed)).ToDouble())];
        }

        var (never, always) = (Losses(0), Losses(1));
        Assert.All(never.Zip(always), pair => Assert.NotEqual(pair.First, pair.Second));
        foreach (var probability in new[] { 0.25, 0.6 })
        {
            var sometimes = Losses(probability);
            Assert.All(sometimes, (loss, i) => Assert.Contains(loss, new[] { never[i], always[i] }));

            // Four standard deviations.
            var spread = 4 * Math.Sqrt(Batches * probability * (1 - probability));
            Assert.InRange(sometimes.Zip(always).Count(pair => pair.First == pair.Second), (Batches * probability) - spread, (Batches * probability) + spread);
        }
    }

    [Fact]
    public void Mixed_precision_gives_nearly_the_same_loss()
    {
        using var exact = Task(Config);
        using var mixed = Task(Config with { Trainer = Config.Trainer with { Amp = MixedPrecision.IfFaster } });
        using var processor = new Processor(hasBFloat16: true);
        var loss = exact.Loss(Batch(), new Generator(3)).ToDouble();
        Assert.InRange(Math.Abs((mixed.Loss(Batch(), new Generator(3)).ToDouble() / loss) - 1), 1e-9, 0.02);
    }

    [Fact]
    public void Video_does_not_depend_on_its_batch()
    {
        using var task = Task(Config);
        string[] prompts = ["a red circle", "a blue square", "a red square"];
        var batch = Sample(task, new SampleRequest(prompts, [1, 2, 3]));
        Assert.Equal([3, 3, 3, 8, 8], batch.shape);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(Sample(task, new SampleRequest([prompts[i]], [i + 1])).allclose(batch.narrow(0, i, 1), 1e-3, 1e-4));
        }
    }

    [Fact]
    public void Prompts_guidance_and_seeds_change_a_video_and_nothing_else_does()
    {
        using var task = Task(Config);
        var request = new SampleRequest(["a red circle"], [1]);
        var video = Sample(task, request);
        Assert.True(Sample(task, request).allclose(video));
        Assert.True(Sample(task, request with { GuidanceScale = 2, Sampler = "ddim", Steps = 4 }).allclose(video));
        Assert.False(Sample(task, request with { GuidanceScale = 1 }).allclose(video));
        Assert.False(Sample(task, request with { Prompts = ["a blue circle"] }).allclose(video));
        Assert.False(Sample(task, request with { Seeds = [2] }).allclose(video));
        Assert.True(Sample(task, request with { Prompts = [null] })
            .allclose(Sample(task, request with { Prompts = [" "], GuidanceScale = 1 }), 1e-3, 1e-4));
    }

    [Fact]
    public void Configured_steps_apply_to_every_sampler()
    {
        using var task = Task(Config);
        Assert.Equal(4, Count(null, null));
        Assert.Equal(7, Count(null, 7));
        Assert.Equal(4, Count("ddpm", null));

        int Count(string? sampler, int? steps)
        {
            var counter = new Counter();
            task.Sample(new SampleRequest(["a"], [1], 1, steps, sampler), counter, default).Dispose();
            return counter.Last;
        }
    }

    [Fact]
    public void Configured_eta_applies_to_ddim_only_and_a_request_can_override_it()
    {
        using var task = Task(Config.With(diffusion: Config.Diffusion with { DdimEta = 0.5 }));
        var request = new SampleRequest(["a"], [1], 1);
        Assert.Equal(0.5, (double?)Eta(task.Resolve(request)));
        Assert.Equal(0, (double?)Eta(task.Resolve(request with { Eta = 0 })));
        Assert.Null(Eta(task.Resolve(request with { Sampler = "heun" })));
        Assert.False(Sample(task, request).allclose(Sample(task, request with { Eta = 0 })));
        var error = Assert.Throws<TinySoraException>(() => Sample(task, request with { Sampler = "heun", Eta = 0.5 }));
        Assert.Equal("TinySora.Model.EtaUnused", error.Id);

        static object? Eta(SamplingPlan plan) => plan.Settings.GetValueOrDefault(Setting.Eta);
    }

    [Fact]
    public void Sampling_leaves_only_its_result_in_memory()
    {
        using var task = Task(Config);
        Sample(task, new SampleRequest(["a red circle"], [1])).Dispose();
        var before = scope.DisposablesCount;
        var video = task.Sample(new SampleRequest(["a red circle"], [1]), null, default);
        Assert.Equal(before + 1, scope.DisposablesCount);
        Assert.Equal(ScalarType.Float32, video.dtype);
    }

    [Fact]
    public void Restored_task_has_the_same_shape_and_vocabulary()
    {
        using var task = Task(Config);
        using var restored = PixelUNetTask.Restore(Config.Of<PixelUNetConfig>(), task.Metadata, CPU);
        restored.Model.load_state_dict(task.Model.state_dict());
        var request = new SampleRequest(["a red circle"], [1]);
        Assert.True(Sample(restored, request).allclose(Sample(task, request)));
        Assert.Equal(["green"], restored.UnknownWords("a green circle"));
    }

    [Fact]
    public void Checkpoint_without_vocabulary_is_refused()
    {
        var error = Assert.Throws<TinySoraException>(
            () => PixelUNetTask.Restore(Config.Of<PixelUNetConfig>(), new Dictionary<string, string> { ["vocabulary"] = "?" }, CPU));
        Assert.Equal("TinySora.Model.VocabularyMissing", error.Id);
    }

    [Fact]
    public void Unconditional_model_trains_and_samples_without_captions()
    {
        var config = Config.With(model: Config.Model with { TextEncoder = TextEncoderKind.None, CondDim = null });
        using var task = Task(config);
        Assert.False(new PixelUNetFamily().Settings(config)!.TakesText);
        Assert.Empty(task.Metadata);
        Assert.DoesNotContain(task.Model.named_parameters(), p => p.name.StartsWith("text.", StringComparison.Ordinal));
        task.Loss(Batch(null, null), new Generator(1)).backward();
        Assert.Equal([1, 3, 3, 8, 8], Sample(task, new SampleRequest([null], [1])).shape);
    }

    [Fact]
    public void Guidance_does_not_apply_from_guidance_below()
    {
        Tensor Video(int? below, double scale)
        {
            using var task = Task(Config.With(diffusion: Config.Diffusion with { GuidanceBelow = below }));
            return Sample(task, new SampleRequest(["a red circle"], [1], scale, Steps: 1));
        }

        var last = Config.Diffusion.Timesteps - 1;
        Assert.True(Video(last, 3).allclose(Video(null, 1), 1e-4, 1e-5));
        Assert.True(Video(last + 1, 3).allclose(Video(null, 3), 1e-4, 1e-5));
        Assert.False(Video(null, 3).allclose(Video(null, 1), 1e-2, 1e-2));
    }

    [Fact]
    public void Guidance_starts_from_the_negative_prompt()
    {
        using var task = Task(Config);
        SetWeights(task.Model);
        var request = new SampleRequest(["a red circle", "a red circle"], [1, 2], GuidanceScale: 3);
        var plain = Sample(task, request);
        Assert.Equal(Bits(plain), Bits(Sample(task, request with { NegativePrompts = [null, null] })));
        Assert.Equal(Bits(plain), Bits(Sample(task, request with { NegativePrompts = [" ", ""] })));

        var negative = Sample(task, request with { NegativePrompts = ["a blue square", null] });
        Assert.False(negative[0].allclose(plain[0], 1e-3, 1e-3));
        Assert.True(negative[1].allclose(plain[1], 1e-4, 1e-5));

        // With equal prompts guidance has no direction, and at scale 0 only the negative prediction remains.
        var itself = Sample(task, request with { NegativePrompts = request.Prompts });
        Assert.True(itself.allclose(Sample(task, request with { GuidanceScale = 1 }), 1e-4, 1e-5));
        var onlyNegative = Sample(task, request with { NegativePrompts = ["a blue square", "a blue square"], GuidanceScale = 0 });
        Assert.True(onlyNegative.allclose(Sample(task, request with { Prompts = ["a blue square", "a blue square"], GuidanceScale = 1 }), 1e-4, 1e-5));
    }

    [Fact]
    public void Without_guidance_a_negative_prompt_has_no_effect()
    {
        using var task = Task(Config);
        var request = new SampleRequest(["a red circle"], [1], GuidanceScale: 1);
        Assert.Equal(Bits(Sample(task, request)), Bits(Sample(task, request with { NegativePrompts = ["a blue square"] })));
    }

    [Fact]
    public void Weights_in_a_prompt_change_the_video_except_weights_of_1()
    {
        using var task = Task(Config);
        SetWeights(task.Model);
        var request = new SampleRequest(["a red circle"], [1]);
        var plain = Sample(task, request);
        Assert.Equal(Bits(plain), Bits(Sample(task, request with { Prompts = ["a (red:1) circle"] })));
        Assert.False(plain.allclose(Sample(task, request with { Prompts = ["a (red:3) circle"] }), 1e-4, 1e-4));
        Assert.Equal(["green"], task.UnknownWords("a (green:1.4) circle"));
    }

    [Fact]
    public void Parentheses_in_captions_are_literal()
    {
        using var task = Task(Config with { Trainer = Config.Trainer with { CondDropProb = 0 } });
        SetWeights(task.Model);
        Assert.NotEqual(
            task.Loss(Batch("a red circle"), new Generator(1)).ToDouble(), task.Loss(Batch("a (red:1) circle"), new Generator(1)).ToDouble());
        task.Loss(Batch("a :( circle"), new Generator(1)).Dispose();
    }

    [Fact]
    public void User_vectors_condition_training_and_sampling()
    {
        using var task = Task(Vectors);
        SetWeights(task.Model);
        Assert.Equal([1, 3], task.Model.get_parameter("denoise_fn.null_cond_emb")!.shape);
        var batch = Batch(null, null) with { Vectors = [[1, 0, 0], null] };
        var loss = task.Loss(batch, new Generator(1));
        Assert.NotEqual(loss.ToDouble(), task.Loss(batch with { Vectors = [[0, 1, 0], null] }, new Generator(1)).ToDouble());
        loss.backward();
        Assert.True(task.Model.get_parameter("denoise_fn.null_cond_emb")!.grad!.abs().sum().ToDouble() > 0);

        var request = new SampleRequest([null], [1]) { Vectors = [[1, 0, 0]] };
        var video = Sample(task, request);
        Assert.Equal([1, 3, 3, 8, 8], video.shape);
        Assert.False(video.allclose(Sample(task, request with { Vectors = [[0, 1, 0]] }), 1e-4, 1e-4));
        Assert.Equal(Bits(Sample(task, request with { Vectors = [null] })), Bits(Sample(task, request with { Vectors = null })));
    }

    [Theory]
    [InlineData(2, 1f)]
    [InlineData(4, 1f)]
    [InlineData(3, float.NaN)]
    public void Vector_of_the_wrong_width_is_refused_with_both_widths(int width, float value)
    {
        using var task = Task(Vectors);
        var request = new SampleRequest([null], [1]) { Vectors = [[.. Enumerable.Repeat(value, width)]] };
        var error = Assert.Throws<TinySoraException>(() => Sample(task, request));
        Assert.Equal("TinySora.Model.VectorWidth", error.Id);
        Assert.Contains($"of {width} numbers", error.Message, StringComparison.Ordinal);
        Assert.Contains("requires 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unsupported_requests_are_refused()
    {
        using var texts = Task(Config);
        using var vectors = Task(Vectors);
        Assert.Equal("TinySora.Model.TakesNoVectors", Assert.Throws<TinySoraException>(
            () => Sample(texts, new SampleRequest(["a"], [1]) { Vectors = [[1, 2, 3]] })).Id);
        Assert.Equal("TinySora.Model.TakesNoText", Assert.Throws<TinySoraException>(
            () => Sample(vectors, new SampleRequest([null], [1]) { NegativePrompts = ["a"] })).Id);
    }

    private static void SilenceOutput(PixelUNetTask task)
    {
        using var nothing = no_grad();
        foreach (var (name, parameter) in task.Model.named_parameters())
        {
            if (name.StartsWith("denoise_fn.final_conv.1.", StringComparison.Ordinal))
            {
                parameter.zero_();
            }
        }
    }

    private static PixelUNetTask Task(RunConfig config)
    {
        manual_seed(1);
        return PixelUNetTask.Create(config.Of<PixelUNetConfig>(), ["a red circle", "a blue square"], CPU);
    }

    private static ClipBatch Batch(string? first = "a red circle", string? second = "a blue square") =>
        new((Noise(9, 2, 3, 3, 8, 8) + 1) / 2, [first, second], ["1.gif", "2.gif"]);

    private static Tensor Sample(PixelUNetTask task, SampleRequest request) => task.Sample(request, null, default);

    private static float[] Bits(Tensor video) => video.data<float>().ToArray();

    private sealed class Counter : ISamplingObserver
    {
        public int Last { get; private set; }

        public void Report(int value) => Last = value;
    }
}
