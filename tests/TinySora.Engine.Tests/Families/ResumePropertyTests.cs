using CsCheck;
using TinySora.Engine.Configuration;
using TinySora.Engine.Tests.Configuration;

namespace TinySora.Engine.Tests.Families;

/// <summary>A run of each family, interrupted at random steps.</summary>
public sealed class ResumePropertyTests : VideoRuns
{
    private const int Steps = 5;

    [Theory]
    [InlineData("pixel-unet")]
    [InlineData("video-autoencoder")]
    [InlineData("frame-autoencoder")]
    [InlineData("latent-transformer")]
    [InlineData("token-model")]
    public void Run_resumed_at_any_steps_equals_an_uninterrupted_one(string family)
    {
        if (family == "token-model")
        {
            Run("codec1", ConfigFile.Parse(KeyEffects.TokenCodec, "codec"), 1);
        }

        var config = ConfigFile.Parse(KeyEffects.Base(family).Replace("~", folder.Path, StringComparison.Ordinal), family);
        config = config with { Trainer = config.Trainer with { TrainNumSteps = Steps, NumSampleRows = 0, SampleEvery = 0, ValidateEvery = 0 } };
        Run("whole", config, Steps);
        Gen.Int[1, Steps - 1].HashSet[1, 2].Check(1, stops =>
        {
            var parts = $"parts {Guid.NewGuid()}";
            stops.Order().Append(Steps).ToList().ForEach(step => Run(parts, config, step));
            Assert.Equal(Tensors("whole"), Tensors(parts));
        });
    }
}
