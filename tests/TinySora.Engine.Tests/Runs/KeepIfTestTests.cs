using System.Globalization;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation.Expectations;
using TinySora.Engine.Generation;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Runs;

public sealed class KeepIfTestTests : IDisposable
{
    private const string Prompt = "a red circle growing";

    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Checkpoint_with_a_row_that_stopped_passing_is_not_the_best_despite_a_better_measure()
    {
        run.Train(request => request with { ResultsPath = run.File("known") });
        var known = CheckpointStore.List(run.File("known"));
        var changes = known.Select(info => ChangeOf(info.Path)).ToList();
        Assert.NotEqual(changes[0], changes[1]);
        Assert.NotEqual(known[0].Loss, known[1].Loss);
        var best = known[1].Loss < known[0].Loss ? "loss" : "highest loss";
        var limit = ((changes[0] + changes[1]) / 2).ToString("R", CultureInfo.InvariantCulture);
        var (passes, falls) = changes[0] > changes[1] ? ("MinChange", "MaxChange") : ("MaxChange", "MinChange");
        var rows = Write($"Prompt,Seed,{passes}\n{Prompt},1,{limit}\n{Prompt},2,{(passes == "MinChange" ? 0 : 1)}\n");

        run.Train(null, trainer => trainer with { BestBy = best, KeepIf = rows });
        var kept = CheckpointStore.List(run.Results);
        Assert.Equal([true, false], kept.Select(info => info.IsBest));
        Assert.Equal(["2 of 2 passed", "1 of 2 passed"], kept.Select(info => $"{info.Rows}"));
        var message = Assert.Single(run.Observer.Messages, text => text.StartsWith("The checkpoint of step 4 is not the best, because rows that passed at step 2 fail now (1):", StringComparison.Ordinal));
        Assert.Contains($"row 1, {Prompt}: Change: ", message, StringComparison.Ordinal);

        // Without rows, and with one that improves.
        run.Train(request => request with { ResultsPath = run.File("without") }, trainer => trainer with { BestBy = best });
        Assert.Equal([false, true], CheckpointStore.List(run.File("without")).Select(info => info.IsBest));
        Write($"Prompt,Seed,{falls}\n{Prompt},1,{limit}\n");
        run.Train(request => request with { ResultsPath = run.File("rises") }, trainer => trainer with { BestBy = best, KeepIf = rows });
        Assert.Equal([false, true], CheckpointStore.List(run.File("rises")).Select(info => info.IsBest));
    }

    [Fact]
    public void Best_checkpoint_is_tested_again_when_the_same_step_is_saved_again()
    {
        var rows = Write($"Prompt,MaxChange\n{Prompt},1\n");
        using var live = new LiveRun(run, request => request with
        {
            Config = request.Config with { Trainer = request.Config.Trainer with { KeepIf = rows } },
        });
        RunAnswer Send(RunAction action) => RunClient.Send(run.Results, new RunRequest(action), CancellationToken.None);
        while (Send(RunAction.Suspend).Step == 0)
        {
            Send(RunAction.Resume);
        }

        for (var time = 0; time < 2; time++)
        {
            Send(RunAction.Save);
            var saved = Assert.Single(CheckpointStore.List(run.Results));
            Assert.Equal((true, "1 of 1 passed"), (saved.IsBest, $"{saved.Rows}"));
        }
    }

    [Fact]
    public void Testing_rows_does_not_change_the_training()
    {
        run.Train(request => request with { ResultsPath = run.File("without") });
        var rows = Write($"Prompt,MaxChange\n{Prompt},1\n");
        run.Train(null, trainer => trainer with { KeepIf = rows });
        Assert.Equal(
            CheckpointStore.List(run.File("without")).Select(info => info.Loss), CheckpointStore.List(run.Results).Select(info => info.Loss));
        run.Train(null, trainer => trainer with { KeepIf = rows, TrainNumSteps = 6 });
        Assert.Equal(6, CheckpointStore.Latest(run.Results).Step);
    }

    [Fact]
    public void Invalid_rows_are_reported_before_anything_is_generated()
    {
        var rows = Write("Prompt,Color\na cow,rde\n");
        var error = Assert.Throws<TinySoraException>(() => run.Train(null, trainer => trainer with { KeepIf = rows }));
        Assert.Equal("TinySora.Evaluation.BadExpectations", error.Id);
        Assert.False(Directory.Exists(run.Results));
    }

    [Fact]
    public void Run_asked_to_stop_saves_without_finishing_the_test()
    {
        var rows = Write($"Prompt,MaxChange\n{Prompt},1\n");
        using var stop = new CancellationTokenSource();
        var request = new TrainingRequest
        {
            Config = TinyRun.Config with { Trainer = TinyRun.Config.Trainer with { KeepIf = rows } }, DataPath = run.Data, ResultsPath = run.Results, Device = "cpu",
        };
        var result = TrainingSession.Run(request, new Stopper(stop), stop.Token);
        Assert.Equal((RunState.Cancelled, 2), (result.StoppedBecause, result.Step));
        Assert.Equal("not tested", $"{Assert.Single(CheckpointStore.List(run.Results)).Rows}");
        Assert.Equal(4, run.Train(null, trainer => trainer with { KeepIf = rows }).Step);
    }

    /// <summary>Asks the run to stop while rows are tested.</summary>
    private sealed class Stopper(CancellationTokenSource stop) : ITrainingObserver
    {
        public void Starting(string what)
        {
            if (what == "testing rows, 0 of 1")
            {
                stop.Cancel();
            }
        }

        public void Progress(TrainingProgress progress)
        {
        }

        public void StepCompleted(TrainingStep step)
        {
        }

        public void Message(string text)
        {
        }

        public void Warning(string text)
        {
        }
    }

    private string Write(string text)
    {
        File.WriteAllText(run.File("rows.csv"), text);
        return run.File("rows.csv");
    }

    private static double ChangeOf(string checkpoint)
    {
        using var generator = VideoGenerator.Open(checkpoint, "cpu");
        return ModelTest.Run(generator, [new Expectation(1, Prompt, 1)]).Single().Result.Change;
    }
}
