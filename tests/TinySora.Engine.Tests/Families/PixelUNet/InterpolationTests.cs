using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.PixelUNet;

public sealed class InterpolationTests : StartClipModel
{
    // Larger and longer than the model's clips: fitted like those of a dataset.
    private static readonly Clip Red = Plain(220, 30, 30), Blue = Plain(20, 40, 200);

    [Fact]
    public void Ends_of_the_mix_equal_the_variations_of_either_clip()
    {
        var between = new Interpolation(Red, Blue);
        var (red, blue) = (Sample(new Interpolation(Red, Red)), Sample(new Interpolation(Blue, Blue)));
        Assert.Equal([1, 3, 3, 8, 8], red.shape);
        Assert.True(Sample(between with { Mix = 0 }).allclose(red, 0, 0));
        Assert.True(Sample(between with { Mix = 1 }).allclose(blue, 0, 0));
        var middle = Sample(between);
        Assert.False(middle.allclose(red, 1e-2, 1e-2));
        Assert.False(middle.allclose(blue, 1e-2, 1e-2));
        Assert.InRange(middle.min().ToDouble(), 0, 1);
        Assert.InRange(middle.max().ToDouble(), 0, 1);
    }

    /// <summary>Mixes two videos whose frames and columns all differ, one of them reversed and mirrored.</summary>
    [Theory]
    [InlineData(0, 0.75, 14)]
    [InlineData(1, 1, 19)]
    [InlineData(0.25, 0.05, 0)]
    public void Start_is_the_mix_of_both_clips_pixel_by_pixel(double mix, double noise, int level)
    {
        static byte Value(int frame, int row, int column, int channel) => (byte)((frame * 50) + (row * 9) + (column * 5) + (channel * 30));
        static byte Back(int frame, int row, int column, int channel) => Value(3 - frame, row, 11 - column, channel);
        var between = new Interpolation(Film(Value), Film(Back)) { Mix = mix, Noise = noise };

        var start = between.Start(Config.Clips.Shape, 20, CPU);

        Assert.Equal(level, start.Timestep);
        Assert.Equal([1, 3, 3, 8, 8], start.Clips.shape);
        var values = start.Clips.data<float>().ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            // The centre 8 x 8 of 8 x 12 pixels; the fourth frame is cut off.
            var (channel, frame, row, column) = (i / 192, i / 64 % 3, i / 8 % 8, (i % 8) + 2);
            var mixed = ((1 - mix) * Value(frame, row, column, channel)) + (mix * Back(frame, row, column, channel));
            Assert.Equal((mixed / 127.5) - 1, values[i], 1e-5);
        }
    }

    [Fact]
    public void Mix_with_little_noise_is_a_cross_fade()
    {
        var result = Sample(new Interpolation(Red, Blue) { Mix = 0.25, Noise = 0.05 });
        double Channel(int c) => result.select(1, c).mean().ToDouble() * 255;
        Assert.Equal((0.75 * 220) + (0.25 * 20), Channel(0), 12.0);
        Assert.Equal((0.75 * 30) + (0.25 * 200), Channel(2), 12.0);
    }

    [Fact]
    public void Full_noise_removes_nearly_all_of_the_clips() =>
        Assert.True(Sample(new Interpolation(Red, Red) { Noise = 1 }).allclose(Sample(new Interpolation(Blue, Blue) { Noise = 1 }), 0.05, 0.05));

    [Fact]
    public void Prompt_and_seed_change_the_mix_and_a_missing_prompt_is_the_null_vector()
    {
        var request = new SampleRequest([null], [1]) { Between = new Interpolation(Red, Blue) };
        var without = Sample(request);
        Assert.True(Sample(request with { GuidanceScale = 1 }).allclose(without, 1e-3, 1e-4));
        Assert.False(Sample(request with { Prompts = ["a red circle"] }).allclose(without));
        Assert.False(Sample(request with { Seeds = [2] }).allclose(without));
    }

    [Theory]
    [InlineData(0.75, "ddim", 4)]
    [InlineData(0.75, "ddpm", 4)]
    [InlineData(0.1, "ddim", 2)]
    [InlineData(0.01, "ddpm", 1)]
    public void Steps_cannot_exceed_the_levels_below_the_start(double noise, string sampler, int steps)
    {
        var request = new SampleRequest([null], [1], Sampler: sampler) { Between = new Interpolation(Red, Blue) { Noise = noise } };
        Assert.Equal(steps, task.Resolve(request).Units);
        Sample(request);
        var error = Assert.Throws<TinySoraException>(() => Sample(request with { Steps = 16 }));
        Assert.Equal("TinySora.Model.StepsOutOfRange", error.Id);
    }

    [Theory]
    [InlineData(-0.1, 0.5, "TinySora.Generation.MixOutOfRange")]
    [InlineData(double.NaN, 0.5, "TinySora.Generation.MixOutOfRange")]
    [InlineData(0.5, 0, "TinySora.Generation.InterpolationNoise")]
    [InlineData(0.5, 1.1, "TinySora.Generation.InterpolationNoise")]
    public void Values_outside_0_to_1_are_refused(double mix, double noise, string id)
    {
        var between = new Interpolation(Red, Blue) { Mix = mix, Noise = noise };
        Assert.Equal(id, Assert.Throws<TinySoraException>(() => Sample(between)).Id);
    }

    private static Clip Film(Func<int, int, int, int, byte> value) =>
        new([.. Enumerable.Range(0, 4 * 8 * 12 * 3).Select(i => value(i / 288, i / 36 % 8, i / 3 % 12, i % 3))], 4, 8, 12, 3, 100);

    private static Clip Plain(params byte[] color) =>
        new([.. Enumerable.Repeat(color, 4 * 12 * 20).SelectMany(pixel => pixel)], 4, 12, 20, 3, 100);
}
