using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TorchSharp;

namespace TinySora.Engine.Tests.Families.PixelUNet;

public sealed class VariationTests : StartClipModel
{
    [Fact]
    public void Variation_without_noise_returns_the_clip()
    {
        var film = Film(3);
        var request = new SampleRequest([null, null], [1, 2]) { Between = new Variation(film) { Noise = 0 } };
        Assert.Equal(0, task.Resolve(request).Units);
        Assert.Equal(0, task.Resolve(request with { Steps = 4 }).Units);
        var back = Sample(request);
        Assert.Equal([2, 3, 3, 8, 8], back.shape);
        Assert.All([0, 1], clip => Assert.Equal(film.Pixels, ClipTensor.FromTensor(back[clip]).Pixels));
    }

    [Fact]
    public void Variation_with_full_noise_ignores_the_clip_exactly()
    {
        var without = Sample(new SampleRequest([null], [1]));
        Assert.True(Sample(new SampleRequest([null], [1]) { Between = new Variation(Film(3)) { Noise = 1 } }).allclose(without, 0, 0));
    }

    /// <summary>Uses the noised clip of Ho et al. 2020, eq. 4, denoised like an interpolation.</summary>
    [Theory]
    [InlineData(0.6)]
    [InlineData(0.05)]
    public void Variation_equals_the_interpolation_of_a_clip_with_itself(double noise)
    {
        var film = Film(3);
        Assert.Equal((0.6, 12), (new Variation(film).Noise, new Variation(film).GetLevelCount(20)));
        Assert.True(Sample(new Variation(film) { Noise = noise }).allclose(Sample(new Interpolation(film, Film(3)) { Noise = noise, Mix = 0 }), 0, 0));
        Assert.False(Sample(new Variation(film) { Noise = noise }).allclose(Sample(new Variation(Film(1)) { Noise = noise })));
    }

    [Fact]
    public void Picture_repeats_and_a_short_clip_repeats_its_last_frame()
    {
        Assert.Equal(Frames(Film(1), 0, 0, 0), Sampled(Film(1)));
        Assert.Equal(Frames(Film(2), 0, 1, 1), Sampled(Film(2)));
        Assert.Equal(Frames(Film(3), 0, 1, 2), Sampled(Film(5)));

        byte[] Sampled(Clip clip) => ClipTensor.FromTensor(Sample(new Variation(clip) { Noise = 0 })[0]).Pixels;

        static byte[] Frames(Clip clip, params int[] frames) => [.. frames.SelectMany(frame => clip.Frame(frame).ToArray())];
    }

    [Fact]
    public void Less_noise_keeps_more_of_the_clip()
    {
        var clip = Sample(new Variation(Film(3)) { Noise = 0 });
        double[] far = [.. new[] { 0.1, 0.5, 0.9 }.Select(noise => (Sample(new Variation(Film(3)) { Noise = noise }) - clip).square().mean().ToDouble())];
        Assert.Equal(far.Order(), far);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void Noise_outside_0_to_1_is_refused(double noise) => Assert.Equal(
        "TinySora.Generation.VariationNoise", Assert.Throws<TinySoraException>(() => Sample(new Variation(Film(1)) { Noise = noise })).Id);

    /// <summary>Returns a video in which every frame, row and column differs.</summary>
    private static Clip Film(int frames) =>
        new([.. Enumerable.Range(0, frames * 8 * 8 * 3).Select(i => (byte)((i / 192 * 40) + (i / 24 % 8 * 9) + (i / 3 % 8 * 5) + (i % 3 * 30)))], frames, 8, 8, 3, 100);
}
