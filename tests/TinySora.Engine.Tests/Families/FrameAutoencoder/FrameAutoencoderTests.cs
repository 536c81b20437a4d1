using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Families;
using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Evaluation;
using TinySora.Engine.Tests.Media;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Sinks;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.FrameAutoencoder;

public sealed class FrameAutoencoderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Frames_of_any_clip_are_encoded_and_decoded_independently()
    {
        using var scope = NewDisposeScope();
        using var task = new FrameTask(FrameTesting.Config(FrameTesting.Tiny).Of<FrameAutoencoderConfig>(), CPU);
        var codec = task.Codec;
        var clips = rand([2, 1, 5, 8, 12]);
        var latents = codec.Encode(clips);
        Assert.Equal([2, 2, 5, 4, 6], latents.shape);
        Assert.Equal([2, 1, 5, 8, 12], codec.Decode(latents).shape);
        Assert.Equal((new LatentStride(1, 2, 2), 2, true, null), (codec.Stride, codec.Channels, codec.HasPosterior, codec.Codes));
        Assert.True(codec.Encode(clips.narrow(2, 3, 1)).allclose(latents.narrow(2, 3, 1), 1e-4, 1e-5));
        var moments = codec.Moments(clips);
        Assert.Equal([2, 4, 5, 4, 6], moments.shape);
        Assert.True(moments.narrow(1, 0, 2).allclose(latents));
        Clips.Fails("TinySora.Model.NotDivisible", () => codec.Encode(rand([1, 1, 1, 8, 11])));
    }

    [Fact]
    public void Network_sees_black_as_minus_1_and_white_as_1()
    {
        using var scope = NewDisposeScope();
        var clips = tensor(new[] { 0f, 0.5f, 1f, 0.25f }).view(1, 1, 1, 2, 2);
        var frames = FrameCodec.ToNetwork(clips);
        Assert.Equal([1, 1, 2, 2, 1], frames.shape);
        Assert.Equal([-1f, 0f, 1f, -0.5f], frames.data<float>().ToArray());
        Assert.Equal(clips.data<float>().ToArray(), FrameCodec.FromNetwork(frames).data<float>().ToArray());
    }

    [Fact]
    public void Validation_reports_the_error_of_training_and_the_signal_to_noise_ratio()
    {
        using var scope = NewDisposeScope();
        using var task = new FrameTask(FrameTesting.Config(FrameTesting.Tiny).Of<FrameAutoencoderConfig>(), CPU);
        task.Model.eval();
        var clips = rand([3, 1, 1, 8, 12]);
        var measured = task.Validate([Batch(clips.narrow(0, 0, 2)), Batch(clips.narrow(0, 2, 1))]);
        var decoded = task.Codec.Decode(task.Codec.Encode(clips));
        FrameTesting.Near(4 * (decoded - clips).square().mean().ToDouble(), measured["recon"], 1e-5);
        var ratios = Enumerable.Range(0, 3).Select(i => -10 * Math.Log10((decoded[i].clamp(0, 1) - clips[i]).square().mean().ToDouble()));
        FrameTesting.Near(ratios.Average(), measured["psnr"], 1e-5);
        Assert.Equal(task.ValidationMetrics, measured.Keys);
    }

    [Fact]
    public void Two_micro_batches_have_the_gradient_of_one_large_batch()
    {
        using var scope = NewDisposeScope();
        using var task = new FrameTask(FrameTesting.Config(FrameTesting.Tiny).Of<FrameAutoencoderConfig>(), CPU);
        var clips = rand([4, 1, 1, 8, 12]);
        var whole = Gradient(clips);
        var halves = (Gradient(clips.narrow(0, 0, 2)) + Gradient(clips.narrow(0, 2, 2))) / 2;
        Assert.True(whole.norm().ToDouble() > 1e-3);
        Assert.True(whole.allclose(halves, 1e-4, 1e-6));

        // Uses the mean of the posterior, so that the noise does not depend on the batch size.
        Tensor Gradient(Tensor part)
        {
            task.Model.zero_grad();
            var network = ((FrameModel)task.Model).Autoencoder;
            var frames = FrameCodec.ToNetwork(part);
            var posterior = new Posterior(network.Encode(frames));
            ((network.Decode(posterior.Mean) - frames).square().mean() + (posterior.Divergence() * 0.01)).backward();
            return cat([.. task.Model.parameters().Select(parameter => parameter.grad!.reshape(-1).clone())]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Resumed_run_with_discriminator_and_both_optimizers_equals_an_uninterrupted_one(bool judged)
    {
        Pictures("data", 5);
        var yaml = judged ? FrameTesting.Judged : FrameTesting.Tiny;
        Train(yaml, "whole");
        Train(yaml, "parts", 2);
        Train(yaml, "parts", 4);
        Train(yaml, "parts");
        var whole = Tensors("whole");
        Assert.Equal(judged, whole.ContainsKey("optimizer.exp_avg.discriminator.layers.3.0.weight"));
        Assert.Equal(whole, Tensors("parts"));
    }

    [Fact]
    public void Discriminator_waits_for_its_start_before_both_losses_appear()
    {
        Pictures("data", 5);
        Train(FrameTesting.Judged, "run");
        var steps = MetricsFile.Read(folder.File("run"));
        Assert.Equal([1, 2, 3, 4, 5, 6], steps.Select(step => step.Step));
        Assert.All(steps, step =>
        {
            string[] judging = ["gan.d", "gan.g", "grad_norm.discriminator", "kl", "loss.discriminator", "recon"];
            Assert.Equal(step.Step > 3 ? judging : ["kl", "recon"], step.Scalars!.Keys.Order(StringComparer.Ordinal));
        });

        // The discriminator's loss is its weight times half of its errors; the autoencoder's adversarial loss has the same weight.
        var last = steps[^1].Scalars!;
        FrameTesting.Near(0.5 * last["gan.d"], last["loss.discriminator"], 1e-6);
        FrameTesting.Near(last["recon"] + (0.000005 * last["kl"]) + (0.5 * last["gan.g"]), steps[^1].Loss, 1e-5);

        // Until the start the discriminator does not change; its optimizer then begins with Adam's full first step, whatever the gradient.
        var (before, after) = (Tensors("run", 3), Tensors("run", 6));
        Train(FrameTesting.Judged, "one", 4);
        var first = Tensors("one", 4);
        const string Weight = "discriminator.layers.3.0.weight";
        Assert.All(before.Where(item => item.Key.StartsWith("optimizer.", StringComparison.Ordinal) && item.Key.Contains(".discriminator.", StringComparison.Ordinal)),
            item => Assert.All(item.Value, value => Assert.Equal(0f, value)));
        Assert.Equal(Initial()[Weight], before["model." + Weight]);
        Assert.NotEqual(before["model." + Weight], after["model." + Weight]);
        var moved = before["model." + Weight].Zip(first["model." + Weight], (a, b) => Math.Abs(a - b)).Order().ToList();
        Assert.InRange(moved[moved.Count / 2], 0.0029, 0.0031);

        Dictionary<string, float[]> Initial()
        {
            manual_seed(2);
            using var task = new FrameTask(FrameTesting.Config(FrameTesting.Judged).Of<FrameAutoencoderConfig>(), CPU);
            return task.Model.state_dict().ToDictionary(item => item.Key, item => item.Value.to(ScalarType.Float32).contiguous().data<float>().ToArray());
        }
    }

    [Fact]
    public void Autoencoder_and_discriminator_turns_see_the_same_reconstruction()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        using var task = new FrameTask(FrameTesting.Config(FrameTesting.Judged).Of<FrameAutoencoderConfig>(), CPU);
        using var batch = Batch(rand([2, 1, 1, 16, 24]));
        var context = new StepContext(3, 1, generator);
        var judge = ((FrameModel)task.Model).Discriminator!;
        judge.eval();
        var taken = task.Loss(batch, 0, context).Scalars.Single(scalar => scalar.Name == "gan.g").Value;
        generator.manual_seed(99);
        var wrong = task.Loss(batch, 1, context).Scalars.Single(scalar => scalar.Name == "gan.d").Value;

        // The reconstructed frames are the same: E(d^2) follows from E((d - 1)^2) and E(d).
        generator.manual_seed(3);
        var network = ((FrameModel)task.Model).Autoencoder;
        var frames = FrameCodec.ToNetwork(batch.Clips);
        var made = judge.forward(network.Decode(new Posterior(network.Encode(frames)).Sample(generator)));
        var real = judge.forward(frames);
        FrameTesting.Near((made - 1).square().mean().ToDouble(), taken.ToDouble(), 1e-5);
        FrameTesting.Near((made.square().mean() + (real - 1).square().mean()).ToDouble() / 2, wrong.ToDouble(), 1e-5);
    }

    /// <summary>The published code runs two backward passes in a step and does not clear the gradient of the first.</summary>
    [Fact]
    public void Discriminator_keeps_the_gradient_of_the_autoencoder_turn_on_request()
    {
        using var scope = NewDisposeScope();
        using var batch = Batch(rand([2, 1, 1, 16, 24]));
        var (own, ofOwn) = Turn(keeps: false, clears: true);
        var (both, ofBoth) = Turn(keeps: false, clears: false);
        var (kept, ofKept) = Turn(keeps: true, clears: true);
        Assert.True(kept.allclose(both, 1e-4, 1e-6));
        Assert.False(kept.allclose(own, 0.1, 1e-3));
        Assert.Equal((ofOwn, ofOwn), (ofBoth, ofKept));

        (Tensor Gradient, double Loss) Turn(bool keeps, bool clears)
        {
            manual_seed(2);
            using var generator = new Generator(3);
            using var task = new FrameTask(FrameTesting.Config(FrameTesting.Judged.Replace("disc_start: 3", $"disc_start: 3\n  disc_keeps_gradient: {keeps}", StringComparison.Ordinal)).Of<FrameAutoencoderConfig>(), CPU);
            var judge = ((FrameModel)task.Model).Discriminator!;
            var context = new StepContext(3, 1, generator);
            task.Loss(batch, 0, context).Total.backward();
            if (clears)
            {
                judge.zero_grad();
            }

            var loss = task.Loss(batch, 1, context).Total;
            loss.backward();
            return (cat([.. judge.parameters().Select(parameter => parameter.grad!.reshape(-1).clone())]), loss.ToDouble());
        }
    }

    [Fact]
    public void Perceptual_distance_is_part_of_loss_and_validation()
    {
        var (vgg, linear) = LpipsFiles.Write(folder.Path);
        var yaml = FrameTesting.Judged.Replace("loss:", $"loss:\n  perceptual_weight: 2\n  vgg_path: '{vgg}'\n  lpips_path: '{linear}'", StringComparison.Ordinal);
        using var scope = NewDisposeScope();
        using var task = new FrameTask(FrameTesting.Config(yaml).Of<FrameAutoencoderConfig>(), CPU);
        using var generator = new Generator(3);
        using var batch = Batch(rand([2, 1, 1, 16, 24]));
        var loss = task.Loss(batch, 0, new StepContext(0, 1, generator));
        var scalars = loss.Scalars.ToDictionary(scalar => scalar.Name, scalar => scalar.Value.ToDouble());
        Assert.Equal(["recon", "kl", "perceptual"], scalars.Keys);
        Assert.True(scalars["perceptual"] > 0);
        FrameTesting.Near(scalars["recon"] + (0.000005 * scalars["kl"]) + (2 * scalars["perceptual"]), loss.Total.ToDouble(), 1e-5);

        Assert.Equal(["recon", "psnr", "lpips"], task.ValidationMetrics);
        using var lpips = LpipsFiles.Filled();
        var decoded = task.Codec.Decode(task.Codec.Encode(batch.Clips));
        var expected = lpips.Distance(FrameCodec.ToNetwork(decoded), FrameCodec.ToNetwork(batch.Clips)).mean().ToDouble();
        FrameTesting.Near(expected, task.Validate([batch])["lpips"], 1e-5);
    }

    [Fact]
    public void Stable_Diffusion_network_trains_and_ignores_keys_of_the_other_network()
    {
        Pictures("data", 4);
        Train(FrameTesting.Tiny.Replace("model:", "model:\n  network: autoencoder-kl", StringComparison.Ordinal)
            .Replace("mid_channels: [8]", "mid_channels: []", StringComparison.Ordinal), "kl", 6);
        var (before, after) = (Tensors("kl", 3), Tensors("kl", 6));
        Assert.Contains("model.autoencoder.encoder.mid_block.attentions.0.to_q.weight", after.Keys);
        Assert.All(
            after.Keys.Where(name => name.StartsWith("model.", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal)),
            name => Assert.NotEqual(before[name], after[name]));
    }

    [Fact]
    public void Frames_come_from_pictures_or_from_videos()
    {
        Pictures("films", 3, ".gif");
        Assert.Equal(6, FrameExamples.CountIn(folder.File("films")));
        using (var films = Open("films"))
        {
            Assert.Equal(6, films.Count);
            Assert.Contains(films.Notes, note => note.Text.Contains("6 frames of 3 videos", StringComparison.Ordinal));
            using var batch = (ClipBatch)films.Get([new(3, 0), new(0, 0)], CPU);
            Assert.Equal(["1.gif, frame 1", "0.gif, frame 0"], batch.Names);
            Assert.Equal([2, 1, 1, 8, 12], batch.Clips.shape);
            Assert.Equal([21 / 255f, 0f], new[] { 0, 1 }.Select(i => batch.Clips[i].max().item<float>()));
        }

        Pictures("films", 2);
        using var pictures = Open("films");
        Assert.Equal(2, pictures.Count);
        Assert.Contains(pictures.Notes, note => note.IsWarning && note.Text.Contains("Number of videos: 3.", StringComparison.Ordinal));
        Assert.Equal(2, FrameExamples.CountIn(folder.File("films")));
    }

    [Fact]
    public void Plan_counts_the_frames_of_videos_in_its_epochs()
    {
        Pictures("data", 3, ".gif");
        var config = FrameTesting.Config(FrameTesting.Tiny.Replace("train_num_steps: 6", "train_num_steps: 5 epochs", StringComparison.Ordinal));
        var request = new TrainingRequest { Config = config, DataPath = folder.File("data"), ResultsPath = folder.File("run"), Device = "cpu" };
        Assert.Equal(15, TrainingPlan.Make(request, "frames", CancellationToken.None).LastStep); // two videos of 6 frames each

        Directory.CreateDirectory(folder.File("bad"));
        File.WriteAllText(folder.File("bad", "a.gif"), "no film");
        Clips.Fails("TinySora.Data.NoUsableClips", () => FrameExamples.CountIn(folder.File("bad")));
        Directory.CreateDirectory(folder.File("none"));
        Clips.Fails("TinySora.Data.NoClips", () => FrameExamples.CountIn(folder.File("none")));
    }

    [Theory]
    [InlineData("model:\n  network: vae", "model.network")]
    [InlineData("model:\n  network: autoencoder-kl\n  down_channels: [32, 48]", "model.down_channels")]
    [InlineData("model:\n  network: autoencoder-kl\n  num_down_layers: 0", "model.num_down_layers")]
    [InlineData("model:\n  network: autoencoder-kl\n  num_down_layers: 2147483647", "model.num_down_layers")]
    [InlineData("model:\n  z_channels: 2147483647", "model.z_channels")]
    [InlineData("data:\n  height: 74\nmodel:\n  network: autoencoder-kl", "data.height")]
    [InlineData("model:\n  down_channels: [32, 48]", "model.down_channels")]
    [InlineData("model:\n  norm_channels: 0", "model.norm_channels")]
    [InlineData("model:\n  mid_channels: [64]", "model.mid_channels")]
    [InlineData("model:\n  down_sample: [true]", "model.down_sample")]
    [InlineData("model:\n  attn_down: [true, false, true]", "model.attn_down")]
    [InlineData("model:\n  attn_down: [true, false]\n  num_heads: 3", "model.num_heads")]
    [InlineData("data:\n  centre_square_crop: true", "data.centre_square_crop")]
    [InlineData("data:\n  height: 70", "data.height")]
    [InlineData("data:\n  width: 2", "data.width")]
    [InlineData("model:\n  down_sample: [1, 2]", "model.down_sample")]
    [InlineData("data:\n  height: 8\nloss:\n  disc_weight: 1", "loss.disc_weight")]
    [InlineData("data:\n  width: 12\nloss:\n  perceptual_weight: 1", "loss.perceptual_weight")]
    public void Out_of_range_values_are_named_by_their_key(string yaml, string key) => Assert.Contains(
        $"{key} is ", Assert.Single(ConfigFile.Check($"family: frame-autoencoder\n{yaml}\n", "x")).Message, StringComparison.Ordinal);

    [Fact]
    public void Missing_channels_are_an_error() => Assert.Contains(
        ConfigFile.Check("family: frame-autoencoder\nmodel:\n  down_channels: []\n", "x"), problem => problem.Message.Contains("model.down_channels is ", StringComparison.Ordinal));

    private static ClipBatch Batch(Tensor clips) => new(clips, new string?[clips.shape[0]], new string[clips.shape[0]]);

    private FrameExamples Open(string name) => FrameExamples.Open(folder.File(name), new FrameShape(1, 8, 12), null, CancellationToken.None);

    /// <summary>Writes pictures and videos: picture i has gray level 10 i; a video has that level in its first frame and 11 more in its second.</summary>
    private void Pictures(string name, int count, string extension = ".png")
    {
        for (var i = 0; i < count; i++)
        {
            var clip = Clip.Black(extension == ".png" ? 1 : 2, 8, 12, 3);
            for (var f = 0; f < clip.Frames; f++)
            {
                clip.Frame(f).Fill((byte)((10 * i) + (11 * f)));
            }

            Directory.CreateDirectory(folder.File(name));
            ClipFile.Write(folder.File(name, i + extension), clip);
        }
    }

    private void Train(string yaml, string run, int? steps = null) => TrainingSession.Run(
        new TrainingRequest { Config = FrameTesting.Config(yaml), DataPath = folder.File("data"), ResultsPath = folder.File(run), Device = "cpu", MaxSteps = steps },
        new RecordingObserver(), CancellationToken.None);

    private Dictionary<string, float[]> Tensors(string run, int? step = null)
    {
        using var file = SafetensorsFile.Open(step is int at ? CheckpointStore.PathOf(folder.File(run), at) : CheckpointStore.Latest(folder.File(run)).Path);
        return file.Tensors.ToDictionary(item => item.Key, item =>
        {
            using var tensor = item.Value.Read();
            return tensor.to(ScalarType.Float32).data<float>().ToArray();
        });
    }
}
