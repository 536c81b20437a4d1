using TinySora.Engine.Configuration;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Tests.Families.PixelUNet;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Generation;

/// <summary>Through the whole network: a clip belongs to its prompt and seed, not to the batch that it is made in.</summary>
public sealed class PerVideoSeedTests : IDisposable
{
    private static readonly string[] Prompts = ["a red circle", "a blue square", ""];

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData("ddpm", null)]
    [InlineData("ddim", 3)]
    public void Clip_of_a_batch_ends_within_a_ten_thousandth_of_the_clip_alone(string sampler, int? steps)
    {
        using var task = Task();
        var batch = Sample(task, Request(sampler, steps, 0, 1, 2));
        for (var i = 0; i < Prompts.Length; i++)
        {
            var alone = Sample(task, Request(sampler, steps, i));
            Assert.InRange((alone - batch.narrow(0, i, 1)).abs().max().ToDouble(), 0, 1e-4);
        }

        // Otherwise the test would hold for a network that ignores its input.
        Assert.True((batch[0] - batch[1]).abs().mean().ToDouble() > 0.05);
    }

    [Fact]
    public void Neighbours_do_not_matter_but_their_number_may()
    {
        using var task = Task();
        var first = Sample(task, Request("ddpm", 4, 0, 1));
        var second = Sample(task, Request("ddpm", 4, 2, 1));
        Assert.Equal(0, (first[1] - second[1]).abs().max().ToDouble());
    }

    [Fact]
    public void Longer_prompt_beside_a_prompt_changes_no_bit_of_its_clip()
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
        config = config.With(diffusion: config.Diffusion with { Timesteps = 4 }) with { Trainer = config.Trainer with { Amp = false } };
        var task = PixelUNetTask.Create(config.Of<PixelUNetConfig>(), Prompts, CPU);
        UNetGolden.SetWeights(task.Model);
        return task;
    }
}
