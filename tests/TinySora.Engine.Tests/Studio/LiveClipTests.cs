using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Studio;
using TinySora.Engine.Tests.Generation;

namespace TinySora.Engine.Tests.Studio;

public sealed class LiveClipTests : IClassFixture<VideoGeneratorTests.TrainedModel>, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly VideoGenerator generator;
    private readonly LiveClip live;

    public LiveClipTests(VideoGeneratorTests.TrainedModel model)
    {
        generator = VideoGenerator.Open(model.Results, "cpu");
        live = new LiveClip(generator, CancellationToken.None);
    }

    public void Dispose()
    {
        live.Dispose();
        generator.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void The_newest_prompt_gets_a_clip_with_all_steps_and_its_problems()
    {
        foreach (var length in Enumerable.Range(1, "a red circle".Length))
        {
            live.Ask(Of("a red circle"[..length]));
        }

        var clip = Await(view => view.Steps == 10 && view.UnknownWords.Count == 0).Clip;
        var plan = generator.Video.Resolve(new GenerationSettings { Values = generator.Settings.Read(Of("").Settings) });
        var made = generator.Sample(
            plan, [new ClipPrompt(5) { Text = "a red circle" }], 0, generator.Conditions.Threads, new NobodyLooks(), CancellationToken.None);
        Assert.Equal(made[0].Pixels, clip.Pixels);

        live.Ask(Of("a red circle and zebras"));
        Assert.Contains("zebras", Await(view => view.UnknownWords.Count > 0).UnknownWords);
        live.Ask(Of("a (red circle"));
        var wrong = Await(view => view.Trouble is not null);
        Assert.Contains("parenthesis", wrong.Trouble, StringComparison.Ordinal);
        Assert.Equal(16, wrong.Clip.Width); // the previous clip stays
    }

    [Fact]
    public void A_saved_clip_has_its_recipe() =>
        Assert.Equal(5, RecipeText.Read(live.Save(Of("a red circle"), CancellationToken.None).Path).Seed);

    private GenerationRequest Of(string prompt) => new()
    {
        Prompt = prompt, Seed = 5, OutputPath = folder.File("out"), Settings = new Dictionary<string, object> { ["Steps"] = 10 },
    };

    private LiveView Await(Func<LiveView, bool> isThere)
    {
        Assert.True(SpinWait.SpinUntil(() => live.View is { IsDraft: false } view && isThere(view), TimeSpan.FromMinutes(1)), $"{live.View}");
        return live.View!;
    }

    private sealed class NobodyLooks : ISamplingObserver
    {
        public void Report(int value)
        {
        }
    }
}
