using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Families;
using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Interop;
using TinySora.Engine.Media;
using TinySora.Engine.Runs;
using TinySora.Engine.Tests.Media;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.FrameAutoencoder;

public sealed class FrameAutoencoderTests : IDisposable
{
    internal const string Tiny = """
        family: frame-autoencoder
        data:
          frame_height: 8
          frame_width: 12
        model:
          z_channels: 2
          down_channels: [4, 8]
          mid_channels: [8]
          down_sample: [true]
          attn_down: [false]
          norm_channels: 4
          num_heads: 2
        trainer:
          train_batch_size: 2
          train_num_steps: 6
          train_lr: 0.003
          adam_beta1: 0.5
          save_model_every: 3
          ema_decay: 0
          update_ema_every: 1
          keep_checkpoints: 0
          seed: 2

        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Frames_of_any_clip_are_encoded_each_by_itself_and_decoded()
    {
        using var scope = NewDisposeScope();
        using var task = new FrameTask(Config(Tiny), CPU);
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
    public void The_network_sees_black_as_minus_1_and_white_as_1()
    {
        using var scope = NewDisposeScope();
        var clips = tensor(new[] { 0f, 0.5f, 1f, 0.25f }).view(1, 1, 1, 2, 2);
        var frames = FrameCodec.ToNetwork(clips);
        Assert.Equal([1, 1, 2, 2, 1], frames.shape);
        Assert.Equal([-1f, 0f, 1f, -0.5f], frames.data<float>().ToArray());
        Assert.Equal(clips.data<float>().ToArray(), FrameCodec.FromNetwork(frames).data<float>().ToArray());
    }

    [Fact]
    public void Validation_measures_the_error_as_training_does_and_the_signal_to_noise_ratio()
    {
        using var scope = NewDisposeScope();
        using var task = new FrameTask(Config(Tiny), CPU);
        task.Model.eval();
        var clips = rand([3, 1, 1, 8, 12]);
        var measured = task.Validate([Batch(clips.narrow(0, 0, 2)), Batch(clips.narrow(0, 2, 1))]);
        var decoded = task.Codec.Decode(task.Codec.Encode(clips));
        FrameTesting.Near(4 * (decoded - clips).square().mean().ToDouble(), measured["recon"], 1e-5);
        var ratios = Enumerable.Range(0, 3).Select(i => -10 * Math.Log10((decoded[i].clamp(0, 1) - clips[i]).square().mean().ToDouble()));
        FrameTesting.Near(ratios.Average(), measured["psnr"], 1e-5);
        Assert.Equal(task.Measured, measured.Keys);
    }

    [Fact]
    public void Two_micro_batches_have_the_gradient_of_one_that_is_as_large()
    {
        using var scope = NewDisposeScope();
        using var task = new FrameTask(Config(Tiny), CPU);
        var clips = rand([4, 1, 1, 8, 12]);
        var whole = Gradient(clips);
        var halves = (Gradient(clips.narrow(0, 0, 2)) + Gradient(clips.narrow(0, 2, 2))) / 2;
        Assert.True(whole.norm().ToDouble() > 1e-3);
        Assert.True(whole.allclose(halves, 1e-4, 1e-6));

        // The mean of the posterior, so that the noise of a batch does not depend on its size.
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

    [Fact]
    public void A_resumed_run_equals_one_that_was_not_interrupted()
    {
        Pictures("data", 5);
        Train(Tiny, "whole");
        Train(Tiny, "parts", 2);
        Train(Tiny, "parts");
        Assert.Equal(Tensors("whole"), Tensors("parts"));
    }

    [Fact]
    public void Frames_are_those_of_pictures_or_else_of_videos()
    {
        Pictures("films", 3, ".gif");
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
        Assert.Contains(pictures.Notes, note => note.IsWarning && note.Text.Contains("3 videos", StringComparison.Ordinal));
        Assert.Equal(2, FrameExamples.CountIn(folder.File("films")));
    }

    [Theory]
    [InlineData("model:\n  down_channels: [32, 48]", "model.down_channels")]
    [InlineData("model:\n  mid_channels: [64]", "model.mid_channels")]
    [InlineData("model:\n  down_sample: [true]", "model.down_sample")]
    [InlineData("model:\n  attn_down: [true, false, true]", "model.attn_down")]
    [InlineData("model:\n  attn_down: [true, false]\n  num_heads: 3", "model.num_heads")]
    [InlineData("data:\n  centre_square_crop: true", "data.centre_square_crop")]
    [InlineData("data:\n  frame_height: 70", "data.frame_height")]
    [InlineData("data:\n  frame_width: 2", "data.frame_width")]
    [InlineData("model:\n  down_sample: [1, 2]", "model.down_sample")]
    public void Wrong_values_are_named_by_their_key(string yaml, string key) => Assert.Contains(
        $"{key} is ", Assert.Single(ConfigFile.Check($"family: frame-autoencoder\n{yaml}\n", "x")).Message, StringComparison.Ordinal);

    internal static RunConfig Config(string yaml) => ConfigFile.Parse(yaml, "test");

    private static ClipBatch Batch(Tensor clips) => new(clips, new string?[clips.shape[0]], new string[clips.shape[0]]);

    private FrameExamples Open(string name) => FrameExamples.Open(folder.File(name), new FrameShape(1, 8, 12), null, CancellationToken.None);

    /// <summary>Picture i is gray of level 10 i; of a film that is the first of its two frames, the other is a level of 11 more.</summary>
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
        new TrainingRequest { Config = Config(yaml), DataPath = folder.File("data"), ResultsPath = folder.File(run), Device = "cpu", MaxSteps = steps },
        new RecordingObserver(), CancellationToken.None);

    private Dictionary<string, float[]> Tensors(string run)
    {
        using var file = SafetensorsFile.Open(CheckpointStore.Latest(folder.File(run)).Path);
        return file.Tensors.ToDictionary(item => item.Key, item =>
        {
            using var tensor = item.Value.Read();
            return tensor.to(ScalarType.Float32).data<float>().ToArray();
        });
    }
}
