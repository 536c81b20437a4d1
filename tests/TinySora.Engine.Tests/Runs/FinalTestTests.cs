using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Runs;

public sealed class FinalTestTests : IDisposable
{
    private const string Command = "Try it: Invoke-TinySoraGenerate '";

    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Sentences_of_the_shapes_world_are_judged()
    {
        run.Train(request => request with { IsTested = true });
        Assert.Matches($@"^The model follows \d+ of \d+ captions outside the training data: colour \d+, shape \d+, motion \d+\. {Command}", Assert.Single(Told()));
    }

    [Fact]
    public void Clips_of_other_captions_are_compared_with_those_of_training()
    {
        Caption();
        run.Train(request => request with { IsTested = true });
        Assert.Matches(
            $@"^For \d of 2 captions, the nearest training clip has the same caption\. Generated clips move \d+\.\d times as much as training clips\. {Command}a cat, number \d'",
            Assert.Single(Told()));
    }

    /// <summary>What was trained is saved by then: no clip to compare with is no reason to fail.</summary>
    [Fact]
    public void Clips_that_are_gone_at_the_end_leave_the_run_as_it_is()
    {
        Caption();
        var result = run.Train(request => request with { IsTested = true }, onProgress: _ => Directory.GetFiles(run.Data).ToList().ForEach(File.Delete));
        Assert.Equal((4, RunState.Completed), (result.Step, result.StoppedBecause));
        Assert.Empty(Told());
    }

    [Fact]
    public void A_run_that_is_not_to_be_tested_is_not()
    {
        run.Train();
        Assert.Empty(Told());
    }

    private IEnumerable<string> Told() => run.Observer.Announcements.Where(text => text.Contains(Command, StringComparison.Ordinal));

    private void Caption()
    {
        foreach (var (clip, i) in Directory.GetFiles(run.Data, "*.gif").Select((clip, i) => (clip, i)))
        {
            File.WriteAllText(Path.ChangeExtension(clip, "txt"), $"a cat, number {i % 2}");
        }
    }
}
