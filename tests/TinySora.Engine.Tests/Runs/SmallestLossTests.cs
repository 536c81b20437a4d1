using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.DiffusionModels;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Runs;
using TinySora.Engine.Studio;
using TinySora.Engine.Tests.Configuration;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Runs;

public sealed class SmallestLossTests
{
    [Fact]
    public void Run_on_shapes_shows_the_smallest_possible_loss_in_its_status_and_under_its_curves()
    {
        using var run = new TinyRun();
        DrawShapes(run);
        run.Train(request => Shapes(request, run) with { MaxSteps = 2 });

        var expected = new DenoisingLoss(NoiseSchedule.Cosine(10), Objective.Noise, LossKind.L2).Mean(TimestepDistribution.Uniform, ShapesLimit.OfPixels())!.Value;
        Assert.InRange(expected, 0.0001, 0.5);
        Assert.Equal(expected, TrainingRun.List(run.Results).Single().SmallestLoss);
        Assert.Equal(expected, TrainingRun.SmallestLossOf(run.Results));
        Assert.Contains(FormattableString.Invariant($"smallest possible: {expected:0.0000}"), File.ReadAllText(Path.Combine(run.Results, "dashboard.html")), StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"\"smallestLoss\":{expected}"), RunReport.Of([run.Results]), StringComparison.Ordinal);
        Assert.NotEqual(LossCurve.Draw(run.Results).Pixels, LossCurve.Draw(run.Results, expected).Pixels);
    }

    [Theory]
    [InlineData("other clips")]
    [InlineData("mean absolute error")]
    [InlineData("flipped clips")]
    public void Smallest_loss_of_other_runs_is_unknown(string what)
    {
        using var run = new TinyRun();
        DrawShapes(run, frames: what == "other clips" ? 4 : 5);
        run.Train(request =>
        {
            var shapes = Shapes(request, run);
            var family = (PixelUNetConfig)shapes.Config.Family;
            return what switch
            {
                "other clips" => shapes with { Config = shapes.Config with { Family = family with { Diffusion = family.Diffusion with { Frames = 4 } } } },
                "flipped clips" => shapes with { Config = shapes.Config with { Trainer = shapes.Config.Trainer with { HorizontalFlip = true } } },
                _ => shapes with { Config = shapes.Config with { Family = family with { Diffusion = family.Diffusion with { LossType = LossKind.L1 } } } },
            } with { MaxSteps = 1 };
        });
        Assert.Null(TrainingRun.SmallestLossOf(run.Results));
        Assert.DoesNotContain("smallest possible", File.ReadAllText(Path.Combine(run.Results, "dashboard.html")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("diffusion.noise_shift=2; diffusion.objective=v; diffusion.levels=logit_normal", true)]
    [InlineData("latents.normalize=all", false)]
    [InlineData("latents.normalize=none", false)]
    [InlineData("latents.scale=0.5", false)]
    [InlineData("latents.sample=true", false)]
    [InlineData("diffusion.motion_weight=1", false)]
    [InlineData("latents.codec=", true)]
    public void Smallest_loss_of_latents_is_known_only_if_they_are_standardized(string settings, bool isKnown)
    {
        using var run = new TinyRun();
        DrawShapes(run);
        run.Train(request =>
        {
            var family = FamilyConfigs.Create("latent-transformer")!;
            var text = File.ReadAllText(Repository.At("configs", "shapes-lean.yaml"))
                .Replace("codec: clips-vae ", $"codec: \"{Repository.At("models", "clips-vae.safetensors")}\" ", StringComparison.Ordinal);
            var config = ConfigFile.Parse(text, "shapes-lean.yaml", Settings.Several(family, "unet.dim=8; " + settings, run.File(".")));
            return request with { Config = config, DataPath = run.File("shapes"), MaxSteps = 1 };
        });
        Assert.Equal(isKnown, TrainingRun.SmallestLossOf(run.Results) is > 0.001 and < 1);
    }

    /// <summary>Draws a clip of each combination in the dataset.</summary>
    private static void DrawShapes(TinyRun run, int frames = 5) => Assert.Equal(
        168, DatasetWriter.Draw(run.File("shapes"), DatasetKinds.Shapes, new DrawOptions { Count = 168, Seed = 1, Frames = frames }).Count());

    private static TrainingRequest Shapes(TrainingRequest request, TinyRun run)
    {
        var family = (PixelUNetConfig)request.Config.Family;
        return request with
        {
            DataPath = run.File("shapes"),
            Config = request.Config with { Family = family with { Diffusion = family.Diffusion with { Height = 32, Frames = 5, LossType = LossKind.L2 } } },
        };
    }
}
