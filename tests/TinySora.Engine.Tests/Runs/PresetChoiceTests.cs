using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Tests.Runs;

public sealed class PresetChoiceTests : IDisposable
{
    private readonly TinyRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Choice_is_reported_with_the_steps_that_the_time_allows()
    {
        var request = Offering(10);
        var (settled, message) = PresetChoice.Chosen(request, Costs(0.08, 0.04, 0.2), TimeSpan.FromSeconds(20));
        Assert.Null(settled.Offers);
        Assert.Equal((new TrainingSpan(14500), 10), (settled.Config.Trainer.TrainNumSteps, settled.Config.Trainer.TrainMinutes));
        Assert.Equal(8, settled.Config.Trainer.TrainBatchSize);
        Assert.Equal(
            "Preset shapes-lean is the most promising for 10 min 0 s: about 14500 steps of 8 clips at a learning rate of 0.0015 (0.040 s per step; shapes-quick 0.080 s, "
            + "shapes-small 0.200 s). Expected correct clips in the shapes world: colors 100 %, motions 100 %, shapes 98 %.", message);
    }

    [Fact]
    public void Unreachable_adherence_is_reported_with_the_time_that_it_takes()
    {
        var (_, message) = PresetChoice.Chosen(Offering(3), Costs(0.2, 0.3, 2), TimeSpan.FromSeconds(9));
        Assert.Matches(@"^Preset shapes-quick is the most promising .+ world: colors \d+ %, motions \d+ %, shapes 0 %; with -Budget \d\dmin, at least 80 % each\.$", message);
    }

    [Fact]
    public void Presets_not_measured_for_lack_of_time_are_named()
    {
        var (_, message) = PresetChoice.Chosen(Offering(10), Costs(0.08, 0.04), TimeSpan.FromSeconds(20));
        Assert.Contains("(0.040 s per step; shapes-quick 0.080 s; no time to measure shapes-small).", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_starts_from_the_bundled_model()
    {
        var offer = Offering(3).Offers!.Single(offer => offer.Name == "shapes-lean") with { InitialCheckpoint = "model.safetensors" };
        var request = new TrainingRequest { Config = offer.Config, Offers = [offer] };
        var (settled, message) = PresetChoice.Chosen(request, Costs(0.08, 0.04, 0.2), TimeSpan.FromSeconds(2));
        Assert.Equal("model.safetensors", settled.InitialCheckpoint);
        Assert.StartsWith("The bundled model shapes-lean is fine-tuned for 3 min 0 s: about 4450 steps of 8 clips", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Expected_result_for_videos_comes_from_a_test_with_eight_videos()
    {
        var config = ConfigFile.Parse(Presets.Text("films"), "films");
        var offer = new OfferedPreset("films", config with { Trainer = config.Trainer with { TrainMinutes = 30 } });
        var cost = Costs(0.2).Values.First() with { Config = "films" };
        var (_, message) = PresetChoice.Chosen(
            new TrainingRequest { Config = offer.Config, Offers = [offer] }, new Dictionary<string, TrainingCost> { ["films"] = cost }, TimeSpan.Zero);
        Assert.Matches(@"^The captions are not from the shapes world, so preset films is trained for 30 min 0 s: about 9000 steps of 4 clips .+ Correct clips in a test with eight videos: motions \d+ %, scenes \d+ %", message);
    }

    [Fact]
    public void Time_too_short_to_learn_anything_is_refused_with_the_time_needed()
    {
        var error = Assert.Throws<TinySoraException>(() => PresetChoice.Chosen(Offering(0.2), Costs(0.2, 0.1, 1), TimeSpan.FromSeconds(5)));
        Assert.Equal("TinySora.Training.BudgetTooShort", error.Id);
        Assert.Contains("-Budget 15s", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Preset_that_does_not_fit_into_memory_is_skipped()
    {
        var costs = Costs(0.08, 0.04, 0.2);
        var some = new Dictionary<string, TrainingCost>(costs) { ["shapes-lean"] = costs["shapes-lean"] with { FreeBytes = 0 } };
        Assert.StartsWith("Preset shapes-quick", PresetChoice.Chosen(Offering(3), some, TimeSpan.Zero).Message, StringComparison.Ordinal);

        var none = costs.ToDictionary(cost => cost.Key, cost => cost.Value with { FreeBytes = 0 });
        Assert.Equal("TinySora.Training.NothingFits", Assert.Throws<TinySoraException>(() => PresetChoice.Chosen(Offering(3), none, TimeSpan.Zero)).Id);
    }

    [Fact]
    public void Existing_run_keeps_its_chosen_preset()
    {
        // Not the first preset offered, and with a different time.
        var other = TinyRun.Config with { Trainer = TinyRun.Config.Trainer with { TrainLr = 0.5, TrainMinutes = 5 } };
        run.Train(request => request with { MaxSteps = 2 }, trainer => trainer with { TrainMinutes = 2 });
        var request = new TrainingRequest
        {
            Config = other, ResultsPath = run.Results, DataPath = run.Data, Device = "cpu",
            Offers = [new("other", other), new("its own", TinyRun.Config with { Trainer = TinyRun.Config.Trainer with { TrainMinutes = 5 } })],
        };
        var (settled, message) = PresetChoice.Make(request, null, default);
        Assert.Null(message);
        Assert.Null(settled.Offers);
        Assert.Equal((TinyRun.Config.Trainer.TrainLr, 5), (settled.Config.Trainer.TrainLr, settled.Config.Trainer.TrainMinutes));

        var strange = new TrainingRequest { Config = other, ResultsPath = run.Results, DataPath = run.Data, Device = "cpu", Offers = [new("other", other)] };
        var error = Assert.Throws<TinySoraException>(() => run.Train(_ => strange));
        Assert.Equal("TinySora.Training.OtherConfiguration", error.Id);
        Assert.Contains("trainer.train_lr", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Presets_are_measured_and_the_run_uses_one_of_them()
    {
        var config = TinyRun.Config with { Trainer = TinyRun.Config.Trainer with { TrainMinutes = 60 } };
        List<OfferedPreset> offers = [.. MeasuredPreset.All.Select(preset => new OfferedPreset(preset.Name, config))];
        var result = run.Train(request => request with { Offers = offers, MaxSteps = 2 });
        Assert.Equal(2, result.Step);
        Assert.Contains(run.Observer.Announcements, text => text.StartsWith("Preset shapes-", StringComparison.Ordinal));
    }

    [Fact]
    public void Offered_presets_reach_the_process_of_a_queued_run()
    {
        var request = Offering(10);
        var read = RunJson.Read<TrainingRequest>(RunJson.Write(request));
        Assert.Equal(Texts(request), Texts(read));

        static IEnumerable<string> Texts(TrainingRequest request) => request.Offers!.Select(offer => offer.Name + ConfigFile.ToYaml(offer.Config));
    }

    private static TrainingRequest Offering(double minutes)
    {
        var offers = MeasuredPreset.All.Select(preset =>
        {
            var config = ConfigFile.Parse(Presets.Text(preset.Name), preset.Name);
            return new OfferedPreset(preset.Name, config with { Trainer = config.Trainer with { TrainMinutes = minutes } });
        }).ToList();
        return new TrainingRequest { Config = offers[0].Config, Offers = offers };
    }

    private static Dictionary<string, TrainingCost> Costs(params double[] seconds) => MeasuredPreset.All.Zip(seconds).ToDictionary(
        item => item.First.Name, item => new TrainingCost
        {
            Config = item.First.Name, Device = "cpu", Threads = 1, Precision = "float32", BatchSize = 16, ClipsPerStep = 16, Steps = 1, Parameters = 1,
            StateBytes = 16, CheckpointBytes = 16, SecondsPerStep = item.Second,
        });
}
