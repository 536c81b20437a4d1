using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Runs;

public sealed class FinalTestTests : IDisposable
{
    private const string Command = "Try it: Invoke-TinySoraGenerate '";

    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Prompts_of_the_shapes_world_are_tested_for_adherence()
    {
        run.Train(request => request with { IsTested = true });
        Assert.Matches($@"^The model follows \d+ of \d+ captions outside the training data: color \d+, shape \d+, motion \d+\. {Command}", Assert.Single(Told()));
    }

    [Fact]
    public void Clips_of_other_captions_are_compared_with_training_clips()
    {
        Caption();
        run.Train(request => request with { IsTested = true });
        Assert.Matches(
            $@"^For \d of 2 captions, the nearest training clip has the same caption\. Generated clips move \d+\.\d times as much as training clips\. {Command}a cat, number \d'",
            Assert.Single(Told()));
    }

    /// <summary>Quotes, also typographic ones, are doubled for PowerShell, and parentheses do not weight words.</summary>
    [Fact]
    public void Command_to_try_can_be_copied()
    {
        Caption("the cat\u2019s 'toy' (red:2)");
        run.Train(request => request with { IsTested = true });
        Assert.Contains(Command + "the cat\u2019\u2019s ''toy'' \\(red:2\\), number ", Assert.Single(Told()), StringComparison.Ordinal);
    }

    [Fact]
    public void Motion_is_not_compared_with_training_clips_that_do_not_move()
    {
        Caption();
        foreach (var path in Directory.GetFiles(run.Data, "*.gif"))
        {
            using var image = Image.Load<Rgb24>(path);
            image.Frames.RemoveFrame(1);
            image.Frames.AddFrame(image.Frames.RootFrame);
            image.SaveAsGif(path);
        }

        run.Train(request => request with { IsTested = true });
        Assert.Matches($@"^For \d of 2 captions, the nearest training clip has the same caption\. {Command}", Assert.Single(Told()));
    }

    /// <summary>The training is saved by then, so missing clips do not fail the run.</summary>
    [Fact]
    public void Missing_clips_at_the_end_do_not_fail_the_run()
    {
        Caption();
        var result = run.Train(request => request with { IsTested = true }, onProgress: _ => Directory.GetFiles(run.Data).ToList().ForEach(File.Delete));
        Assert.Equal((4, RunState.Completed), (result.Step, result.StoppedBecause));
        Assert.Empty(Told());
    }

    [Fact]
    public void Run_without_a_closing_test_is_not_tested()
    {
        run.Train();
        Assert.Empty(Told());
    }

    private IEnumerable<string> Told() => run.Observer.Announcements.Where(text => text.Contains(Command, StringComparison.Ordinal));

    private void Caption(string caption = "a cat")
    {
        foreach (var (clip, i) in Directory.GetFiles(run.Data, "*.gif").Select((clip, i) => (clip, i)))
        {
            File.WriteAllText(Path.ChangeExtension(clip, "txt"), $"{caption}, number {i % 2}");
        }
    }
}
