using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Commands that use a trained autoencoder.</summary>
[Collection(nameof(CmdletTests))]
public sealed class LatentTests(LatentTests.Autoencoder trained) : IClassFixture<LatentTests.Autoencoder>
{
    private readonly Workspace workspace = trained.Workspace;

    [Fact]
    public void Clips_are_measured_individually_or_together()
    {
        var run = workspace.Good("Measure-TinySoraReconstruction vae films");
        Assert.Equal([workspace.At("films", "00000.gif"), workspace.At("films", "00001.gif"), workspace.At("films", "00002.gif")], run.Values("Path"));
        Assert.All(run.Values("Psnr"), psnr => Assert.InRange((double)psnr!, 3, 60));
        Assert.All(run.Values("Codes"), Assert.Null);
        var summary = workspace.Good("Get-TinySoraCheckpoint vae | Measure-TinySoraReconstruction -DataPath films -Summary");
        Assert.Equal([3], summary.Values("Clips"));
        Assert.Equal(run.Values("Mse").Cast<double>().Average(), (double)Assert.Single(summary.Values("Mse"))!, 1e-9);
        Assert.Contains(" Lpips ", run.Output, StringComparison.Ordinal);
        Assert.Contains(" Lpips ", summary.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Reconstructions_are_written_except_with_WhatIf()
    {
        workspace.Good("Measure-TinySoraReconstruction vae films -OutputPath shown -WhatIf");
        Assert.False(Directory.Exists(workspace.At("shown")));
        workspace.Good("Measure-TinySoraReconstruction vae films -OutputPath shown -WhatIf:$false");
        Assert.Equal(["00000.gif", "00001.gif", "00002.gif"], workspace.Names("shown"));
        workspace.Bad("Measure-TinySoraReconstruction vae films -OutputPath shown", "TinySora.Data.OutputExists", ErrorCategory.ResourceExists);
        Assert.Equal(3, workspace.Good("Measure-TinySoraReconstruction vae films -OutputPath shown -Force").Objects.Count);
    }

    [Fact]
    public void Clips_become_a_npy_file_and_then_videos_again()
    {
        var file = workspace.Good("Export-TinySoraLatent vae film* out -Frames 4 -WhatIf:$false");
        Assert.Equal(["(3, 4, 4, 8, 8)"], file.Values("Shape"));
        Assert.Single(workspace.Names("out", "films__*_latents_4frames_train.npy"));
        var videos = workspace.Good("ConvertFrom-TinySoraLatent out/*.npy vae -OutputPath decoded -Index 0, 2");
        Assert.Equal([workspace.At("decoded", "00000.gif"), workspace.At("decoded", "00002.gif")], videos.Values("Path"));
        Assert.Equal([4, 4], videos.Values("Frames"));
        workspace.Bad("ConvertFrom-TinySoraLatent out/*.npy vae -OutputPath decoded -Index 0", "TinySora.Generation.OutputExists", ErrorCategory.ResourceExists);
        workspace.Bad("ConvertFrom-TinySoraLatent out/*.npy vae -OutputPath decoded -Index 3", "TinySora.Input.NoSuchClip", ErrorCategory.InvalidArgument);
        workspace.Bad("Export-TinySoraLatent vae films out -Frames 4", "TinySora.Data.OutputExists", ErrorCategory.ResourceExists);
    }

    [Fact]
    public void One_file_per_video_is_encoded_and_decoded_in_one_line()
    {
        workspace.Good("Export-TinySoraLatent vae films each -As PerVideo -WhatIf");
        Assert.False(Directory.Exists(workspace.At("each")));
        var videos = workspace.Good("Export-TinySoraLatent vae films each -As PerVideo | ConvertFrom-TinySoraLatent -Checkpoint vae -OutputPath back -Format gif");
        Assert.Equal(["00000.gif.safetensors", "00001.gif.safetensors", "00002.gif.safetensors"], workspace.Names("each"));
        Assert.Equal(["00000.gif", "00001.gif", "00002.gif"], workspace.Names("back"));
        Assert.Equal([4, 4, 4], videos.Values("Frames"));
        Assert.Equal(3, workspace.Good("ConvertFrom-TinySoraLatent each vae -OutputPath again").Objects.Count);
    }

    [Fact]
    public void Exported_latents_are_decoded_from_their_folder_or_the_pipeline()
    {
        workspace.Good("Export-TinySoraLatent vae films folder -Frames 4");
        Assert.Equal([0, 1, 2], workspace.Good("ConvertFrom-TinySoraLatent folder vae -OutputPath from-folder").Values("Index"));
        Assert.Equal([0, 1, 2], workspace.Good("Get-Item folder | ConvertFrom-TinySoraLatent -Checkpoint vae -OutputPath from-item").Values("Index"));

        // Each uses its own autoencoder, which need not be named.
        var run = workspace.Good("& { Export-TinySoraLatent vae films piped -Frames 4; Export-TinySoraLatent vq films piped } | ConvertFrom-TinySoraLatent -OutputPath both");
        Assert.Equal(["vae", "vae", "vae", "vq", "vq", "vq"], run.Values("Checkpoint").Select(path => Path.GetFileName(Path.GetDirectoryName((string)path!))));
        Assert.Equal(6, workspace.Names("both", "*.gif").Distinct().Count());
        Assert.Equal([1, 0], workspace.Good("ConvertFrom-TinySoraLatent folder vae -Index 1, 1, 0 -OutputPath twice").Values("Index"));
        workspace.Bad("ConvertFrom-TinySoraLatent folder", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
    }

    [Fact]
    public void Single_autoencoder_in_the_folder_need_not_be_named()
    {
        using var other = new Workspace();
        other.Good($"Copy-Item '{workspace.At("vae")}' . -Recurse; Export-TinySoraLatent vae '{workspace.At("films")}' out -Frames 4");
        Assert.Equal(3, other.Good("ConvertFrom-TinySoraLatent out").Objects.Count);
    }

    [Fact]
    public void Request_that_the_autoencoder_does_not_support_is_refused_with_an_alternative()
    {
        var error = workspace.Bad("Export-TinySoraLatent vae films none -Tokens -Frames 4", "TinySora.Latent.NoQuantizer", ErrorCategory.InvalidArgument);
        Assert.Contains("_vq", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        workspace.Bad("Export-TinySoraLatent vae films none", "TinySora.Latent.FramesNeeded", ErrorCategory.InvalidArgument);
        error = workspace.Bad("Measure-TinySoraReconstruction vae films -ImageSize 15", "TinySora.Model.NotDivisible", ErrorCategory.InvalidArgument);
        Assert.Contains("14 or 16", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        workspace.Bad("Measure-TinySoraReconstruction nowhere films", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
        error = workspace.Bad("Measure-TinySoraReconstruction vae films -VggPath nowhere", "TinySora.Model.LpipsFileNamed", ErrorCategory.ObjectNotFound);
        Assert.Contains("-VggPath", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain("vgg_path", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.At("none")));
    }

    [Fact]
    public void Decoded_tokens_equal_the_reconstruction_and_codes_are_counted()
    {
        var file = workspace.Good("Export-TinySoraLatent vq films tokens -Tokens");
        Assert.Equal(["(3, 1, 4, 4)"], file.Values("Shape"));
        Assert.Single(workspace.Names("tokens", "films__*_tokens_4frames_train.npy"));
        workspace.Good("ConvertFrom-TinySoraLatent tokens/*.npy vq -OutputPath of-tokens");
        workspace.Good("Export-TinySoraLatent vq films vectors | ConvertFrom-TinySoraLatent -Checkpoint vq -OutputPath of-vectors");
        Assert.Equal(
            File.ReadAllBytes(workspace.At("of-vectors", "00001.gif")), File.ReadAllBytes(workspace.At("of-tokens", "00001.gif")));
        Assert.All(workspace.Good("Measure-TinySoraReconstruction vq films").Values("Codes"), codes => Assert.InRange((int)codes!, 1, 16));
        var usage = (double)Assert.Single(workspace.Good("Measure-TinySoraReconstruction vq films -Summary").Values("CodebookUsage"))!;
        Assert.InRange(usage, 1.0 / 32, 1);

        workspace.Bad("Export-TinySoraLatent vq films each -As PerVideo -Tokens", "TinySora.Latent.NoPosterior", ErrorCategory.InvalidArgument);

        // With another autoencoder they would decode to noise.
        var error = workspace.Bad("ConvertFrom-TinySoraLatent tokens/*.npy s8 -OutputPath no", "TinySora.Latent.OtherCodec", ErrorCategory.InvalidData);
        Assert.Contains("-ModelId", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Latents_are_examined_and_each_problem_has_advice()
    {
        var problems = workspace.Run("Test-TinySoraLatent s8 films");
        Assert.Empty(problems.Errors);
        Assert.All(problems.Values("Fix"), fix => Assert.EndsWith(".", (string)fix!, StringComparison.Ordinal));
        Assert.Equal([problems.Objects.Count == 0], workspace.Good("Test-TinySoraLatent s8 films -Quiet").Objects);
        Assert.Equal([0, 1, 2, 3], workspace.Good("Test-TinySoraLatent s8 films -Channel").Values("Channel"));
        var noise = workspace.Good("Test-TinySoraLatent vae films -Noise -Count 2");
        Assert.Equal(0.0, noise.Values("Noise")[0]);
        Assert.True((double)noise.Values("Psnr")[0]! > (double)noise.Values("Psnr")[^1]!);
    }

    [Fact]
    public void Published_command_is_refused_with_the_variant_that_has_tokens()
    {
        var error = workspace.Bad("Export-TinySoraLatent s8 films none -Tokens", "TinySora.Latent.NoQuantizer", ErrorCategory.InvalidArgument);
        Assert.Contains("s4t4_b_vq instead of s8_b", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
    }

    /// <summary>Three clips of four frames in ./films, and autoencoders in ./vae (single frames), ./vq (with a codebook) and ./s8.</summary>
    public sealed class Autoencoder : IDisposable
    {
        public Autoencoder()
        {
            Workspace.Good("New-TinySoraDataset films -Count 3 -Frames 4 -ImageSize 16");
            Workspace.Write("frames.yaml", FrameTrainingTests.Tiny);
            Workspace.Good("Start-TinySoraTraining frames.yaml -DataPath films -ResultsPath vae -MaxSteps 3");
            foreach (var (name, variant) in new[] { ("vq", "s4t4_b_vq"), ("s8", "s8_b") })
            {
                var config = VideoAutoencoderTests.Config.Replace("{0}", variant, StringComparison.Ordinal);
                Workspace.Write($"{name}.yaml", config.Replace("validate_every: 2 epochs", "validate_every: 0", StringComparison.Ordinal)
                    .Replace("best_by: val.recon", "best_by: loss", StringComparison.Ordinal));
                Workspace.Good($"Start-TinySoraTraining {name}.yaml -DataPath films -ResultsPath {name} -MaxSteps 3");
            }
        }

        public Workspace Workspace { get; } = new();

        public void Dispose() => Workspace.Dispose();
    }
}
