using TinySora.Engine.Evaluation;
using TinySora.Engine.Tests.Media;
using TorchSharp;
using static TinySora.Engine.Tests.Families.FrameAutoencoder.FrameTesting;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Evaluation;

public sealed class LpipsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Compares with an independent PyTorch network of the same weights; gray pictures have three equal channels.</summary>
    [Theory]
    [InlineData(3, 0.5245696306228638, 0.5148552656173706, 0.13871161853654537, 0.0014662888133898377)]
    [InlineData(1, 0.6179966926574707, 0.606760561466217, 0.066851251131156, -0.0006417831173166633)]
    public void Distance_and_gradient_match_PyTorch_in_color_and_gray(int channels, double first, double second, double norm, double eighth)
    {
        using var scope = NewDisposeScope();
        using var lpips = LpipsFiles.Filled();
        var (a, b) = (Wave(0.11, 2, channels, 34, 32).requires_grad_(), Wave(0.07, 2, channels, 34, 32, Math.PI / 2));
        var distance = lpips.Distance(a, b);
        distance.mean().backward();
        Assert.Equal([2, 1], distance.shape);
        Near(first, distance[0, 0].ToDouble());
        Near(second, distance[1, 0].ToDouble());
        Near(norm, a.grad!.norm().ToDouble());
        Near(eighth, Row(a.grad)[7]);
    }

    [Fact]
    public void Equal_pictures_have_zero_distance_and_flat_ones_have_finite_gradients()
    {
        using var scope = NewDisposeScope();
        using var lpips = LpipsFiles.Filled();
        var black = full([1, 2, 16, 16, 1], -1f).requires_grad_();
        var distance = lpips.Distance(black, black.detach());
        Assert.Equal([0f, 0f], distance.data<float>().ToArray());
        distance.sum().backward();
        Assert.True(black.grad!.isfinite().all().ToBoolean());
    }

    [Fact]
    public void Network_outlives_the_dispose_scope_that_creates_it()
    {
        Lpips lpips;
        using (NewDisposeScope())
        {
            lpips = LpipsFiles.Filled();
        }

        using var owned = lpips;
        using var scope = NewDisposeScope();
        Assert.Equal([2, 1], lpips.Distance(Wave(0.11, 2, 1, 16, 16), Wave(0.07, 2, 1, 16, 16)).shape);
    }

    [Fact]
    public void Network_is_read_from_two_files_and_both_are_named_if_missing()
    {
        var (vgg, linear) = LpipsFiles.Write(folder.Path);
        using var scope = NewDisposeScope();
        using var read = Lpips.Load(vgg, linear);
        using var made = LpipsFiles.Filled();
        var (a, b) = (Wave(0.11, 1, 3, 16, 16), Wave(0.07, 1, 3, 16, 16));
        Assert.Equal(made.Distance(a, b).data<float>()[0], read.Distance(a, b).data<float>()[0]);
        Assert.DoesNotContain(read.parameters(), parameter => parameter.requires_grad);

        Clips.Fails("TinySora.Checkpoint.OtherModel", () => Lpips.Load(linear, vgg));
        File.Delete(linear);
        var error = Clips.Fails("TinySora.Model.LpipsFilesMissing", () => Lpips.Load(vgg, linear));
        Assert.Contains(vgg, error.Message, StringComparison.Ordinal);
        Assert.Contains(linear, error.Message, StringComparison.Ordinal);
        Assert.Contains("perceptual_weight to 0", error.Advice, StringComparison.Ordinal);
    }
}
