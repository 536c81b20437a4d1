using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

[Collection(nameof(CmdletTests))]
public sealed class AdherenceTests(TrainedWorkspace trained) : IClassFixture<TrainedWorkspace>
{
    private readonly Workspace workspace = trained.Workspace;

    [Fact]
    public void Unseen_combinations_are_the_default_prompts()
    {
        var run = workspace.Good("Measure-TinySoraAdherence");
        Assert.Equal(24, run.Objects.Count);
        Assert.All(run.Values("HeldOut"), h => Assert.True((bool)h!));
        Assert.Equal(24, run.Values("Prompt").Distinct().Count());
    }

    [Fact]
    public void Recipes_are_chosen_and_evaluated_on_different_combinations()
    {
        var tuned = workspace.Good("Measure-TinySoraAdherence -Split Tuned");
        Assert.Equal(24, tuned.Values("Prompt").Distinct().Count());
        Assert.All(tuned.Values("HeldOut"), h => Assert.False((bool)h!));
        workspace.Good("New-TinySoraDataset tuning -Kind Shapes -ExcludeTuned -Count 288 -ImageSize 8 -Frames 1");
        var captions = workspace.Names("tuning", "*.txt").Select(name => File.ReadAllText(workspace.At("tuning", name)).Trim()).ToList();
        Assert.Equal(144, captions.Distinct().Count());
        Assert.Empty(captions.Intersect(tuned.Values("Prompt").Cast<string>()));
    }

    [Fact]
    public void Summary_counts_clips_by_aspect()
    {
        var run = workspace.Good("Get-TinySoraCheckpoint | Measure-TinySoraAdherence -Prompt 'a red circle growing','a blue star moving up' -Count 2 -Summary");
        Assert.Equal(["Color", "Shape", "Motion", "All three", "One connected object"], run.Values("Aspect"));
        Assert.All(run.Values("Clips"), c => Assert.Equal(4, c));
    }

    [Fact]
    public void Prompt_outside_the_shapes_world_is_refused() => workspace.Bad(
        "Measure-TinySoraAdherence -Prompt 'a cow'", "TinySora.Evaluation.NotAShapesPrompt", ErrorCategory.InvalidArgument);

    [Fact]
    public void Prompts_from_a_sprite_world_are_drawn_from_a_part_of_it()
    {
        workspace.WriteSprites("pictures");

        const string Line = "Measure-TinySoraAdherence -World Sprites -Source pictures";
        var run = workspace.Good($"{Line} -PromptCount 3 -Count 2");
        Assert.Equal([0L, 1, 2, 3, 4, 5], run.Values("Seed").Cast<long>());
        Assert.Equal(3, run.Values("Prompt").Distinct().Count());
        Assert.All(run.Values("HeldOut"), heldOut => Assert.True((bool)heldOut!));
        Assert.Equal(run.Values("Prompt").Distinct(), workspace.Good($"{Line} -PromptCount 3").Values("Prompt"));
        Assert.All(workspace.Good($"{Line} -PromptCount 2 -Split Trained -Content Relation").Values("Content"), content => Assert.Equal("Relation", $"{content}"));

        var summary = workspace.Good($"{Line} -Prompt 'a cat jumping', 'a wolf left of an owl' -Summary");
        Assert.Equal(["Noun", "Count", "Motion", "Relation", "All", "All of One", "All of Relation"], summary.Values("Aspect"));
        Assert.Equal([2, 2, 1, 1, 2, 1, 1], summary.Values("Clips").Cast<int>());

        workspace.Bad($"{Line} -Prompt 'a cow jumping'", "TinySora.Evaluation.NotASpritePrompt", ErrorCategory.InvalidArgument);
        workspace.Bad($"{Line} -Word pink", "TinySora.Evaluation.WordOfShapes", ErrorCategory.InvalidArgument);
        workspace.Bad("Measure-TinySoraAdherence -Source pictures", "TinySora.Evaluation.ParameterOfSprites", ErrorCategory.InvalidArgument);
    }
}
