using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Tests.Training.Checkpoints;

public sealed class ModelNameTests
{
    [Theory]
    [InlineData("runs/films 3000", "clips", "runs", "films", "step-00003000.safetensors")]
    [InlineData("saved_models 400", "clips", "saved_models", "step-00000400.safetensors")]
    [InlineData("step 400", "step-00000400.safetensors")]
    [InlineData("shapes-lean", "models", "shapes-lean.safetensors")]
    [InlineData("shapes-lean", "shapes-lean.safetensors")]
    public void Model_is_named_after_its_run_and_step_or_its_file(string name, params string[] parts)
    {
        Assert.Equal(name, ModelName.Of(Path.Combine(parts)));
        if (parts.Length > 1)
        {
            Assert.Equal(name, ModelName.Of(Path.Combine([Path.GetTempPath(), .. parts])));
        }
    }
}
