using TinySora.Engine.Configuration;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Tests.Families.PixelUNet;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Generation;

/// <summary>With the whole network, a clip depends on its prompt and seed, not on the rest of its batch.</summary>
public sealed class PerVideoSeedTests : IDisposable
{
    private static readonly string[] Prompts = ["a red circle", "a blue square", ""];

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData("ddpm", null)]
    [InlineData("ddim", 3)]
    public void Clip_of_a_batch_differs_by_at_most_a_ten_thousandth_from_the_clip_alone(string sampler, int? steps)
    {
        using var task = Task();
        var batch = Sample(task, Request(sampler, steps, 0, 1, 2));
        for (var i = 0; i < Prompts.Length; i++)
        {
            var alone = Sample(task, Request(sampler, steps, i));
            Assert.InRange((alone - batch.narrow(0, i, 1)).abs().max().ToDouble(), 0, 1e-4);
        }

        // Otherwise a network that ignores its input would pass.
        Assert.True((batch[0] - batch[1]).abs().mean().ToDouble() > 0.05);
    }

    [Fact]
    public void Content_of_other_clips_does_not_matter()
    {
        using var task = Task();
        var first = Sample(task, Request("ddpm", 4, 0, 1));
        var second = Sample(task, Request("ddpm", 4, 2, 1));
        Assert.Equal(0, (first[1] - second[1]).abs().max().ToDouble());
    }

    [Fact]
    public void Longer_prompt_in_the_batch_changes_no_bit_of_a_clip()
    {
        using var task = Task();
        SampleRequest Beside(string other) => new([Prompts[0], other], [10, 11], 2, 4, "ddpm");
        var first = Sample(task, Beside(Prompts[0]));
        var second = Sample(task, Beside("a blue square and a red circle and a blue square"));
        Assert.Equal(0, (first[0] - second[0]).abs().max().ToDouble());
        Assert.NotEqual(0, (first[1] - second[1]).abs().max().ToDouble());
    }

    private static SampleRequest Request(string sampler, int? steps, params int[] which) =>
        new([.. which.Select(i => Prompts[i])], [.. which.Select(i => 10L + i)], 2, steps, sampler);

    private static Tensor Sample(PixelUNetTask task, SampleRequest request) => task.Sample(request, null, default);

    /// <summary>The network of the preset shapes-small, large enough for sums whose last bits depend on the batch.</summary>
    private static PixelUNetTask Task()
    {
        var config = ConfigFile.Parse(Presets.Text("shapes-small"), "shapes-small");
        config = config.With(diffusion: config.Diffusion with { Timesteps = 4 }) with { Trainer = config.Trainer with { Amp = MixedPrecision.Off } };
        var task = PixelUNetTask.Create(config.Of<PixelUNetConfig>(), Prompts, CPU);
        UNetGolden.SetWeights(task.Model);
        return task;
    }
}
