using TinySora.Engine.Errors;
using TinySora.Engine.Latents;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Families.Toy;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Latents;

public sealed class LatentDoctorTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    /// <summary>Expected shares were computed by numpy.fft.fft2 from the same values.</summary>
    [Fact]
    public void Power_by_frequency_band_matches_numpy()
    {
        var values = new float[2 * 2 * 8 * 12];
        for (var k = 0; k < values.Length; k++)
        {
            var (d, t, y, x) = (k / 192, k / 96 % 2, k / 12 % 8, k % 12);
            values[k] = (((y * 5) + (x * 3) + (t * 7) + (d * 11)) % 13) - (x * 0.5f) + (d * y);
        }

        var power = LatentSpectrum.Power(tensor(values, [1, 2, 2, 8, 12]));
        var shares = power / power.sum(1, keepdim: true);
        Assert.Equal([0.11164662, 0.12470836, 0.76364503, 0.238958, 0.09810973, 0.66293227], shares.data<double>().ToArray().Select(share => Math.Round(share, 8)));
        Assert.Equal([8 / 95.0, 26 / 95.0, 61 / 95.0], LatentSpectrum.WhiteShares(8, 12), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Channels_have_mean_and_standard_deviation_over_all_clips()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        var doctor = Examine(model, toy);
        Assert.Equal(2, doctor.Clips);
        var shape = model.ShapeOf(null, null, null);
        var all = cat([.. new[] { "a.gif", "below/b.gif" }.Select(name =>
            model.Encode(ClipReader.Read(toy.File("clips", name), shape, 2, CancellationToken.None).ToTensor(CPU)))]);
        for (var channel = 0; channel < 3; channel++)
        {
            var own = all.select(1, channel);
            Assert.Equal(own.mean().item<float>(), doctor.Channels[channel].Mean, 1e-5);
            Assert.Equal(own.std([0, 1, 2, 3], unbiased: false).item<float>(), doctor.Channels[channel].Deviation, 1e-5);
            Assert.Equal(1, doctor.Channels[channel].Low + doctor.Channels[channel].Middle + doctor.Channels[channel].High, 1e-9);
        }
    }

    [Fact]
    public void Added_noise_costs_the_expected_quality()
    {
        // A decoder that repeats its latents adds their noise to the clip, apart from clipping at black and white.
        using var toy = new ToyCodec();
        Fill(toy, (x, y) => (byte)(x / 4 % 2 == 0 ? 96 : 160));
        using var model = toy.Open();
        var doctor = Examine(model, toy);
        Assert.Equal([0, 0.05, 0.1, 0.2, 0.4, 0.8], doctor.Noise.Select(decode => decode.Noise));
        Assert.True(doctor.Noise[0].Psnr > 100);
        var deviation = 32 / 255.0;
        Assert.All(doctor.Noise.Skip(1), decode => Assert.Equal(-20 * Math.Log10(decode.Noise * deviation), decode.Psnr, 1.0));
    }

    [Fact]
    public void Problems_are_reported_with_their_solutions()
    {
        using var toy = new ToyCodec(ToyCodecKind.Posterior);
        Fill(toy, (x, y) => (byte)((x / 4) + (y / 4) % 2 == 0 ? 120 : 130));
        using var model = toy.Open();
        var problems = Examine(model, toy).Problems;
        Assert.Contains(problems, problem => problem is { Problem: LatentProblemKind.Scale, Channel: null });
        Assert.Equal([0, 1, 2], problems.Where(problem => problem.Problem == LatentProblemKind.CollapsedChannel).Select(problem => problem.Channel));
        Assert.Equal(3, problems.Count(problem => problem.Problem == LatentProblemKind.Offset));
        Assert.All(problems, problem => Assert.True(problem.Reason.Length > 10 && problem.Fix.EndsWith('.') && problem.Checkpoint == model.Checkpoint.Path));
    }

    [Fact]
    public void Unused_channels_and_tokens_without_a_code_are_found()
    {
        using var plain = new ToyCodec();
        Fill(plain, (x, y) => (byte)(x * 8), red: 3);
        using var model = plain.Open();
        Assert.Equal(0, Assert.Single(Examine(model, plain).Problems, problem => problem.Problem == LatentProblemKind.SilentChannel).Channel);

        using var toy = new ToyCodec(ToyCodecKind.Quantized);
        Fill(toy, (_, _) => 0);
        using var quantizer = toy.Open();
        var dead = Assert.Single(Examine(quantizer, toy).Problems, problem => problem.Problem == LatentProblemKind.DeadCodes);
        Assert.Equal(4, dead.Value);
        Assert.Contains("4 of 5 codes", dead.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Latents_whose_neighbours_alternate_are_found()
    {
        using var toy = new ToyCodec();
        Fill(toy, (x, y) => (byte)(((x / 4) + (y / 4)) % 2 * 255));
        using var model = toy.Open();
        Assert.Contains(Examine(model, toy).Problems, problem => problem.Problem == LatentProblemKind.HighFrequencies);
    }

    [Fact]
    public void No_readable_clip_is_an_error()
    {
        using var toy = new ToyCodec();
        using var model = toy.Open();
        var error = Assert.Throws<TinySoraException>(
            () => LatentDoctor.Examine(model, toy.Data, model.ShapeOf(8, null, null), 10, _ => { }));
        Assert.Equal("TinySora.Data.NoUsableClips", error.Id);
    }

    private static LatentDoctor Examine(CodecModel model, ToyCodec toy) =>
        LatentDoctor.Examine(model, toy.Data, model.ShapeOf(null, null, null), 10, _ => { });

    /// <summary>Writes two clips of the same still.</summary>
    /// <param name="red">Replaces the red value of a pixel; -1 keeps it.</param>
    private static void Fill(ToyCodec toy, Func<int, int, byte> pixel, int red = -1)
    {
        var clip = Clip.Black(6, 16, 16, 3);
        for (var i = 0; i < clip.Pixels.Length; i++)
        {
            clip.Pixels[i] = i % 3 == 0 && red >= 0 ? (byte)red : pixel(i / 3 % 16, i / 48 % 16);
        }

        ClipFile.Write(toy.File("clips", "a.gif"), clip);
        ClipFile.Write(toy.File("clips", "below", "b.gif"), clip);
    }
}
