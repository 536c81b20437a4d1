using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class ExperimentTests : IDisposable
{
    private const string Four = "Start-TinySoraTraining tiny.yaml -Set @{ 'trainer.train_lr' = 1e-4, 3e-4; 'diffusion.objective' = 'v', 'noise' }";
    private const string Two = "Start-TinySoraTraining tiny.yaml -Set @{ 'trainer.seed' = 1, 2 }";

    private static readonly string[] Names =
        ["objective=v+train_lr=0.0001", "objective=v+train_lr=0.0003", "objective=noise+train_lr=0.0001", "objective=noise+train_lr=0.0003"];

    private readonly Workspace workspace = new();

    public ExperimentTests() => workspace.Good("New-TinySoraDataset data -Count 4 -ImageSize 16 -Frames 2");

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Lists_of_values_become_runs_and_rerunning_completes_the_missing_ones()
    {
        // One run is interrupted, one completed.
        workspace.Good($"Start-TinySoraTraining tiny.yaml -Set @{{ 'trainer.train_lr' = 3e-4; 'diffusion.objective' = 'v' }} -ResultsPath runs/{Names[1]} -MaxSteps 2");
        workspace.Good($"Start-TinySoraTraining tiny.yaml -Set @{{ 'trainer.train_lr' = 1e-4; 'diffusion.objective' = 'noise' }} -ResultsPath runs/{Names[2]}");

        var run = workspace.Good(Four + " -Verbose");
        Assert.Equal(Names.Select(name => workspace.At("runs", name)), run.Values("ResultsPath"));
        Assert.Equal(["Completed", "Completed", "AlreadyComplete", "Completed"], run.Values("StoppedBecause"));
        Assert.Equal([3, 3, 3, 3], run.Values("Step"));
        Assert.Single(run.Verbose, v => v.Contains(": Continuing", StringComparison.Ordinal) && v.Contains("step-00000002", StringComparison.Ordinal));
        Assert.Contains("objective: \"noise\"", File.ReadAllText(workspace.At("runs", Names[3], "config.yaml")), StringComparison.Ordinal);
        Assert.Equal(["AlreadyComplete"], workspace.Good(Four).Values("StoppedBecause").Distinct());
        Assert.False(Directory.Exists(workspace.At("saved_models")));
    }

    [Fact]
    public void WhatIf_shows_every_run_and_starts_none()
    {
        var shown = workspace.Good(Four + " -ResultsPath lab -WhatIf");
        Assert.All(Names, name => Assert.Contains(workspace.At("lab", name), shown.Output, StringComparison.Ordinal));
        Assert.False(Directory.Exists(workspace.At("lab")));
        Assert.Single(workspace.Run(Four, confirm: _ => true).Values("Step").Distinct());
    }

    [Fact]
    public void Single_value_replaces_the_one_in_the_file_and_is_not_an_experiment()
    {
        var run = workspace.Good("Start-TinySoraTraining tiny.yaml -Set @{ 'trainer.train_num_steps' = 2; 'model.dim_mults' = 1, 2 }");
        Assert.Equal((workspace.At("saved_models"), 2), (Assert.Single(run.Values("ResultsPath")), Assert.Single(run.Values("Step"))));
    }

    [Fact]
    public void Warnings_name_their_run()
    {
        var warnings = workspace.Good("Start-TinySoraTraining tiny.yaml -Set @{ 'trainer.seed' = 1, 2; 'trainer.keep_checkpoints' = 0 }").Warnings;
        Assert.All(["seed=1: ", "seed=2: "], name => Assert.Single(warnings, text => text.StartsWith(name + "trainer.keep_checkpoints", StringComparison.Ordinal)));
    }

    [Fact]
    public void Failed_run_is_one_error_and_the_others_continue()
    {
        workspace.Good("Start-TinySoraTraining tiny.yaml -BatchSize 1 -Seed 1 -ResultsPath runs/seed=1");
        workspace.Bad(Two, "TinySora.Training.OtherConfiguration", ErrorCategory.ResourceExists);
        Assert.Single(workspace.Names("runs/seed=2", "*.safetensors"));
    }

    [Fact]
    public void Stopping_the_pipeline_downstream_ends_the_run_and_starts_no_other()
    {
        var run = workspace.Good(Two + " -PassThru | Select-Object -First 1");
        Assert.Equal(workspace.At("runs", "seed=1"), Assert.Single(run.Values("ResultsPath")));
        Assert.Single(Directory.GetDirectories(workspace.At("runs")));
        Assert.Single(workspace.Names("runs/seed=1", "*.safetensors"));
    }

    [Fact]
    public void Job_trains_all_and_each_run_has_its_summary()
    {
        var session = workspace.Session();
        Assert.Equal(workspace.At("runs"), Assert.Single(session.Run(Two + " -AsJob -SummaryPath night.json").Values("ResultsPath")));
        var run = session.Run("Get-Job | Receive-Job -Wait");
        Assert.True(run.Errors.Count == 0, run.ErrorOutput);
        Assert.Equal([3, 3], run.Values("Step"));
        Assert.Equal(["night.seed=1.json", "night.seed=2.json"], workspace.Names(".", "night*"));
        Assert.Equal(["Completed", "Completed"], workspace.Good("Get-TinySoraRun runs").Values("State"));
    }

    [Fact]
    public void Wrong_keys_and_values_are_refused_before_any_training()
    {
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Set @{ 'trainer.lr' = 1 }", "TinySora.Config.UnknownKey", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Set @{ 'model.dim' = 8, 'x' }", "TinySora.Config.WrongType", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Set @{ 'model.dim' = 8, 3 }", "TinySora.Config.InvalidValue", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -Set @{ 'model.dim' = @() }", "TinySora.Config.NoValue", ErrorCategory.InvalidArgument);
        Assert.False(Directory.Exists(workspace.At("runs")));
    }

    [Fact]
    public void Folders_may_be_set_but_not_together_with_the_equivalent_parameter()
    {
        workspace.Bad("Start-TinySoraTraining tiny.yaml data -Set @{ training_data_dir = 'a', 'b' }", "TinySora.Input.SetTwice", ErrorCategory.InvalidArgument);
        workspace.Bad("Start-TinySoraTraining tiny.yaml -ResultsPath r -Set @{ 'Trainer.Results_folder' = 'a' }", "TinySora.Input.SetTwice", ErrorCategory.InvalidArgument);
        var run = workspace.Good("Start-TinySoraTraining tiny.yaml -MaxSteps 1 -Set @{ 'trainer.results_folder' = 'a', 'b'; training_data_dir = './data' }");
        Assert.Equal([workspace.At("a", "results_folder=a"), workspace.At("b", "results_folder=b")], run.Values("ResultsPath"));
    }

    [Fact]
    public void Runs_are_compared_by_loss_cost_and_samples()
    {
        workspace.Good(Two);
        var run = workspace.Good("Compare-TinySoraRun");
        Assert.Equal(workspace.Good("Get-TinySoraRun").Values("ResultsPath"), run.Values("ResultsPath"));
        Assert.Equal(["seed=1", "seed=2"], run.Values("Name"));
        Assert.Equal(["seed=1", "seed=2"], run.Values("Settings"));
        Assert.Equal([6L, 6L], run.Values("Clips"));
        Assert.Equal([null, null], run.Values("Adherence"));
        Assert.Contains("Settings", run.Output, StringComparison.Ordinal);

        var judged = workspace.Good("Get-TinySoraRun runs | Compare-TinySoraRun -Adherence -Count 2 -Prompt 'a red circle moving right', 'a blue star growing' -ContactSheet sheet.png");
        Assert.Equal([4, 4], judged.Values("Samples"));
        Assert.All(judged.Values("Adherence"), share => Assert.InRange((double)share!, 0, 1));
        Assert.True(File.Exists(workspace.At("sheet.png")));
        workspace.Bad("Compare-TinySoraRun -ContactSheet sheet.png", "TinySora.Input.OutputExists", ErrorCategory.ResourceExists);
        workspace.Good("Compare-TinySoraRun -ContactSheet sheet.png -Prompt 'any words' -Force");
        workspace.Bad("Compare-TinySoraRun -Adherence -Prompt 'any words'", "TinySora.Evaluation.NotAShapesPrompt", ErrorCategory.InvalidArgument);
        workspace.Bad("Compare-TinySoraRun nowhere", "TinySora.Training.NoRun", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void Run_without_a_checkpoint_is_an_error_but_listed_in_the_table()
    {
        workspace.Good(Two);
        workspace.Names("runs/seed=1", "*.safetensors").ToList().ForEach(name => File.Delete(workspace.At("runs/seed=1", name)));
        var run = workspace.Run("Compare-TinySoraRun -Adherence -Prompt 'a red circle moving right'");
        Assert.StartsWith("TinySora.Checkpoint.NoneInFolder", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal([0, 1], run.Values("Samples"));
    }
}
