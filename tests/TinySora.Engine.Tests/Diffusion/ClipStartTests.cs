using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Diffusion;

/// <summary>Starting points from clips, here with one channel and one pixel per frame.</summary>
public sealed class ClipStartTests : IDisposable
{
    private static readonly ClipShape Shape = new(1, 3, 1);

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(0, -1)]
    [InlineData(0.04, -1)]
    [InlineData(0.06, 0)]
    [InlineData(0.6, 5)]
    [InlineData(0.94, 8)]
    [InlineData(0.96, null)]
    [InlineData(1, null)]
    public void Variation_starts_at_its_fraction_of_the_timesteps_or_from_pure_noise(double noise, int? timestep)
    {
        var start = new Variation(Film(0, 51, 255)) { Noise = noise }.Start(Shape, 10, CPU);
        Assert.Equal(timestep, start?.Timestep);
        if (start is not null)
        {
            Assert.Equal([1, 1, 3, 1, 1], start.Clips.shape);
            Assert.True(start.Clips.flatten().allclose(tensor(new[] { -1, -0.6f, 1 })));
        }
    }

    [Fact]
    public void Short_clip_ends_with_copies_of_its_last_frame_and_long_one_is_cut()
    {
        Assert.Equal([51, 51, 51], Pixels(51));
        Assert.Equal([51, 102, 102], Pixels(51, 102));
        Assert.Equal([51, 102, 204], Pixels(51, 102, 204));
        Assert.Equal([51, 102, 204], Pixels(51, 102, 204, 255));

        static int[] Pixels(params byte[] frames) =>
            [.. new Variation(Film(frames)).Pixels(Shape, CPU).flatten().data<float>().ToArray().Select(value => (int)Math.Round((value + 1) * 127.5))];
    }

    [Theory]
    [InlineData(0.001, 0)] // at least the first timestep
    [InlineData(0.25, 1)]
    [InlineData(0.75, 7)]
    [InlineData(1, 9)]
    public void Interpolation_blends_its_clips_at_its_fraction_of_the_timesteps(double noise, int timestep)
    {
        var start = new Interpolation(Film(0, 0, 255), Film(255, 0, 255)) { Noise = noise, Mix = 0.25 }.Start(Shape, 10, CPU);
        Assert.Equal(timestep, start.Timestep);
        Assert.Equal([1, 1, 3, 1, 1], start.Clips.shape);
        Assert.True(start.Clips.flatten().allclose(tensor(new[] { -0.5f, -1, 1 })));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(-0.01, false)]
    [InlineData(1.01, false)]
    [InlineData(double.NaN, false)]
    public void Noise_of_a_variation_is_from_0_to_1(double noise, bool isValid) =>
        Check(isValid ? null : "VariationNoise", new Variation(Film(0)) { Noise = noise });

    [Theory]
    [InlineData(0.01, 0, null)]
    [InlineData(1, 1, null)]
    [InlineData(0, 0.5, "InterpolationNoise")]
    [InlineData(1.01, 0.5, "InterpolationNoise")]
    [InlineData(double.NaN, 0.5, "InterpolationNoise")]
    [InlineData(0.5, -0.01, "MixOutOfRange")]
    [InlineData(0.5, 1.01, "MixOutOfRange")]
    [InlineData(0.5, double.NaN, "MixOutOfRange")]
    public void Interpolation_needs_some_noise_and_a_mix_from_0_to_1(double noise, double mix, string? error) =>
        Check(error, new Interpolation(Film(0), Film(255)) { Noise = noise, Mix = mix });

    private static void Check(string? error, SourceClipStart start)
    {
        if (error is null)
        {
            start.Check();
        }
        else
        {
            Assert.Equal("TinySora.Generation." + error, Assert.Throws<TinySoraException>(start.Check).Id);
        }
    }

    private static Clip Film(params byte[] frames) => new(frames, frames.Length, 1, 1, 1);
}
