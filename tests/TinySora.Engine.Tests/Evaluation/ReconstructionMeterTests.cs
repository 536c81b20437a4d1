using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Families.Toy;
using TinySora.Engine.Tests.Latents;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Evaluation;

public sealed class ReconstructionMeterTests
{
    private readonly List<SkippedClip> skipped = [];

    [Fact]
    public void Each_clip_is_measured_and_broken_ones_are_reported()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        var clip = toy.WriteClip("clips/a.gif", frames: 4, seed: 1);
        toy.WriteClip("clips/short.gif", frames: 2, seed: 3);
        File.WriteAllText(toy.File("clips", "broken.gif"), "no clip");
        using var meter = new ReconstructionMeter(model, new ReconstructionOptions { DataPath = toy.Data });
        var scores = meter.Measure(skipped.Add).ToList();

        Assert.Equal([toy.File("clips", "a.gif"), toy.File("clips", "below", "b.gif")], scores.Select(score => score.Path));
        Assert.Equal([toy.File("clips", "broken.gif"), toy.File("clips", "short.gif")], skipped.Select(clip => clip.Path).Order());
        Assert.Equal((4, 16, 16), (scores[1].Frames, scores[1].Height, scores[1].Width));
        var expected = PoolingError(clip);
        Assert.Equal(expected, scores[0].Mse, 1e-6);
        Assert.Equal(10 * Math.Log10(1 / expected), scores[0].Psnr, 1e-3);
        Assert.InRange(scores[0].Ssim!.Value, 0.01, 0.99);
        Assert.Null(scores[0].Codes);

        var summary = meter.Summarize();
        Assert.Equal((2, 2, model.Hash), (summary.Clips, summary.Skipped, summary.ModelHash));
        Assert.Equal(scores.Average(score => score.Mse), summary.Mse, 1e-12);
        Assert.Equal(scores.Average(score => score.TemporalError), summary.TemporalError);
    }

    [Fact]
    public void Codes_are_counted_per_clip_and_in_total()
    {
        using var toy = new ToyCodec(ToyCodecKind.Quantized);
        foreach (var (name, color) in new[] { ("a", (byte)0), ("below/b", (byte)255) })
        {
            // One clip is black, the other red.
            var clip = Clip.Black(4, 16, 16, 3);
            for (var i = 0; i < clip.Pixels.Length; i += 3)
            {
                clip.Pixels[i] = color;
            }

            ClipFile.Write(toy.File($"clips/{name}.gif"), clip);
        }

        using var model = toy.Open();
        using var meter = new ReconstructionMeter(model, new ReconstructionOptions { DataPath = toy.Data });
        var scores = meter.Measure(skipped.Add).ToList();
        Assert.All(scores, score => Assert.Equal((1, 0.0, 1.0), (score.Codes!.Value, score.Mse, Math.Round(score.Perplexity!.Value, 6))));
        var summary = meter.Summarize();
        Assert.Equal((2, 0.4, 2.0), (summary.Codes, summary.CodebookUsage, Math.Round(summary.Perplexity!.Value, 6)));
    }

    [Fact]
    public void Videos_show_clip_reconstruction_and_difference_side_by_side()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        var options = new ReconstructionOptions { DataPath = toy.Data, OutputPath = toy.File("out") };
        var scores = new ReconstructionMeter(model, options).Measure(skipped.Add).ToList();
        Assert.Equal([toy.File("out", "a.gif"), toy.File("out", "below", "b.gif")], scores.Select(score => score.ReconstructionPath));
        var (shown, truth) = (ClipFile.Read(toy.File("out", "a.gif")), ClipFile.Read(toy.File("clips", "a.gif")));
        Assert.Equal((4, 20, 60), (shown.Frames, shown.Height, shown.Width));
        Assert.Equal(Pixel(truth, 3, 5), Pixel(shown, 5, 7));
        Assert.NotEqual(Pixel(truth, 3, 5), Pixel(shown, 5, 27));

        var error = Assert.Throws<TinySoraException>(() => new ReconstructionMeter(model, options));
        Assert.Equal("TinySora.Data.OutputExists", error.Id);
        Assert.Equal(2, new ReconstructionMeter(model, options with { Force = true }).Measure(skipped.Add).Count());
    }

    [Fact]
    public void Video_that_appears_after_the_check_is_kept()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        using var meter = new ReconstructionMeter(model, new ReconstructionOptions { DataPath = toy.Data, OutputPath = toy.File("out") });
        Directory.CreateDirectory(toy.File("out"));
        File.WriteAllText(toy.File("out", "a.gif"), "mine");
        Assert.Equal("TinySora.Runtime.NameTaken", Assert.Throws<TinySoraException>(() => meter.Measure(skipped.Add).Count()).Id);
        Assert.Equal("mine", File.ReadAllText(toy.File("out", "a.gif")));
    }

    [Fact]
    public void Clips_that_differ_only_in_their_extension_have_separate_files()
    {
        Needs.FFmpeg();
        using var toy = new ToyCodec();
        using var model = toy.Open();
        ClipFile.Write(toy.File("clips", "a.mp4"), Clip.Black(4, 16, 16, 3));
        var options = new ReconstructionOptions { DataPath = toy.Data, OutputPath = toy.File("out") };
        var scores = new ReconstructionMeter(model, options).Measure(skipped.Add).ToList();
        Assert.Equal(
            [toy.File("out", "a.gif.gif"), toy.File("out", "a.mp4.gif"), toy.File("out", "below", "b.gif.gif")],
            scores.Select(score => score.ReconstructionPath));
        Assert.All(scores, score => Assert.True(File.Exists(score.ReconstructionPath)));
        Assert.Equal("TinySora.Data.OutputExists", Assert.Throws<TinySoraException>(() => new ReconstructionMeter(model, options)).Id);
    }

    [Fact]
    public void Model_of_single_frames_takes_clips_of_any_length_and_pictures()
    {
        using var toy = new ToyCodec(frames: 1);
        using var model = toy.Open();
        Assert.Equal([4, 6], Frames(toy.Data, null));
        Assert.Equal([3, 3], Frames(toy.Data, 3));
        Directory.CreateDirectory(toy.File("pictures"));
        ClipFile.Write(toy.File("pictures", "p.png"), Clip.Black(1, 16, 16, 3));
        var options = new ReconstructionOptions { DataPath = toy.File("pictures"), Frames = 1, OutputPath = toy.File("out") };
        Assert.Equal(toy.File("out", "p.png"), Assert.Single(new ReconstructionMeter(model, options).Measure(skipped.Add)).ReconstructionPath);

        IEnumerable<int> Frames(string data, int? frames) =>
            new ReconstructionMeter(model, new ReconstructionOptions { DataPath = data, Frames = frames }).Measure(skipped.Add).Select(score => score.Frames);
    }

    [Fact]
    public void LPIPS_is_measured_if_its_files_exist()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        var (vgg, linear) = LpipsFiles.Write(toy.File("."));
        using var meter = new ReconstructionMeter(model, new ReconstructionOptions { DataPath = toy.Data, LpipsFiles = (vgg, linear) });
        var scores = meter.Measure(skipped.Add).ToList();
        using var scope = NewDisposeScope();
        using var lpips = Lpips.Load(vgg, linear);
        var shape = model.ShapeOf(null, null, null);
        var clip = ClipReader.Read(toy.File("clips", "a.gif"), shape, 2, CancellationToken.None).ToTensor(CPU);
        var frames = new[] { clip, model.Decode(model.Encode(clip)) }.Select(x => ((x * 2) - 1).permute(0, 2, 3, 4, 1)).ToList();
        Assert.Equal(lpips.Distance(frames[0], frames[1]).mean().item<float>(), scores[0].Lpips!.Value, 1e-5);
        Assert.Equal(scores.Average(score => score.Lpips), meter.Summarize().Lpips);
        var error = Assert.Throws<TinySoraException>(
            () => new ReconstructionMeter(model, new ReconstructionOptions { DataPath = toy.Data, LpipsFiles = (vgg, "nowhere") }));
        Assert.Equal("TinySora.Model.LpipsFileNamed", error.Id);
        Assert.Contains("'nowhere'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validation_split_is_measured_if_a_dataset_has_splits()
    {
        using var toy = new ToyCodec();
        toy.WriteClip("splits/train/a.gif", 4, 1);
        toy.WriteClip("splits/val/b.gif", 4, 1);
        using var model = toy.Open();
        using var meter = new ReconstructionMeter(model, new ReconstructionOptions { DataPath = toy.File("splits") });
        Assert.Equal([toy.File("splits", "val", "b.gif")], meter.Measure(skipped.Add).Select(score => score.Path));
    }

    [Fact]
    public void No_measurable_clip_is_an_error()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        using var meter = new ReconstructionMeter(model, new ReconstructionOptions { DataPath = toy.Data, Frames = 8 });
        Assert.Empty(meter.Measure(skipped.Add));
        Assert.Contains("at least 8", skipped[0].Reason, StringComparison.Ordinal);
        Assert.Equal("TinySora.Data.NoUsableClips", Assert.Throws<TinySoraException>(meter.Summarize).Id);
    }

    private static (byte, byte, byte) Pixel(Clip clip, int row, int column)
    {
        var at = ((row * clip.Width) + column) * 3;
        return (clip.Pixels[at], clip.Pixels[at + 1], clip.Pixels[at + 2]);
    }

    /// <summary>Computes the mean squared error of means over 2 frames, 4 rows and 4 columns with loops.</summary>
    private static double PoolingError(Clip clip)
    {
        var sums = new Dictionary<(int, int, int, int), double>();
        ForEach((key, value) => sums[key] = sums.GetValueOrDefault(key) + (value / 32));
        var total = 0.0;
        ForEach((key, value) => total += Math.Pow(value - sums[key], 2));
        return total / clip.Pixels.Length;

        void ForEach(Action<(int, int, int, int), double> use)
        {
            for (var i = 0; i < clip.Pixels.Length; i++)
            {
                var pixel = i / 3;
                use((i % 3, pixel / (16 * 16) / 2, pixel / 16 % 16 / 4, pixel % 16 / 4), clip.Pixels[i] / 255.0);
            }
        }
    }
}
