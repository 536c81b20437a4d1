namespace TinySora.Faults;

/// <summary>A command to disturb, with its inputs.</summary>
/// <param name="Name">Name for --commands.</param>
/// <param name="Before">PowerShell commands that create the inputs in the working directory.</param>
/// <param name="Line">The command; running it again resumes after a fault.</param>
/// <param name="Held">File that is held open during the command; <c>null</c> for none.</param>
internal sealed record Scenario(string Name, IReadOnlyList<string> Before, string Line, string? Held = null)
{
    /// <summary>Number of steps between checkpoints in <see cref="Night"/>.</summary>
    public const int NightInterval = 10;

    private const string Clips = "New-TinySoraDataset clips -Count 4 -ImageSize 16 -Frames 4";

    /// <summary>Two steps, each with a checkpoint.</summary>
    private const string Two = "-MaxSteps 2";

    private const string Autoencoder = $"Start-TinySoraTraining autoencoder.yaml -DataPath clips -ResultsPath codec {Two}";

    /// <summary>Trains the last queued run like the process that the queue starts for it.</summary>
    private const string Turn = "$env:TINYSORA_QUEUED = @([IO.Directory]::GetFiles(\"$PWD/queue\", '*.json') | Sort-Object) "
        + "-replace '.*-' -replace '.json' | Select-Object -Last 1; "
        + "try { if ($env:TINYSORA_QUEUED) { Start-TinySoraTraining } } finally { $env:TINYSORA_QUEUED = $null }";

    private static readonly string Other = $"Start-TinySoraTraining pixels.yaml -DataPath clips -ResultsPath other {Two}";

    private static readonly string Pixels = $"Start-TinySoraTraining pixels.yaml -DataPath clips -ResultsPath run {Two}";

    /// <summary>Configurations of the smallest models, and other inputs, by file name.</summary>
    public static IReadOnlyDictionary<string, string> Configurations { get; } = new Dictionary<string, string>
    {
        ["pixels.yaml"] = """
            model: { dim: 8, dim_mults: [1, 2], init_kernel_size: 3, attn_heads: 2, attn_dim_head: 8, text_encoder: learned, cond_dim: 16 }
            diffusion: { height: 16, frames: 4, timesteps: 10, sampler: ddim, sampling_steps: 2 }
            trainer: { train_batch_size: 2, train_num_steps: 100, save_model_every: 1, sample_every: 1, seed: 1 }
            """,
        ["autoencoder.yaml"] = """
            family: video-autoencoder
            model:
              { network_variant: s4t4_b_vq, embedding_dim: 4, n_codes: 32, n_hiddens: 16, n_res_layers: 1, downsample: [2, 4, 4] }
            clip: { frames: 4, height: 16 }
            trainer:
              { train_batch_size: 2, train_num_steps: 100, save_model_every: 1, ema_decay: 0, step_start_ema: 0, update_ema_every: 1, best_by: loss, seed: 1 }
            """,
        ["frames.yaml"] = """
            family: frame-autoencoder
            data: { height: 16, width: 16 }
            model:
              { frame_channels: 3, down_channels: [8, 16], mid_channels: [16], down_sample: [true], attn_down: [false], norm_channels: 4, num_heads: 2 }
            trainer: { train_batch_size: 4, train_num_steps: 100, save_model_every: 1, ema_decay: 0, update_ema_every: 1, num_sample_rows: 2, seed: 1 }
            """,
        ["latents.yaml"] = """
            family: latent-transformer
            model: { architecture: st-dit, depth: 1, hidden_size: 32, num_heads: 2, patch_size: 2 }
            latents: { codec: ./codec }
            clip: { frames: 4, height: 16 }
            trainer: { train_batch_size: 2, train_num_steps: 100, save_model_every: 1, seed: 1 }
            """,
        ["tokens.yaml"] = """
            family: token-model
            model: { architecture: nanogpt, n_layer: 1, n_head: 2, n_embd: 32 }
            tokens: { codec: ./codec }
            clip: { frames: 4, height: 16 }
            trainer: { train_batch_size: 2, train_num_steps: 100, save_model_every: 1, seed: 1 }
            """,
        ["night.yaml"] = $$"""
            model: { dim: 8, dim_mults: [1, 2], init_kernel_size: 3, attn_heads: 2, attn_dim_head: 8, text_encoder: learned, cond_dim: 16 }
            diffusion: { height: 16, frames: 4, timesteps: 10, sampler: ddim, sampling_steps: 2 }
            trainer: { train_batch_size: 4, train_num_steps: 10000000, save_model_every: {{NightInterval}}, sample_every: 1000, seed: 1 }
            """,
        ["prompts.csv"] = "Prompt,Seed\na red circle,1\na blue square,2\na green triangle,3\n",
    };

    /// <summary>All commands with one process.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("train-pixels", [Clips], Pixels),
        new("train-autoencoder", [Clips], Autoencoder),
        new("train-frames", [Clips], $"Start-TinySoraTraining frames.yaml -DataPath clips -ResultsPath run {Two}"),
        new("train-latents", [Clips, Autoencoder], $"Start-TinySoraTraining latents.yaml -DataPath clips -ResultsPath run {Two}"),
        new("train-tokens", [Clips, Autoencoder], $"Start-TinySoraTraining tokens.yaml -DataPath clips -ResultsPath run {Two}"),
        new("resume", [Clips, Pixels], Pixels.Replace("-MaxSteps 2", "-MaxSteps 3", StringComparison.Ordinal)),
        new("dataset", [], "New-TinySoraDataset clips -Count 3 -ImageSize 16 -Frames 2"),
        new("import", [Clips], "New-TinySoraDataset imported -Source clips -ImageSize 16 -Frames 2"),
        new("archive",
            [Clips, "[IO.Compression.ZipFile]::CreateFromDirectory(\"$PWD/clips\", \"$PWD/packed.zip\")"],
            "New-TinySoraDataset unpacked -Kind Archive -Source packed.zip"),
        new("latents", [Clips, Autoencoder], "Export-TinySoraLatent codec clips latents -Frames 4 -Force"),
        new("generate", [Clips, Pixels], "Import-Csv prompts.csv | Invoke-TinySoraGenerate -Checkpoint run -OutputPath videos -Force"),
        new("export", [Clips, Pixels], "Export-TinySoraCheckpoint run weights.pt -Force"),
        new("export-safetensors", [Clips, Pixels], "Export-TinySoraCheckpoint run weights.safetensors -Format Safetensors -Force"),
        new("export-onnx", [Clips, Pixels], "Export-TinySoraCheckpoint run network.onnx -Force"),
        // A stub of the web runtime, which is copied into the page unchanged, avoids downloading the package in each trial.
        new("export-page",
            [
                Clips, Pixels, "[IO.Directory]::CreateDirectory(\"$PWD/runtime/dist\")",
                "[IO.File]::WriteAllText(\"$PWD/runtime/dist/ort.wasm.bundle.min.mjs\", 'export {};')",
                "[IO.File]::WriteAllText(\"$PWD/runtime/dist/ort-wasm-simd-threaded.wasm\", 'wasm')",
            ],
            "Export-TinySoraCheckpoint run clips.html -WebRuntime runtime -Force"),
        new("queue", [Clips],
            $"""
            {Pixels} -Queue
            {Other} -Queue
            Set-TinySoraRun other -Position 1
            Stop-TinySoraRun other
            {Turn}
            """.ReplaceLineEndings("; "),
            // Keeps other processes from serving the queue.
            "queue/worker.lock"),
        new("contact-sheet", [Clips], "Export-TinySoraContactSheet clips/*.gif sheet.png -Force"),
    ];

    /// <summary>Commands that a power failure may affect differently from a fault: they delete older checkpoints or write many files.</summary>
    public static IReadOnlyList<Scenario> OfPower { get; } =
    [
        new("keep", [Clips], Pixels.Replace("-MaxSteps 2", "-MaxSteps 4 -Set @{ 'trainer.keep_checkpoints' = 1 }", StringComparison.Ordinal)),
        new("csv", [Clips, Pixels], "1..20 | ForEach-Object { [pscustomobject]@{ Prompt = \"a red circle\"; Seed = $_ } } "
            + "| Invoke-TinySoraGenerate -Checkpoint run -OutputPath videos"),
        new("config", [], "New-TinySoraConfig own/config.yaml -Force"),
    ];

    /// <summary>Installation of native libraries in a module without them.</summary>
    public static Scenario Installation { get; } = new(
        "install",
        [
            "[IO.Directory]::CreateDirectory(\"$PWD/packages\")",
            "[IO.File]::Copy(\"$PWD/../packages/TorchSharp.0.1.0.nupkg\", \"$PWD/packages/TorchSharp.0.1.0.nupkg\")",
        ],
        "Install-TinySoraRuntime packages -Backend cpu");

    /// <summary>Clips of a run that trains unattended for a night.</summary>
    public static Scenario Night { get; } = new("night", ["New-TinySoraDataset clips -Count 16 -ImageSize 16 -Frames 4"], "");

    /// <summary>Commands with several processes, whose start takes too long to fail each call.</summary>
    public static IReadOnlyList<Scenario> OfProcesses { get; } = [new("train-processes", [Clips], $"{Pixels} -Processes 2")];
}
