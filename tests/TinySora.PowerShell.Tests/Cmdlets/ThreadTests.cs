namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>
/// A deadlock between threads may depend on their number, which differs between machines. Everything that trains on a folder or encodes
/// it therefore runs with one and with two threads.
/// </summary>
[Collection(nameof(CmdletTests))]
public sealed class ThreadTests : IDisposable
{
    private const string Clips = "training_data_dir: ./clips\nclip: { frames: 4, height: 16 }\ntrainer: { train_batch_size: 2, train_num_steps: 2, seed: 1 }\n";

    private readonly Workspace workspace = new();

    public void Dispose() => workspace.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_family_trains_on_a_folder_with_any_number_of_threads(int count)
    {
        workspace.Write("autoencoder.yaml", VideoAutoencoderTests.Config.Replace("{0}", "s4t4_b_vq", StringComparison.Ordinal));
        workspace.Write("frames.yaml", FrameTrainingTests.Tiny.Replace("./frames", "./clips", StringComparison.Ordinal));
        workspace.Write("latents.yaml", $$"""
            family: latent-transformer
            model: { architecture: st-dit, depth: 1, hidden_size: 32, num_heads: 2, patch_size: 2 }
            latents: { codec: ./codec }
            {{Clips}}
            """);
        workspace.Write("tokens.yaml", $$"""
            family: token-model
            model: { architecture: nanogpt, n_layer: 1, n_head: 2, n_embd: 32 }
            tokens: { codec: ./codec }
            {{Clips}}
            """);
        workspace.Good("New-TinySoraDataset clips -Count 6 -ImageSize 16 -Frames 4");
        Train("tiny", "clips pixels", "");
        Train("autoencoder", "clips codec", "-Set @{ 'trainer.validate_every' = 0; 'trainer.best_by' = 'loss' }");
        Train("frames", "clips frames", "");
        Train("latents", "clips latents", "");
        Train("tokens", "clips tokens", "");
        workspace.Good($"Export-TinySoraLatent codec clips files -ThreadCount {count}");

        void Train(string config, string folders, string more) => Assert.Equal(
            [2], workspace.Good($"Start-TinySoraTraining {config}.yaml {folders} -MaxSteps 2 -ThreadCount {count} {more}").Values("Step"));
    }
}
