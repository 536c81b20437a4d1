using System.Runtime.InteropServices;
using TinySora.Engine.Generation;
using TinySora.Soak;

namespace TinySora.Engine.Tests;

/// <summary>A process that trains, generates and imports repeatedly in parallel uses no more resources over time. `build.sh soak` runs for hours.</summary>
public sealed class SoakTests : IDisposable
{
    private const int Rounds = 12, Steps = 12, Clips = 4, Opens = 4, Seed = 34;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Parallel_work_of_all_kinds_uses_no_more_resources_after_many_rounds()
    {
        Load load = new(folder.Path, Steps, Clips, Opens, Seed, Generate);
        load.Begin();
        List<Sample> samples = [];
        for (var i = 0; i < Rounds; i++)
        {
            load.Clean();
            load.Round();
            samples.Add(Sample.Take(folder.Path, load.Steps, load.Clips));
        }

        Assert.Empty(Flatness.Problems(samples));
        Assert.Null(load.Damage());
        Assert.True(load.Steps >= Rounds * Steps);
        Assert.Equal(Rounds * Clips, load.Clips);
    }

    private static void Generate(string model, GenerationRequest request)
    {
        using var generator = VideoGenerator.Open(model, "cpu");
        Assert.Equal(request.Count, RequestBatcher.Generate(generator, request).Count());
    }

    [Theory]
    [InlineData("managed")]
    [InlineData("native")]
    [InlineData("handles")]
    [InlineData("threads")]
    [InlineData("files")]
    public void Resource_that_grows_every_round_is_detected(string part)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems do not tell all that a process holds.");
        List<object> held = [];
        using ManualResetEventSlim end = new();
        List<Action> undo = [end.Set];
        List<Sample> samples = [];
        for (var i = 0; i < Rounds; i++)
        {
            Leak(i);
            samples.Add(Sample.Take(folder.Path, i, i));
        }

        undo.ForEach(action => action());
        Assert.Contains(Flatness.Problems(samples), problem => problem.StartsWith(part, StringComparison.Ordinal));
        GC.KeepAlive(held);

        void Leak(int number)
        {
            switch (part)
            {
                case "managed":
                    held.Add(new byte[1 << 20]);
                    break;
                case "native":
                    var memory = Marshal.AllocHGlobal(2 << 20);
                    undo.Add(() => Marshal.FreeHGlobal(memory));
                    break;
                case "handles":
                    var file = File.OpenRead(Environment.ProcessPath!);
                    undo.Add(file.Dispose);
                    break;
                case "threads":
                    for (var i = 0; i < 8; i++) // more than the thread pool ends of those left by other tests
                    {
                        Thread thread = new(end.Wait);
                        thread.Start();
                        undo.Add(thread.Join);
                    }

                    break;
                default:
                    File.WriteAllText(folder.File($"{number}"), "");
                    break;
            }
        }
    }

    [Fact]
    public void Temporary_or_initial_use_of_resources_is_not_a_leak()
    {
        static Sample Of(int i) => new(
            i, i, Managed: i == 20 ? 1 << 30 : Math.Min(i, 4) << 20, Resident: i % 2 == 0 ? 1 << 30 : 1 << 20, Native: 0, Handles: i % 3, Maps: 0, Threads: 9, Files: 3);
        Assert.Empty(Flatness.Problems([.. Enumerable.Range(0, 24).Select(Of)]));
        Assert.Contains("too few", Assert.Single(Flatness.Problems([.. Enumerable.Range(0, 6).Select(Of)])), StringComparison.Ordinal);
    }
}
