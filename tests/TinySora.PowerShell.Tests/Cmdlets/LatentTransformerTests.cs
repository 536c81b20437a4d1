using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Commands for latent transformers, on clips of 4 frames of 16 x 16 pixels and their encodings by other programs.</summary>
[Collection(nameof(CmdletTests))]
public sealed class LatentTransformerTests : IDisposable
{
    /// <summary>{0}: the network; {1}: further sections.</summary>
    private const string Config = """
        family: latent-transformer
        training_data_dir: ./clips
        model: {0}
        clip: { frames: 4, height: 16 }
        latents: { codec: ./codec }
        diffusion: { timesteps: 50, sampler: ddim, sampling_steps: 5 }
        {1}
        trainer: { train_batch_size: 2, train_num_steps: 40, train_lr: 0.003, step_start_ema: 0, ema_decay: 0.9, update_ema_every: 1, seed: 1 }
        """;

    private const string Sizes = "depth: 2, hidden_size: 32, num_heads: 2, patch_size: 2";

    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Theory]
    [InlineData("{ architecture: st-dit, " + Sizes + ", learn_sigma: true }", "-Tokens")]
    [InlineData("{ architecture: st-dit, " + Sizes + ", learn_sigma: true }", "")]
    [InlineData("{ architecture: latte, " + Sizes + " }", "")]
    [InlineData("{ architecture: unet }", "")]
    public void Training_on_a_npy_file_of_latents_or_tokens_lowers_the_loss_and_generates_videos(string model, string kind)
    {
        TrainCodec("s4t4_b_vq");
        workspace.Good($"Export-TinySoraLatent codec clips lat {kind}");
        workspace.Write("dit.yaml", Text(model));
        var file = Assert.Single(workspace.Names("lat", "*.npy"));
        workspace.Good($"Start-TinySoraTraining dit.yaml lat/{file} run");
        AssertLearned("run");
        var video = workspace.Good("Invoke-TinySoraGenerate -Checkpoint run -Frames 8 -Width 32 -FramesPerSecond 5 -Seed 1");
        Assert.Equal([8], video.Values("Frames"));
        Assert.Equal([32], video.Values("Width"));
        Assert.Equal([TimeSpan.FromSeconds(8 / 5.0)], workspace.Good("Get-TinySoraDataset results").Values("Duration"));
    }

    [Fact]
    public void Predictions_in_latents_are_decoded_into_a_picture_next_to_the_video()
    {
        TrainCodec("s4t4_b_vq");
        workspace.Write("dit.yaml", Text("{ architecture: latte, " + Sizes + " }"));
        workspace.Good("Start-TinySoraTraining dit.yaml clips run -MaxSteps 2");
        var line = "Invoke-TinySoraGenerate -Checkpoint run -Seed 1 -GuessEvery 2 -OutputPath out -OutputName clip";
        Assert.Equal([workspace.At("out", "clip.guess-every-2.png")], workspace.Good(line).Values("GuessPath"));
        Assert.Equal([true], workspace.Good(line).Values("Skipped"));

        // The predictions at steps 2 and 4 of 5, each four frames of 16 pixels, enlarged six times.
        var (width, height) = workspace.PictureSize("out/clip.guess-every-2.png");
        Assert.InRange(width, 4 * 96, 5 * 96);
        Assert.InRange(height, 2 * 96, 4 * 96);
    }

    [Fact]
    public void Training_on_latents_of_each_video_samples_their_distributions()
    {
        workspace.Good("New-TinySoraDataset clips -Count 6 -ImageSize 16 -Frames 4");
        workspace.Write("codec.yaml", """
            family: frame-autoencoder
            training_data_dir: ./clips
            data: { height: 16, width: 16 }
            model: { frame_channels: 3, z_channels: 4, down_channels: [8, 16, 16], mid_channels: [16], down_sample: [true, true], attn_down: [false, false], norm_channels: 4 }
            loss: { perceptual_weight: 0, disc_weight: 0 }
            trainer: { train_batch_size: 4, train_num_steps: 3, seed: 1, results_folder: ./codec }
            """);
        workspace.Good("Start-TinySoraTraining codec.yaml");
        workspace.Good("Export-TinySoraLatent codec clips lat -As PerVideo");
        workspace.Write("dit.yaml", Text("{ architecture: latte-tutorial, " + Sizes + " }")
            .Replace("frames: 4,", "frames: 2, images: 2,", StringComparison.Ordinal).Replace("./codec }", "./codec, sample: true }", StringComparison.Ordinal));
        workspace.Good("Start-TinySoraTraining dit.yaml lat run -MaxSteps 10");

        // The autoencoder is needed again to decode.
        Directory.Move(workspace.At("codec"), workspace.At("elsewhere"));
        workspace.Good("Start-TinySoraTraining dit.yaml lat run");
        AssertLearned("run");
        workspace.Bad("Invoke-TinySoraGenerate -Checkpoint run -Steps 3", "TinySora.Model.CodecMissing", ErrorCategory.ObjectNotFound);
        workspace.Good("Start-TinySoraTraining dit.yaml lat anew -WhatIf");
        workspace.Good("Start-TinySoraTraining dit.yaml lat anew -MaxSteps 2");
        Directory.Move(workspace.At("elsewhere"), workspace.At("codec"));
        Assert.Equal([2], workspace.Good("Invoke-TinySoraGenerate -Checkpoint anew -Steps 3 -OutputPath other").Values("Frames"));
        Assert.Equal([2], workspace.Good("Invoke-TinySoraGenerate -Checkpoint run -Steps 3").Values("Frames"));
    }

    [Theory]
    [InlineData("concat")]
    [InlineData("cross")]
    [InlineData("cross-adaln")]
    public void Arrow_parts_of_captioned_videos_train_a_model_with_prompts(string form)
    {
        workspace.AddCorpus();
        TrainCodec("videogpt");
        workspace.Good("Export-TinySoraDataset captions.jsonl msr/videos/all arrow -TextEncoderPath clip -Parts 2 -Checkpoint codec -Device cpu");
        workspace.Write("dit.yaml", Text(
            $"{{ architecture: dit, {Sizes}, learn_sigma: true, conditioning: text, text_form: {form} }}", "text: { encoder: clip, path: ./clip }"));
        workspace.Bad(
            "Start-TinySoraTraining dit.yaml arrow other -Set @{ 'text.encoder' = 'none'; 'text.width' = 7 }", "TinySora.Model.StatesWidth", ErrorCategory.InvalidData);
        workspace.Good("Start-TinySoraTraining dit.yaml arrow run");
        AssertLearned("run");
        var made = workspace.Good("Invoke-TinySoraGenerate 'a red circle' -Checkpoint run -Seed 3");
        Assert.Equal([4], made.Values("Frames"));
        workspace.Bad("Invoke-TinySoraGenerate 'a red circle' -Checkpoint run -Frames 3 -Force", "TinySora.Model.NotWholePatches", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Videos_of_Arrow_parts_without_codes_are_encoded()
    {
        workspace.AddCorpus();
        TrainCodec("videogpt");
        workspace.Good("Export-TinySoraDataset captions.jsonl msr/videos/all arrow -TextEncoderPath clip -Parts 2 -Device cpu");
        workspace.Write("dit.yaml", Text($"{{ architecture: dit, {Sizes}, conditioning: text }}", "text: { encoder: clip, path: ./clip }")
            .Replace("frames: 4", "frames: 2", StringComparison.Ordinal));
        var error = workspace.Bad("Start-TinySoraTraining dit.yaml arrow run", "TinySora.Latent.NoIndices", ErrorCategory.InvalidData);
        Assert.Contains("clip.video_dir", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        var line = "Start-TinySoraTraining dit.yaml arrow {0} -MaxSteps 3 -Set @{ 'clip.video_dir' = 'msr/videos/all' }";
        var run = workspace.Good(line.Replace("{0}", "run", StringComparison.Ordinal));
        Assert.Equal([3], run.Values("Step"));

        // Equal to those of parts that contain the codes.
        workspace.Good("Export-TinySoraDataset captions.jsonl msr/videos/all coded -TextEncoderPath clip -Parts 2 -Checkpoint codec -Device cpu");
        workspace.Good("Start-TinySoraTraining dit.yaml coded other -MaxSteps 3");
        Assert.Equal(Losses("other"), Losses("run"), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void Missing_autoencoder_is_named()
    {
        workspace.Good("New-TinySoraDataset clips -Count 2 -ImageSize 16 -Frames 4");
        workspace.Write("dit.yaml", Text("{ architecture: dit, " + Sizes + " }"));
        var error = workspace.Bad("Start-TinySoraTraining dit.yaml", "TinySora.Model.CodecMissing", ErrorCategory.ObjectNotFound);
        Assert.Contains("'latents.codec' = 'clips-vae'", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    private static string Text(string model, string more = "") =>
        Config.Replace("{0}", model, StringComparison.Ordinal).Replace("{1}", more, StringComparison.Ordinal);

    private void TrainCodec(string variant)
    {
        workspace.Good("New-TinySoraDataset clips -Count 6 -ImageSize 16 -Frames 4");
        workspace.Write("codec.yaml", VideoAutoencoderTests.Config.Replace("{0}", variant, StringComparison.Ordinal));
        workspace.Good("Start-TinySoraTraining codec.yaml -ResultsPath codec -MaxSteps 4 -Set @{ 'trainer.validate_every' = 0; 'trainer.best_by' = 'loss' }");
    }

    private List<double> Losses(string run) =>
    [
        .. File.ReadLines(workspace.At(run, "metrics.jsonl"))
            .Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("loss").GetDouble()),
    ];

    private void AssertLearned(string run)
    {
        var losses = Losses(run);
        Assert.Equal(40, losses.Count);
        Assert.True(losses.TakeLast(10).Average() < 0.95 * losses.Take(10).Average(), string.Join(", ", losses));
    }
}
