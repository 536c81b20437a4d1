using System.Management.Automation;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>Commands for token models, on clips of 4 frames of 16 x 16 pixels: from videos to tokens and back.</summary>
[Collection(nameof(CmdletTests))]
public sealed class TokenModelTests : IDisposable
{
    /// <summary>{0}: the network; {1}: further sections.</summary>
    private const string Config = """
        family: token-model
        training_data_dir: ./clips
        model: {0}
        clip: { frames: 4, height: 16 }
        tokens: { codec: ./codec }
        {1}
        trainer: { train_batch_size: 2, train_num_steps: 60, train_lr: 0.003, step_start_ema: 0, ema_decay: 0.9, update_ema_every: 1, seed: 1 }
        """;

    private const string Sizes = "n_layer: 1, n_head: 2, n_embd: 32, dropout: 0.1";

    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    /// <summary>The published commands' flags with small values, from videos to a sampled one; s4t4 makes 1 x 4 x 4 tokens of a clip.</summary>
    [Theory]
    [InlineData("architecture: nanogpt, block_size: 12")]
    [InlineData("architecture: nanogpt, block_size: 12, sparse_context_window: true, context_stride_start: 4")]
    [InlineData("architecture: mdgpt, block_size: 12, sparse_block_size: 12, use_1d_pos_emb: true, only_predict_last: true")]
    [InlineData("architecture: mdgpt, sparse_block_size: 8")]
    [InlineData("architecture: mamba, block_size: 12")]
    [InlineData("architecture: nanogpt-mamba, block_size: 12")]
    [InlineData("architecture: masked")]
    public void Videos_become_tokens_that_train_a_model_that_generates_videos(string network)
    {
        TrainCodec("s4t4_b_vq");
        workspace.Write("model.yaml", Text($"{{ {network}, {Sizes} }}"));
        const string Validated = "@{ 'trainer.validate_every' = 30; 'trainer.best_by' = 'val.loss'; 'trainer.save_model_every' = 30 }";
        workspace.Good($"$file = Export-TinySoraLatent codec clips tokens -Tokens; Start-TinySoraTraining model.yaml $file run -Set {Validated}");
        AssertLearned("run");
        AssertBest("run");
        var video = workspace.Good("Invoke-TinySoraGenerate -Checkpoint run -Temperature 0.9 -TopK 5 -TopP 0.95 -FramesPerSecond 5 -Seed 1");
        Assert.Equal([4], video.Values("Frames"));
        Assert.Equal([0.0], video.Values("ViolatingTokens"));
        File.Copy(workspace.At("clips/00000.gif"), workspace.At("start.gif"));
        var begun = workspace.Good("Invoke-TinySoraGenerate -Checkpoint run -From start.gif -Noise 0.5 -Seed 1 -OutputPath begun.gif");
        Assert.Equal([0.5], begun.Values("Noise"));
        var remade = workspace.Good("Get-TinySoraRecipe begun.gif | Invoke-TinySoraGenerate -Checkpoint run -OutputPath remade.gif");
        Assert.Equal(File.ReadAllBytes(workspace.At("begun.gif")), File.ReadAllBytes(workspace.At("remade.gif")));
        var both = workspace.Run("Invoke-TinySoraGenerate -Checkpoint run -From begun.gif -To remade.gif");
        Assert.Contains("TinySora.Generation.NotTaken", both.ErrorOutput, StringComparison.Ordinal);
        var again = workspace.Good("Get-TinySoraRecipe results/*.gif | Invoke-TinySoraGenerate -Checkpoint run -OutputPath again");
        Assert.Equal([4], again.Values("Frames"));
        Assert.Equal(
            File.ReadAllBytes(Assert.Single(Directory.GetFiles(workspace.At("results"), "*.gif"))),
            File.ReadAllBytes(Assert.Single(Directory.GetFiles(workspace.At("again"), "*.gif"))));
    }

    [Theory]
    [InlineData("architecture: nanogpt")]
    [InlineData("architecture: mamba")]
    [InlineData("architecture: masked")]
    public void Captioned_clips_train_a_model_with_prompts(string network)
    {
        TrainCodec("s4t4_b_vq");
        workspace.Write("model.yaml", Text($"{{ {network}, {Sizes} }}", "text: { encoder: learned, width: 16 }"));
        workspace.Good("Start-TinySoraTraining model.yaml -ResultsPath run");
        AssertLearned("run");
        workspace.Good("Invoke-TinySoraGenerate 'a red circle moving left' -NegativePrompt 'a blue star growing' -GuidanceScale 3 -Checkpoint run -Seed 3");
        workspace.Bad("Invoke-TinySoraGenerate 'a red circle' -Checkpoint run -Eta 1 -Force", "TinySora.Generation.NotTaken", ErrorCategory.InvalidArgument);
        workspace.Bad("Invoke-TinySoraGenerate 'a red circle' -Checkpoint run -TopP 2 -Force", "TinySora.Generation.BadSetting", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Tokens_without_a_code_are_counted_and_cause_a_warning()
    {
        TrainCodec("s4t4_b_vq");
        workspace.Write("model.yaml", Text("{ architecture: mdgpt, n_layer: 1, n_head: 2, n_embd: 32 }"));
        workspace.Good("Start-TinySoraTraining model.yaml -ResultsPath run -MaxSteps 1");
        var video = workspace.Good("Invoke-TinySoraGenerate -Checkpoint run -Temperature 1000 -Count 8 -Seed 1"); // almost equal probabilities: 4 of 36 tokens are meaningless
        Assert.InRange(video.Values("ViolatingTokens").Average(value => (double)value!), 0.02, 0.4);
        Assert.Contains(video.Warnings, warning => warning.Contains("are not codes", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("architecture: nanogpt, block_size: 16, codes: 32")]
    [InlineData("architecture: mdgpt")]
    [InlineData("architecture: mamba, block_size: 16")]
    [InlineData("architecture: masked, code_levels: [4, 4]")]
    public void Weights_are_exported_under_published_names_and_imported_again(string network)
    {
        TrainCodec(network.Contains("levels", StringComparison.Ordinal) ? "s2x4x4_fsq\n  fsq_levels: [4, 4]" : "s4t4_b_vq");
        workspace.Write("model.yaml", Text($"{{ {network}, {Sizes} }}"));
        workspace.Good("Start-TinySoraTraining model.yaml -ResultsPath run -MaxSteps 2");
        workspace.Good("Export-TinySoraCheckpoint run -Format PyTorch -OutputPath out/ckpt.pt");
        workspace.Good("Import-TinySoraCheckpoint out/ckpt.pt -Config model.yaml -ResultsPath imported");
        workspace.Good("Invoke-TinySoraGenerate -Checkpoint imported -Seed 4");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Stored_tokens_are_planned_measured_and_trained_on_without_the_autoencoder_which_decodes_the_videos(bool asArrow)
    {
        TrainCodec(asArrow ? "videogpt" : "s4t4_b_vq");
        var (data, frames) = ("tokens", asArrow ? 2 : 4); // the corpus has videos of three frames
        if (asArrow)
        {
            workspace.AddCorpus();
            workspace.Good("Export-TinySoraDataset captions.jsonl msr/videos/all tokens -TextEncoderPath clip -Parts 2 -Checkpoint codec -Device cpu");
        }
        else
        {
            workspace.Good("Export-TinySoraLatent codec clips tokens -Tokens");
            data = $"tokens/{Assert.Single(workspace.Names("tokens", "*.npy"))}";
        }

        Directory.Move(workspace.At("codec"), workspace.At("elsewhere"));
        workspace.Write("model.yaml", Text($"{{ architecture: nanogpt, block_size: 12, {Sizes} }}").Replace("./clips", $"./{data}", StringComparison.Ordinal)
            .Replace("frames: 4", $"frames: {frames}", StringComparison.Ordinal));
        Assert.Contains("A run of 60 steps would start", workspace.Good("Start-TinySoraTraining model.yaml -ResultsPath run -WhatIf").Output, StringComparison.Ordinal);
        var cost = workspace.Good("Measure-TinySoraModel model.yaml -Steps 1");
        Assert.InRange((long)Assert.Single(cost.Values("Parameters"))!, 10_000, 100_000);
        var first = workspace.Good("Start-TinySoraTraining model.yaml -ResultsPath run -MaxSteps 30");
        Assert.Single(first.Warnings, warning => warning.Contains("(tokens.codec) does not exist", StringComparison.Ordinal));
        workspace.Good("Start-TinySoraTraining model.yaml -ResultsPath run");
        AssertLearned("run");

        var error = workspace.Bad("Invoke-TinySoraGenerate -Checkpoint run", "TinySora.Model.CodecMissing", ErrorCategory.ObjectNotFound);
        Assert.Contains("tokens.codec", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        workspace.Bad("Start-TinySoraTraining model.yaml clips -ResultsPath other -WhatIf", "TinySora.Model.CodecMissing", ErrorCategory.ObjectNotFound);
        Directory.Move(workspace.At("elsewhere"), workspace.At("codec"));
        Assert.Equal([frames], workspace.Good("Invoke-TinySoraGenerate -Checkpoint run -Seed 1").Values("Frames"));
    }

    [Fact]
    public void Run_resumes_with_its_autoencoder_moved_but_not_with_another_one()
    {
        TrainCodec("s4t4_b_vq");
        workspace.Write("model.yaml", Text($"{{ architecture: nanogpt, {Sizes} }}"));
        workspace.Good("Start-TinySoraTraining model.yaml -ResultsPath run -MaxSteps 1");
        Directory.Move(workspace.At("codec"), workspace.At("moved"));
        var result = workspace.Good("Start-TinySoraTraining model.yaml -ResultsPath run -MaxSteps 2 -Set @{ 'tokens.codec' = './moved' }");
        Assert.Equal([2], result.Values("Step"));

        workspace.Good("Start-TinySoraTraining codec.yaml -ResultsPath codec -MaxSteps 4 -Seed 9 -Set @{ 'trainer.validate_every' = 0; 'trainer.best_by' = 'loss' }");
        workspace.Bad("Start-TinySoraTraining model.yaml -ResultsPath run -MaxSteps 3", "TinySora.Model.OtherCodec", ErrorCategory.InvalidData);
    }

    [Fact]
    public void More_codes_than_in_the_autoencoder_are_refused()
    {
        TrainCodec("s4t4_b_vq");
        workspace.Write("model.yaml", Text($"{{ architecture: nanogpt, codes: 33, {Sizes} }}"));
        workspace.Bad("Start-TinySoraTraining model.yaml", "TinySora.Model.TooManyCodes", ErrorCategory.InvalidArgument);
        workspace.Write("model.yaml", Text($"{{ architecture: nanogpt, code_levels: [4, 4], {Sizes} }}"));
        workspace.Bad("Start-TinySoraTraining model.yaml", "TinySora.Model.LevelsDiffer", ErrorCategory.InvalidArgument);
        workspace.Write("model.yaml", Text($"{{ architecture: nanogpt, codes: 2, {Sizes} }}"));
        workspace.Bad("Start-TinySoraTraining model.yaml -ResultsPath few", "TinySora.Latent.TokenTooLarge", ErrorCategory.InvalidData);
    }

    [Fact]
    public void Tracking_files_are_written_on_request()
    {
        TrainCodec("s4t4_b_vq");
        workspace.Write("model.yaml", Text($"{{ architecture: nanogpt, {Sizes} }}"));
        const string Wanted = "'trainer.tensorboard' = $true; 'trainer.sample_every' = 2; 'trainer.num_sample_rows' = 1";
        workspace.Good($"Start-TinySoraTraining model.yaml -ResultsPath on -MaxSteps 2 -Set @{{ {Wanted} }}");
        workspace.Good($"Start-TinySoraTraining model.yaml -ResultsPath off -MaxSteps 2 -Set @{{ {Wanted}; 'trainer.track' = $false }}");
        string[] Tracks(string run) => [.. workspace.Names(run, "metrics.jsonl"), .. workspace.Names(run, "events.*"), .. workspace.Names(run, "sample-*")];
        Assert.Equal(3, Tracks("on").Length);
        Assert.Empty(Tracks("off"));
        Assert.NotEmpty(workspace.Names("off", "step-*"));
    }

    [Fact]
    public void Name_on_a_model_hub_is_refused_because_nothing_is_downloaded()
    {
        workspace.Good("New-TinySoraDataset clips -Count 2 -ImageSize 16 -Frames 4");
        workspace.Write("model.yaml", Text($"{{ architecture: nanogpt, {Sizes} }}")
            .Replace("./codec", "zzsi_kungfu/videogpt/model-kbu39ped:v11", StringComparison.Ordinal));
        var error = workspace.Bad("Start-TinySoraTraining model.yaml", "TinySora.Model.CodecMissing", ErrorCategory.ObjectNotFound);
        Assert.Contains("does not exist", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("Start-TinySoraTraining shapes-fsq", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("'tokens.codec' = 'clips-fsq'", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Entropy_of_tokens_is_measured_on_the_shapes_world()
    {
        TrainCodec("s4t4_b_vq");
        var entropy = workspace.Good("Measure-TinySoraTokenEntropy codec -Count 3");
        Assert.Equal([16], entropy.Values("TokensPerClip"));
        Assert.InRange((double)Assert.Single(entropy.Values("BitsPerToken"))!, 0, 5); // 32 codes
        workspace.Bad("Measure-TinySoraTokenEntropy nowhere", "TinySora.Checkpoint.NotFound", ErrorCategory.ObjectNotFound);
    }

    private static string Text(string model, string more = "") =>
        Config.Replace("{0}", model, StringComparison.Ordinal).Replace("{1}", more, StringComparison.Ordinal);

    private void TrainCodec(string variant)
    {
        workspace.Good("New-TinySoraDataset clips -Count 10 -ImageSize 16 -Frames 4");
        workspace.Write("codec.yaml", VideoAutoencoderTests.Config.Replace("{0}", variant, StringComparison.Ordinal));
        workspace.Good("Start-TinySoraTraining codec.yaml -ResultsPath codec -MaxSteps 4 -Set @{ 'trainer.validate_every' = 0; 'trainer.best_by' = 'loss' }");
    }

    /// <summary>Checks that the best checkpoint is the one with the lowest validation loss.</summary>
    private void AssertBest(string run)
    {
        var validated = File.ReadLines(workspace.At(run, "metrics.jsonl")).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement)
            .Where(line => line.TryGetProperty("scalars", out var named) && named.TryGetProperty("val.loss", out _)).ToList();
        Assert.Equal([30, 60], validated.Select(line => line.GetProperty("step").GetInt32()));
        var lowest = validated.MinBy(line => line.GetProperty("scalars").GetProperty("val.loss").GetDouble()).GetProperty("step").GetInt32();
        var checkpoints = workspace.Good($"Get-TinySoraCheckpoint {run}");
        Assert.Equal(lowest, checkpoints.Values("Step")[checkpoints.Values("IsBest").ToList().IndexOf(true)]);
    }

    private void AssertLearned(string run)
    {
        var losses = File.ReadLines(workspace.At(run, "metrics.jsonl")).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement)
            .Where(line => line.TryGetProperty("loss", out _)).Select(line => line.GetProperty("loss").GetDouble()).ToList();
        Assert.True(losses.TakeLast(10).Average() < 0.95 * losses.Take(10).Average(), string.Join(", ", losses));
    }
}
