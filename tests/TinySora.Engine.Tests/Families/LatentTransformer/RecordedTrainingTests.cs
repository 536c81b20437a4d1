using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Layers.Recorded;
using TinySora.Engine.Layers;
using TinySora.Engine.Tests.Compute;
using TinySora.Engine.Tests.Configuration;
using TinySora.Engine.Tests.Layers.Onnx;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.LatentTransformer;

/// <summary>Training from recorded passes gives the same losses and gradients as autograd.</summary>
public sealed class RecordedTrainingTests : VideoRuns
{
    private const double LossTolerance = 1e-5;

    private readonly int? fixedThreads = EngineThread.FixedThreads;

    public RecordedTrainingTests() => EngineThread.FixedThreads ??= 1;

    public override void Dispose()
    {
        EngineThread.FixedThreads = fixedThreads;
        TrainedPasses.Enabled = true;
        base.Dispose();
    }

    [Theory]
    [InlineData(Conditioning.Text, 1)]
    [InlineData(Conditioning.Class, 1)]
    [InlineData(Conditioning.Text, 2)]
    [InlineData(Conditioning.Class, 2)]
    [InlineData(Conditioning.Text, 1, true)]
    [InlineData(Conditioning.Text, 2, true)]
    public void Gradients_and_operations_equal_those_of_autograd(Conditioning conditioning, int threads, bool textAttention = false)
    {
        using var ownThreads = TransformerTesting.UseThreads(threads);
        using var scope = NewDisposeScope();
        var config = new TransformerConfig { Architecture = LatentNetworkKind.UNet, Conditioning = conditioning, NumClasses = 5 };
        var unet = new UNetConfig { Dim = 16, DimMults = [1, 2], TextAttention = textAttention };
        var network = OnnxNetwork.Shaken(new LatentUNet(unet, config, 3, TransformerTesting.TextWidth));
        using var flat = new FlatParameters(network);
        var (x, t) = (OnnxNetwork.Noise(1, TransformerTesting.Clips.shape), tensor(new long[] { 3, 700 }));
        var target = OnnxNetwork.Noise(2, TransformerTesting.Clips.shape);
        var inputs = conditioning == Conditioning.Text ? TransformerTesting.Text : TransformerTesting.Labels;
        var condition = inputs with { Absent = tensor(new[] { false, true }) };

        TrainedPasses.Enabled = false;
        var (expected, operations) = Pass();
        Assert.NotNull(network.RecordingProblem);
        var gradients = flat.Gradients.clone();
        TrainedPasses.Enabled = true;
        for (var step = 0; step < 3; step++)
        {
            flat.Gradients.fill_(step == 0 ? 0 : double.NaN);
            var (loss, counted) = Pass();
            Assert.Null(network.RecordingProblem);
            Assert.Equal(operations, counted);
            Assert.Equal(expected, loss, 1e-6 * Math.Abs(expected));
            foreach (var (name, view) in flat.Views(flat.Gradients))
            {
                var same = flat.Views(gradients).First(item => item.Name == name).View;
                var apart = (view - same).abs().max().ToDouble();
                Assert.True(apart <= 1e-5 * same.abs().max().ToDouble() + 1e-7, $"{name}: {apart}");
            }
        }

        (double Loss, long Operations) Pass()
        {
            using var announced = flat.ExpectBackward();
            var before = FlopCounter.Count;
            var loss = (network.forward(x, t, condition) - target).square().mean();
            var count = FlopCounter.Count - before;
            flat.Backward(loss);
            return (loss.ToDouble(), count);
        }
    }

    [Theory]
    [InlineData(1, 50)]
    [InlineData(2, 10)]
    public void Losses_equal_those_of_autograd(int threads, int steps)
    {
        EngineThread.FixedThreads = threads;
        TrainedPasses.Enabled = false;
        var expected = Losses("eager");
        TrainedPasses.Enabled = true;
        var losses = Losses("recorded");
        Assert.Equal(steps, losses.Count);
        var apart = expected.Zip(losses, (a, b) => Math.Abs(a - b) / a).Max();
        TestContext.Current.SendDiagnosticMessage(FormattableString.Invariant($"{apart:g2} apart"));
        Assert.InRange(apart, 0, LossTolerance);

        List<double> Losses(string run)
        {
            var observer = new RecordingObserver();
            Run(run, Config(steps), null, observer);
            var messages = observer.Messages.Where(message => message.Contains("not recorded", StringComparison.Ordinal)).ToList();
            Assert.True(messages.Count == (run == "eager" ? 1 : 0), $"{run}: {string.Join(' ', messages)}");
            return [.. observer.Logged.Select(step => step.Loss)];
        }
    }

    [Fact]
    public void Resumed_run_equals_an_uninterrupted_one()
    {
        Run("whole", Config(6), null);
        Run("parts", Config(6), 3);
        Run("parts", Config(6), null);
        Assert.Equal(Tensors("whole"), Tensors("parts"));
    }

    [Fact]
    public void Recorded_float32_is_preferred_to_bfloat16()
    {
        using var processor = new Processor(hasBFloat16: true);
        Run("float32", Config(3), null);
        Run("true", With(MixedPrecision.IfFaster), null);
        Run("always", With(MixedPrecision.Always), null);
        Assert.Equal(Tensors("float32"), Tensors("true"));
        Assert.NotEqual(Tensors("float32"), Tensors("always"));

        static RunConfig With(MixedPrecision amp) => Config(3) is var config ? config with { Trainer = config.Trainer with { Amp = amp } } : config;
    }

    [Fact]
    public void Text_attention_can_be_added_to_a_trained_model_but_not_removed()
    {
        Run("plain", Config(3), null);
        Tune("plain", "attends", Config(3, "train_lr: 1.0e-30,", "text_attention: true,"));
        var (plain, attends) = (Tensors("plain"), Tensors("attends"));
        var added = attends.Keys.Where(name => name.StartsWith("model.", StringComparison.Ordinal)).Except(plain.Keys).ToList();
        Assert.Equal(5 * 4, added.Count); // norm, queries, keys and values, and output of five layers
        Assert.All(plain.Where(item => item.Key.StartsWith("ema.network.", StringComparison.Ordinal)), item => Assert.Equal(item.Value, attends[item.Key]));
        var error = Assert.Throws<TinySoraException>(() => Tune("attends", "removed", Config(3)));
        Assert.Equal("TinySora.Training.OtherInitialModel", error.Id);

        void Tune(string from, string to, RunConfig config) => Run(to, config, null, initial: from);
    }

    [Theory]
    [InlineData("pixel-unet")]
    [InlineData("latent-transformer")]
    public void Networks_that_cannot_be_recorded_are_reported(string family)
    {
        var observer = new RecordingObserver();
        Run("run", ConfigFile.Parse(KeyEffects.Base(family), family), 1, observer);
        Assert.Single(observer.Messages, message => message.Contains("not recorded", StringComparison.Ordinal));
    }

    [Fact]
    public void Accumulated_gradients_are_not_recorded()
    {
        var observer = new RecordingObserver();
        Run("sums", Config(2, "train_lr: 0.002, gradient_accumulate_every: 2,"), null, observer);
        Assert.Contains(observer.Messages, message => message.Contains("not recorded", StringComparison.Ordinal));
    }

    private static RunConfig Config(int steps, string more = "train_lr: 0.002,", string unet = "") => ConfigFile.Parse(
        $$"""
        family: latent-transformer
        model: { architecture: unet, conditioning: text }
        unet: { {{unet}} dim: 8, dim_mults: [1, 2] }
        clip: { frames: 4, height: 16 }
        text: { width: 12 }
        latents: { codec: '' }
        trainer: { {{more}} optimizer: adamw, amp: false, train_batch_size: 2, train_num_steps: {{steps}}, save_model_every: 3, seed: 3 }
        """, "recorded");
}
