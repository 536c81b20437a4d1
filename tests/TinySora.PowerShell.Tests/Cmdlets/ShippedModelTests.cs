namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>The model that comes with the module, in a folder where nothing was trained.</summary>
[Collection(nameof(CmdletTests))]
public sealed class ShippedModelTests : IDisposable
{
    private static readonly string s_model = Path.Combine(Workspace.ModuleFolder, "models", "shapes-small.safetensors");

    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void A_prompt_is_answered_without_any_training_and_the_recipe_finds_the_model_again()
    {
        var run = workspace.Good("Invoke-TinySoraGenerate 'a red circle moving right' -Seed 1");
        Assert.Equal(s_model, Assert.Single(run.Values("Checkpoint")));
        workspace.Good("Get-TinySoraRecipe results/*.gif | Invoke-TinySoraGenerate");
        var files = workspace.Names("results");
        Assert.Equal(["a_red_circle.gif", "a_red_circle_remade.gif"], files);
        Assert.Equal(File.ReadAllBytes(workspace.At("results", files[0])), File.ReadAllBytes(workspace.At("results", files[1])));
    }

    [Fact]
    public void It_is_small_and_says_how_it_was_made_and_what_it_reaches()
    {
        Assert.InRange(new FileInfo(s_model).Length, 1_000_000, 10_000_000);
        var note = Assert.IsType<string>(Assert.Single(workspace.Good($"Get-TinySoraCheckpoint '{s_model}'").Values("Note")));
        Assert.Contains("examples/train-shapes-small.ps1", note, StringComparison.Ordinal);
        Assert.Contains("Motion", note, StringComparison.Ordinal);
    }

    [Fact]
    public void It_obeys_words_of_colour_shape_and_motion_in_combinations_that_it_never_saw()
    {
        var run = workspace.Good("Measure-TinySoraAdherence -Summary");
        var obeyed = run.Values("Aspect").Cast<string>().Zip(run.Values("Obeyed").Cast<int>()).ToDictionary();
        Assert.Equal([24, 24, 24, 24, 24], run.Values("Clips"));
        Assert.InRange(obeyed["Colour"], 23, 24);
        Assert.InRange(obeyed["Shape"], 20, 24);
        Assert.InRange(obeyed["Motion"], 19, 24);
    }

    [Fact]
    public void A_folder_of_ones_own_training_goes_first()
    {
        workspace.Trained();
        var run = workspace.Good("Invoke-TinySoraGenerate 'a red circle'");
        Assert.Equal(workspace.At("saved_models", "step-00000003.safetensors"), Assert.Single(run.Values("Checkpoint")));
    }
}
