using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Tests.Runs;

public sealed class RunComparisonTests : IDisposable
{
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Comparison_shows_differences_results_and_cost_of_runs()
    {
        Train("a", trainer => trainer with { GradientAccumulateEvery = 3 });
        Train("b", trainer => trainer with { TrainLr = 1e-3 }, maxSteps: 2);
        var compared = RunComparison.Of([run.File("runs"), run.File("runs", "a")]);

        Assert.Equal(["a", "b"], compared.Select(r => r.Name));
        Assert.Equal(["train_lr=0.0001, gradient_accumulate_every=3", "train_lr=0.001, gradient_accumulate_every=1"], compared.Select(r => r.Settings).Select(Ordered));
        Assert.Equal([4, 2], compared.Select(r => r.Step));

        // Batches of two clips.
        Assert.Equal([4 * 2 * 3, 2 * 2 * 1], compared.Select(r => r.Clips));
        Assert.Equal([RunState.Completed, RunState.Completed], compared.Select(r => r.State));
        Assert.All(compared, r =>
        {
            Assert.Equal(MetricsFile.Read(r.ResultsPath)[^1].Elapsed, r.Elapsed);
            Assert.True(r.Loss > 0 && r.MemoryBytes > 1 << 20);
            Assert.Equal((0, null), (r.Samples, r.Adherence));
        });

        static string Ordered(string settings) => string.Join(", ", settings.Split(", ").OrderByDescending(s => s, StringComparer.Ordinal));
    }

    [Fact]
    public void Folder_with_only_a_checkpoint_is_compared_as_far_as_possible()
    {
        Train("a", trainer => trainer);
        foreach (var file in Directory.GetFiles(run.File("runs", "a")).Where(file => !file.EndsWith(CheckpointStore.Extension, StringComparison.Ordinal)))
        {
            File.Delete(file);
        }

        var left = Assert.Single(RunComparison.Of([run.File("runs", "a")]));
        Assert.Equal((RunState.Unknown, 4, null, null), (left.State, left.Step, left.Elapsed, left.MemoryBytes));
        Assert.NotNull(left.Clips);
    }

    /// <summary>A run that has just started, a published model, and a folder whose configuration cannot be read.</summary>
    [Fact]
    public void Runs_without_steps_or_a_configuration_are_compared_as_far_as_possible()
    {
        foreach (var name in new[] { "begun", "model", "damaged" })
        {
            Directory.CreateDirectory(run.File("runs", name));
        }

        new RunStatus { State = RunState.Completed, Step = 3, MemoryBytes = 5 }.Write(run.File("runs", "begun"));
        new RunStatus { State = RunState.Completed }.Write(run.File("runs", "damaged"));
        File.WriteAllText(run.File("runs", "damaged", "config.yaml"), "{ damaged");
        var model = CheckpointStore.Find(Repository.At("models", "shapes-lean.safetensors"))!;
        File.Copy(model.Path, CheckpointStore.PathOf(run.File("runs", "model"), model.Step));

        var compared = RunComparison.Of([run.File("runs")]).ToDictionary(one => one.Name);

        Assert.Equal(("", 3, null, 5L), (compared["begun"].Settings, compared["begun"].Step, compared["begun"].Clips, compared["begun"].MemoryBytes));
        Assert.Equal(("", null), (compared["damaged"].Settings, compared["damaged"].Tflop));
        Assert.Equal((model.Step, 8L * model.Step), (compared["model"].Step, compared["model"].Clips));
        Assert.Equal(model.Tflop!.Value, compared["model"].Tflop!.Value);
        Assert.Null(compared["model"].WithAdherence([]).Adherence);
        Assert.Equal(run.File("runs", "model"), $"{compared["model"]}");
    }

    [Theory]
    [InlineData(8000, null, "is not fully trained: 8000 of 16000 steps, 50 %.")]
    [InlineData(8000, "stopped after 5 min (-MaxMinutes)", "was stopped after 5 min (-MaxMinutes) and is not fully trained: 8000 of 16000 steps, 50 %.")]
    [InlineData(16000, null, null)]
    public void Model_of_an_unfinished_run_is_not_taken_for_a_trained_one(int step, string? ending, string? expected)
    {
        var checkpoint = Checkpoint(step, RunState.Cancelled, ending);
        Assert.Equal(expected is null ? null : $"The model in '{checkpoint.Path}' {expected}", UnfinishedRun.Of(checkpoint));
    }

    [Theory]
    [InlineData(RunState.LossReached)]
    [InlineData(RunState.EarlyStopping)]
    public void Run_that_reached_its_goal_is_finished(RunState state) => Assert.Null(UnfinishedRun.Of(Checkpoint(8000, state, null)));

    [Fact]
    public void Checkpoint_without_a_run_is_finished()
    {
        var checkpoint = Checkpoint(8000, RunState.Cancelled, null);
        File.Delete(run.File("one", RunStatus.Name));
        Assert.Null(UnfinishedRun.Of(checkpoint));
    }

    private CheckpointInfo Checkpoint(int step, RunState state, string? ending)
    {
        var path = run.File("one", "step-00016000.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Copy(Repository.At("models", "shapes-lean.safetensors"), path);
        new RunStatus { State = state, Ending = ending }.Write(Path.GetDirectoryName(path)!);
        return CheckpointStore.Find(path)! with { Step = step };
    }

    [Fact]
    public void Verdicts_are_summarized_as_shares()
    {
        Train("a", trainer => trainer);
        AdherenceVerdict Verdict(bool color, bool motion) => new("a red circle moving right", 0, false, null, null, null, color, true, motion, true);
        var judged = RunComparison.Of([run.File("runs")])[0].WithAdherence([Verdict(true, true), Verdict(true, false), Verdict(false, true), Verdict(false, false)]);
        Assert.Equal((4, 0.25, 0.5, 1.0, 0.5), (judged.Samples, judged.Adherence, judged.Color, judged.Shape, judged.Motion));
    }

    [Fact]
    public void Sheet_has_a_row_per_prompt_and_a_column_per_run()
    {
        var request = Adherence.Prompts([.. ShapesWorld.HeldOut.Take(2).Select(ShapesWorld.Caption)], 2, 0);
        var sheet = new ComparisonSheet();
        foreach (var shade in new byte[] { 60, 120, 240 })
        {
            // The sheet shows the first clip of each prompt; the second clips are black.
            sheet.Add($"run{shade}", request, [.. Enumerable.Range(0, 4).Select(i => Grey(i % 2 == 0 ? (byte)(shade + i) : (byte)0))]);
        }

        sheet.Write(run.File("sheet.gif"));
        var grid = ClipFile.Read(run.File("sheet.gif"));
        Assert.Equal((6, 2 * 20, 3 * 20), (grid.Frames, grid.Height, grid.Width));
        byte Pixel(int row, int column) => grid.Frame(0)[3 * ((((20 * row) + 10) * grid.Width) + (20 * column) + 10)];
        Assert.Equal([60, 120, 240, 62, 122, 242], from row in Enumerable.Range(0, 2) from column in Enumerable.Range(0, 3) select Pixel(row, column));

        sheet.Write(run.File("sheet.png"));
        var still = ClipFile.Read(run.File("sheet.png"));

        // Three strips of four frames, 96 pixels each, side by side.
        Assert.InRange(still.Width, 3 * 4 * 96, 3 * 4 * 110);
    }

    private static Clip Grey(byte shade)
    {
        var clip = Clip.Black(6, 16, 16, 3, 100);
        for (var f = 0; f < clip.Frames; f++)
        {
            clip.Frame(f).Fill(shade);
        }

        return clip;
    }

    private void Train(string name, Func<TrainerConfig, TrainerConfig> trainer, int? maxSteps = null) =>
        run.Train(request => request with { ResultsPath = run.File("runs", name), MaxSteps = maxSteps }, config => trainer(config with { TrainLr = 1e-4 }));
}
