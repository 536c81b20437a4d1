using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Families.PixelUNet.Networks;
using TinySora.Engine.Layers;
using TinySora.Engine.Tests.Compute;
using TorchSharp;
using static TinySora.Engine.Tests.Families.PixelUNet.UNetGolden;
using TinySora.Engine.Configuration;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Families.PixelUNet;

public sealed class UNet3DTests : IDisposable
{
    private static readonly ModelConfig Small =
        new() { Dim = 8, DimMults = [1, 2], CondDim = 6, AttnHeads = 2, AttnDimHead = 8, InitKernelSize = 3 };

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Published_configuration_has_41_801_859_parameters_under_the_originals_names()
    {
        using var model = new UNet3D(new ModelConfig { CondDim = 768 });

        Assert.Equal(41_801_859, model.parameters().Sum(p => p.numel()));
        var expected = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Golden", "unet3d_keys.txt"));
        var actual = model.state_dict().Select(p => $"{p.Key} {string.Join(',', p.Value.shape)}").OrderBy(l => l, StringComparer.Ordinal);
        Assert.Equal(expected.OrderBy(l => l, StringComparer.Ordinal), actual);
    }

    [Fact]
    public void Network_without_linear_attention_works_and_is_smaller()
    {
        using var model = new UNet3D(new ModelConfig { UseSparseLinearAttn = false, CondDim = 768 });

        // Each linear attention had 768 c + 256 c + 2 c parameters, at widths that add up to 1472.
        Assert.Equal(41_801_859 - (1026 * 1472), model.parameters().Sum(p => p.numel()));
        Assert.DoesNotContain(model.state_dict().Keys, key => key.StartsWith("downs.0.2.", StringComparison.Ordinal));

        using var small = new UNet3D(Small with { UseSparseLinearAttn = false });
        using var grad = no_grad();
        Assert.Equal([1, 3, 2, 8, 8], small.forward(Noise(1, 1, 3, 2, 8, 8), zeros(1), Noise(2, 1, 6)).shape);
    }

    [Theory]
    [InlineData("published")]
    [InlineData("odd_widths")]
    [InlineData("additions")]
    public void Output_loss_and_gradients_match_the_reference(string name)
    {
        var golden = Read("unet3d.json").GetProperty(name);
        using var model = new UNet3D(Options(golden.GetProperty("options")));
        SetWeights(model);
        var shape = Numbers(golden.GetProperty("shape")).Select(n => (long)n).ToArray();
        var time = tensor(Numbers(golden.GetProperty("time")).Select(n => (float)n).ToArray());
        var cond = Options(golden.GetProperty("options")).CondDim is int width ? Noise(1001, shape[0], width) : null;

        var output = model.forward(Noise(1000, shape), time, cond, Flags(golden, "dropped"), Flags(golden, "focus"));
        Assert.Equal(shape, output.shape);
        Assert.True(RelativeError((Tensor)output, Numbers(golden.GetProperty("output"))) < 1e-4);

        var target = Noise(1002, output.shape);
        var loss = nn.functional.mse_loss((Tensor)output, target);
        Assert.Equal(golden.GetProperty("l1").GetDouble(), nn.functional.l1_loss((Tensor)output, target).ToDouble(), 1e-4);
        Assert.Equal(1, loss.ToDouble() / golden.GetProperty("l2").GetDouble(), 1e-4);

        loss.backward();
        foreach (var (key, parameter) in model.named_parameters())
        {
            var expected = Numbers(golden.GetProperty("gradients").GetProperty(key));
            var gradient = parameter.grad!;
            var length = gradient.square().sum().sqrt().ToDouble();
            var projection = (gradient * Noise(2000, gradient.shape)).sum().ToDouble();
            Assert.True(Math.Abs(length - expected[0]) < 1e-4 * expected[0] + 1e-7, $"{key}: {length}, not {expected[0]}");
            Assert.True(Math.Abs(projection - expected[1]) < 1e-4 * expected[0] + 1e-7, $"{key}: {projection}, not {expected[1]}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Frames_of_a_focused_clip_are_independent_after_the_first_attention(int changed)
    {
        using var model = new UNet3D(Small with { CondDim = null });
        SetWeights(model);
        SilenceFirstAttention(model);
        var clip = Noise(1, 3, 3, 4, 8, 8);
        var other = clip.clone();
        other.narrow(2, changed, 1).zero_();
        var focus = tensor(new[] { true, false, true });
        using var grad = no_grad();

        var change = (model.forward(clip, zeros(3), focusPresent: focus) - model.forward(other, zeros(3), focusPresent: focus))
            .Eager!.abs().amax([1, 3, 4]);                                   // (B, F)

        foreach (var frame in Enumerable.Range(0, 4))
        {
            var (first, second, third) = (change[0, frame].ToDouble(), change[1, frame].ToDouble(), change[2, frame].ToDouble());
            Assert.True(second > 1e-5);
            Assert.Equal((frame == changed, frame == changed), (first > 1e-3, third > 1e-3));
            Assert.True(frame == changed || (first == 0 && third == 0));
        }
    }

    [Fact]
    public void Dropped_and_missing_captions_both_mean_the_null_vector()
    {
        using var model = new UNet3D(Small with { FrameTextCond = true, TextField = true, Stem = 2 });
        SetWeights(model);
        using var grad = no_grad();
        var (clip, cond) = (Noise(1, 1, 3, 2, 8, 8), Noise(2, 1, 6));

        var without = model.forward(clip, ones(1));
        Assert.True(model.forward(clip, ones(1), cond, tensor(new[] { true })).Eager!.allclose((Tensor)without));
        Assert.False(model.forward(clip, ones(1), cond).Eager!.allclose((Tensor)without, 1e-2, 1e-3));
    }

    [Fact]
    public void Frame_text_conditioning_varies_by_frame_and_without_it_equal_frames_stay_equal()
    {
        Assert.True(Spread(frameText: true) > 1e-3);
        Assert.True(Spread(frameText: false) < 1e-5);

        // Equal input frames without attention across frames: only the conditioning can make the output frames differ.
        static double Spread(bool frameText)
        {
            using var model = new UNet3D(Small with { FrameTextCond = frameText });
            SetWeights(model);
            SilenceFirstAttention(model);
            using var grad = no_grad();
            var still = Noise(1, 1, 3, 1, 8, 8).expand(-1, -1, 3, -1, -1);
            var output = model.forward(still, ones(1), Noise(2, 1, 6), focusPresent: tensor(new[] { true }));
            return (output - output.narrow(2, 0, 1)).Eager!.abs().max().ToDouble();
        }
    }

    [Fact]
    public void Spatial_text_conditioning_varies_by_position_frame_and_text()
    {
        using var field = new SpatialTextConditioning(condDim: 6, width: 8, channels: 4);
        SetWeights(field);
        using var grad = no_grad();
        var values = field.forward(Noise(1, 2, 6), [2, 3, 4, 5, 4], CPU);                    // (2, 3, 4, 5, 4)

        Assert.Equal([2, 3, 4, 5, 4], values.shape);
        Assert.False(values.Eager![0].allclose(values.Eager![1], 1e-2, 1e-3));
        foreach (var axis in new[] { 1, 2, 3 })
        {
            Assert.True((values - values.narrow(axis, 0, 1)).Eager!.abs().narrow(axis, 1, values.shape[axis] - 1).amax([0, 4]).min().ToDouble() > 1e-4);
        }

        using var without = new SpatialTextConditioning(condDim: null, width: 8, channels: 4);
        Assert.Equal([1, 3, 4, 5, 4], without.forward(null, [2, 3, 4, 5, 4], CPU).shape);
    }

    [Fact]
    public void Clip_has_the_same_result_alone_and_in_a_batch()
    {
        using var model = new UNet3D(Small);
        SetWeights(model);
        using var grad = no_grad();
        var (clips, times, cond) = (Noise(1, 3, 3, 4, 8, 8), tensor(new[] { 1f, 5f, 9f }), Noise(2, 3, 6));

        var batch = model.forward(clips, times, cond);
        for (var i = 0; i < 3; i++)
        {
            var alone = model.forward(clips.narrow(0, i, 1), times.narrow(0, i, 1), cond.narrow(0, i, 1));
            Assert.True(batch.narrow(0, i, 1).Eager!.allclose((Tensor)alone, 1e-4, 1e-4));
        }
    }

    [Fact]
    public void Bfloat16_stays_close_to_float32_and_keeps_float32_results_and_gradients()
    {
        using var processor = new Processor(hasBFloat16: true);
        using var model = new UNet3D(Small with { FrameTextCond = true, TextField = true, Stem = 2, Dim = 16 });
        var (clip, time, cond) = (Noise(1, 2, 3, 5, 16, 16), tensor(new[] { 3f, 700f }), Noise(2, 2, 6));
        var exact = (Tensor)model.forward(clip, time, cond);
        using (Precision.Use(true))
        {
            Assert.True(Precision.IsBFloat16);
            var output = (Tensor)model.forward(clip, time, cond);
            Assert.Equal(ScalarType.Float32, output.dtype);
            Assert.True(((output - exact).norm() / exact.norm()).ToDouble() is > 1e-7 and < 0.03);
            output.square().mean().backward();
        }

        Assert.False(Precision.IsBFloat16);
        Assert.All(model.parameters().Where(p => p.grad is not null), p => Assert.Equal(ScalarType.Float32, p.grad!.dtype));
        Assert.Contains(model.parameters(), p => p.grad is not null);
    }

    [Theory]
    [InlineData(MixedPrecision.Off, true, ScalarType.Float32)]
    [InlineData(MixedPrecision.IfFaster, false, ScalarType.Float32)]
    [InlineData(MixedPrecision.IfFaster, true, ScalarType.BFloat16)]
    [InlineData(MixedPrecision.Always, false, ScalarType.BFloat16)]
    public void Bfloat16_is_used_if_it_is_faster_or_forced(MixedPrecision amp, bool isFaster, ScalarType expected)
    {
        using var processor = new Processor(isFaster);
        using var scope = amp.Use(CPU);
        Assert.Equal(expected, Precision.ToComputeType(ones(1)).dtype);
    }

    [Theory]
    [InlineData(3, 8, 12)]
    [InlineData(1, 8, 8)]
    public void Clips_of_the_wrong_shape_are_refused(int channels, int height, int width)
    {
        using var model = new UNet3D(Small with { Stem = 4, CondDim = null });
        var error = Assert.Throws<TinySoraException>(() => model.forward(zeros([1, channels, 2, height, width]), zeros(1)));
        Assert.Equal("TinySora.Model.InputShape", error.Id);
    }

    private static void SilenceFirstAttention(UNet3D model)
    {
        using var grad = no_grad();
        model.get_parameter("init_temporal_attn.fn.fn.fn.to_out.weight")!.zero_();
    }
}
