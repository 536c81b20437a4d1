using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Generation;
using TinySora.Engine.Tests.Generation;

namespace TinySora.Engine.Tests.Evaluation;

public sealed class AdherenceTests(VideoGeneratorTests.TrainedModel model) : IClassFixture<VideoGeneratorTests.TrainedModel>
{
    [Fact]
    public void Every_prompt_is_generated_the_requested_number_of_times_with_increasing_seeds()
    {
        var request = Adherence.Prompts(["a red circle growing", "a blue star moving up"], 2, seed: 7);
        Assert.Equal(["a red circle growing", "a red circle growing", "a blue star moving up", "a blue star moving up"], request.Select(prompt => prompt.Text));
        Assert.Equal([7L, 8, 9, 10], request.Select(prompt => prompt.Seed));
    }

    [Fact]
    public void Prompt_outside_the_shapes_world_is_refused()
    {
        var error = Assert.Throws<TinySoraException>(() => Adherence.Prompts(["a red circle growing", "a red cow"], 1, 0));
        Assert.Equal("TinySora.Evaluation.NotAShapesPrompt", error.Id);
        Assert.Contains("a red cow", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Clips_of_many_prompts_match_those_of_each_prompt_alone()
    {
        using var generator = VideoGenerator.Open(model.Results, "cpu");
        var prompts = ShapesWorld.AllCombinations.Take(18).Select(ShapesWorld.Caption).ToList();
        var shares = new List<double>();

        var clips = generator.Sample(Adherence.Prompts(prompts, 1, 3), progress: new ImmediateProgress<double>(shares.Add)).Select(c => c.Clip).ToList();

        Assert.Equal(18, clips.Count);
        var alone = generator.Sample(Adherence.Prompts(prompts[17..], 1, 20)).Single().Clip;
        Assert.Equal(alone.Pixels.Length, clips[17].Pixels.Length);

        // Matrix products of another size may round differently, depending on the processor.
        Assert.All(alone.Pixels.Zip(clips[17].Pixels), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1], 1e-9);
    }

    [Fact]
    public void Verdicts_match_the_checker_on_the_clip_of_that_seed()
    {
        using var generator = VideoGenerator.Open(model.Results, "cpu");
        var request = Adherence.Prompts([ShapesWorld.Caption(ShapesWorld.HeldOut[0]), ShapesWorld.Caption(ShapesWorld.Training[0])], 1, 5);

        var verdicts = Adherence.Measure(generator, request).ToList();

        var seen = generator.Sample(request).Select(c => ShapesChecker.Check(c.Clip)).ToList();
        Assert.Equal(seen.Select(s => (s.Color, s.Shape, s.Motion)), verdicts.Select(v => (v.Color, v.Shape, v.Motion)));
        Assert.Equal([true, false], verdicts.Select(v => v.HeldOut));
        Assert.Equal([5L, 6], verdicts.Select(v => v.Seed));
    }

    [Fact]
    public void Shares_are_computed_from_the_verdicts()
    {
        AdherenceVerdict[] verdicts =
        [
            new("a", 0, true, "red", "circle", "growing", true, true, true, true),
            new("b", 1, true, "red", "circle", null, true, true, false, true),
            new("c", 2, true, "red", null, null, true, false, false, true),
            new("d", 3, true, null, null, null, false, false, false, true),
        ];
        Assert.Equal(
            [("Color", 3, 0.75), ("Shape", 2, 0.5), ("Motion", 1, 0.25), ("All three", 1, 0.25), ("One connected object", 4, 1.0)],
            Adherence.Summarize(verdicts, 1.5).Select(s => (s.Aspect, s.Obeyed, s.Share)));
        Assert.All(Adherence.Summarize(verdicts, 1.5), share => Assert.Equal((4, 1.5), (share.Clips, share.Tflop)));
    }
}
