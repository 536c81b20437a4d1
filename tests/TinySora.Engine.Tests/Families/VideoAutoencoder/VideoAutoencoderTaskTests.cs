using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Families.VideoAutoencoder;
using TinySora.Engine.Families.VideoAutoencoder.Config;
using TinySora.Engine.Families.VideoAutoencoder.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.VideoAutoencoder;

/// <summary>Loss, validation and codec of this family's task, on clips of two frames of 8 x 8.</summary>
public sealed class VideoAutoencoderTaskTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly ClipBatch batch = new(Formulas.Clips(2, 3, 2, 8, 8), [null, null], ["a", "b"]);

    public void Dispose() => scope.Dispose();

    /// <summary>Σ for an unquantized network, its KL divergence and its codebook distance, each with its weight.</summary>
    [Theory]
    [InlineData(1, 0.25, 1)]
    [InlineData(0.06, 0.5, 0.01)]
    public void Loss_is_the_weighted_sum_of_its_named_parts(double variance, double commitment, double kl)
    {
        var task = Task("vae_spatial4x_a_vq", new() { ReconVariance = variance, CommitmentCost = commitment, KlLossWeight = kl });
        var step = task.Loss(batch, 0, Context());
        var named = step.Scalars.ToDictionary(scalar => scalar.Name, scalar => scalar.Value.ToDouble());
        Assert.Equal(["codebook.perplexity", "codebook.usage", "commitment", "kl", "recon"], named.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((named["recon"] / variance) + named["commitment"] + (kl * named["kl"]), step.Total.ToDouble(), 1e-5);

        // By hand: z = μ + σ ε with the step's noise, the nearest code and its distances.
        var model = (ClipAutoencoder)task.Model;
        var x = ClipAutoencoder.Pixels(batch.Clips);
        var (mean, logVariance) = model.Encode(x);
        Assert.Equal(-0.5 * (1 + logVariance! - mean.square() - logVariance!.exp()).mean().ToDouble(), named["kl"], 1e-6);
        var z = mean + ((logVariance / 2).exp() * randn(mean.shape, generator: Context().Generator));
        var codes = model.get_parameter("vq.codebook.weight")!;
        var nearest = (z.unsqueeze(-2) - codes).square().sum(-1).mul(-1).argmax(-1);
        var q = codes.index_select(0, nearest.flatten()).view(z.shape);
        Assert.Equal((1 + commitment) * (q - z).square().mean().ToDouble(), named["commitment"], 1e-5);
        Assert.Equal((model.Decode(q) - x).square().mean().ToDouble(), named["recon"], 1e-6);
        Assert.Equal(nearest.data<long>().ToArray().Distinct().Count() / 16.0, named["codebook.usage"], 1e-6);
    }

    /// <summary>The error of a clip is the root of its mean square, and values beyond a target of black or white count as correct.</summary>
    [Fact]
    public void Visible_error_is_the_root_per_clip_after_clamping_at_black_and_white()
    {
        var clips = Formulas.Clips(2, 3, 2, 8, 8);
        clips = (clips * 3 - 1).clamp(0, 1);                                                                   // a third black, a third white
        var drawn = new ClipBatch(clips, [null, null], ["a", "b"]);
        var task = Task("s1x4x4_fsq", new() { Recon = ReconError.Shown, ReconVariance = 0.5 });
        var step = task.Loss(drawn, 0, Context());

        var model = (ClipAutoencoder)task.Model;
        var tokens = model.Quantizer!.Tokens(model.Encode(ClipAutoencoder.Pixels(clips)).Mean);
        var decoded = Formulas.First(model.Decode(model.Quantizer.Vectors(tokens)) + 0.5).contiguous();
        Assert.True(decoded.max().ToSingle() > 0 && ((clips == 0) | (clips == 1)).any().ToBoolean());
        var errors = decoded.data<float>().Zip(clips.contiguous().data<float>(), (made, target) =>
            (target == 0 && made < 0) || (target == 1 && made > 1) ? 0.0 : Math.Pow(made - target, 2)).Chunk(3 * 2 * 8 * 8).Select(clip => clip.Average()).ToArray();
        Assert.Equal(errors.Average(), step.Scalars.Single(scalar => scalar.Name == "recon").Value.ToDouble(), 1e-6);
        Assert.Equal(errors.Average(error => Math.Sqrt(error + 1e-5)) / 0.5, step.Total.ToDouble(), 1e-5);

        var measured = task.Validate([drawn]);
        Assert.Equal((task.Codec!.Decode(task.Codec.Encode(clips)).clamp(0, 1) - clips).square().mean().ToDouble(), measured["recon"], 1e-6);
    }

    [Fact]
    public void Epoch_usage_counts_all_its_steps_and_restarts_with_the_next_epoch()
    {
        var task = Task("encode_decode_spatial4x_a_vq", new());
        var counts = task.Model.get_buffer("usage.counts")!;
        for (var step = 0; step < 3; step++)
        {
            task.Loss(batch, 0, Context(step));
        }

        Assert.Equal(3 * 2 * 2 * 2 * 2, counts.sum().ToInt64());
        task.Loss(batch, 0, Context(3));
        Assert.Equal(2 * 2 * 2 * 2, counts.sum().ToInt64());
    }

    [Theory]
    [InlineData(1, 3, false)]
    [InlineData(1, 6, true)]
    [InlineData(2, 6, false)]
    [InlineData(2, 9, true)]
    [InlineData(null, 6, false)]
    public void Unused_codes_are_replaced_every_n_epochs_after_the_first(int? every, int step, bool isReplaced)
    {
        var task = Task("encode_decode_spatial4x_a_vq", new() { ReinitEveryNEpochs = every });
        var codes = task.Model.get_parameter("vq.codebook.weight")!;
        using (no_grad())
        {
            codes.narrow(0, 8, 8).fill_(100);
        }

        task.Loss(batch, 0, Context(step - 1));
        task.Loss(batch, 0, Context(step));
        Assert.Equal(isReplaced, codes.max().ToSingle() < 100);
    }

    [Fact]
    public void Validation_measures_the_visible_error_and_codebook_usage_over_all_batches()
    {
        var task = Task("s4t4_b_vq", new());
        var clips = Formulas.Clips(2, 3, 4, 8, 8);
        ClipBatch[] batches = [new(clips.narrow(0, 0, 1), [null], ["a"]), new(clips.narrow(0, 1, 1), [null], ["b"])];
        var measured = task.Validate(batches);
        Assert.Equal(task.ValidationMetrics, measured.Keys);

        var decoded = task.Codec!.Decode(task.Codec.Encode(clips));
        Assert.Equal((decoded - clips).square().mean().ToDouble(), measured["recon"], 1e-6);
        var errors = (decoded.clamp(0, 1) - clips).square().mean([1, 2, 3, 4]).data<float>().ToArray();
        Assert.Equal(errors.Average(error => -10 * Math.Log10(error)), measured["psnr"], 1e-4);
        Assert.Equal(task.Codec.Tokens(clips).data<long>().ToArray().Distinct().Count() / 16.0, measured["usage"], 1e-6);
        Assert.Equal(["recon", "psnr"], Task("s4t4_b", new()).ValidationMetrics);
    }

    [Fact]
    public void Codec_encodes_to_means_and_maps_tokens_back_to_their_vectors()
    {
        var codec = Task("vae_s4t4_b_vq", new()).Codec!;
        var clips = Formulas.Clips(1, 3, 8, 8, 16);
        Assert.Equal((new LatentStride(4, 4, 4), 4, 16, true), (codec.Stride, codec.Channels, codec.Codes, codec.HasPosterior));
        var latents = codec.Encode(clips);
        Assert.Equal([1, 4, 2, 2, 4], latents.shape);
        Assert.True(latents.allclose(codec.Encode(clips)));
        Assert.True(latents.allclose(codec.Vectors(codec.Tokens(clips))));
        Assert.Equal([1, 8, 2, 2, 4], codec.Moments(clips).shape);
        Assert.Equal(clips.shape, codec.Decode(latents).shape);
        Assert.False(latents.requires_grad);
    }

    [Fact]
    public void VideoGPT_halves_the_frames_and_quarters_each_side()
    {
        var task = Task("videogpt", new());
        task.Model.eval();
        var codec = task.Codec!;
        var clips = Formulas.Clips(2, 3, 4, 8, 16);
        Assert.Equal((new LatentStride(2, 4, 4), 16, 4), (codec.Stride, codec.Codes, codec.Channels));
        var tokens = codec.Tokens(clips);
        Assert.Equal([2, 2, 2, 4], tokens.shape);
        Assert.All(tokens.data<long>().ToArray(), token => Assert.InRange(token, 0, 15));
        var vectors = codec.Vectors(tokens);
        Assert.Equal([2, 4, 2, 2, 4], vectors.shape);
        Assert.True(codec.Decode(vectors).allclose(codec.Decode(codec.Encode(clips))));
        Assert.Equal(clips.shape, codec.Decode(vectors).shape);
    }

    [Fact]
    public void Clips_that_the_stride_does_not_divide_are_refused_with_the_nearest_size()
    {
        var error = Assert.Throws<TinySoraException>(() => Task("s4t4_b", new()).Codec!.Encode(Formulas.Clips(1, 3, 6, 8, 8)));
        Assert.Equal("TinySora.Model.NotDivisible", error.Id);
        Assert.Contains("4 or 8", error.Advice, StringComparison.Ordinal);
        Assert.All(new[] { 0, -4 }, frames =>
            Assert.Equal("Use at least 4.", Assert.Throws<TinySoraException>(() => new LatentStride(4, 4, 4).Check(frames, 8, 8)).Advice));
    }

    [Theory]
    [InlineData("network_variant: s4t5", "model.network_variant")]
    [InlineData("n_codes: 1", "model.n_codes")]
    [InlineData("downsample: [2, 4, 2]", "model.downsample")]
    [InlineData("fsq_levels: [1]", "model.fsq_levels")]
    [InlineData("n_hiddens: 3", "model.n_hiddens")]
    [InlineData("network_variant: s8t8_b\nclip:\n  frames: 12", "clip.frames")]
    [InlineData("network_variant: s8t8_b\nclip:\n  height: 20", "clip.height")]
    [InlineData("network_variant: s8t8_b\nclip:\n  width: 20", "clip.width")]
    [InlineData("n_codes: 8\nloss:\n  recon_variance: 0", "loss.recon_variance")]
    [InlineData("n_codes: 8\nloss:\n  reinit_every_n_epochs: 0", "loss.reinit_every_n_epochs")]
    [InlineData("n_codes: 8\nloss:\n  low_utilization_cost: -1", "loss.low_utilization_cost")]
    public void Values_out_of_range_are_refused_naming_their_key(string yaml, string key)
    {
        var problem = Assert.Single(ConfigFile.Check($"family: video-autoencoder\nmodel:\n  {yaml}", "x"));
        Assert.Equal("TinySora.Config.InvalidValue", problem.Id);
        Assert.Contains(key, problem.Message, StringComparison.Ordinal);
    }

    private static VideoAutoencoderTask Task(string variant, ReconstructionConfig loss)
    {
        var config = new RunConfig
        {
            Family = new VideoAutoencoderConfig
            {
                Model = SmallNetworks.Config with { NetworkVariant = variant }, Clip = new() { Frames = 8, Height = 16 }, Loss = loss,
            },
        };
        var task = new VideoAutoencoderTask(config.Of<VideoAutoencoderConfig>(), CPU);
        Formulas.Fill(task.Model);
        return task;
    }

    /// <summary>Returns a task whose epoch has three steps.</summary>
    private static StepContext Context(int step = 0) => new(step, 3, new Generator(11));
}
