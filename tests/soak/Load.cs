using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;

namespace TinySora.Soak;

/// <summary>Concurrent work in one process, in rounds: two runs, generations and imports, in separate folders and in shared ones.</summary>
/// <param name="folder">Output folder.</param>
/// <param name="steps">Number of training steps per round.</param>
/// <param name="clips">Number of clips to generate per round.</param>
/// <param name="opens">Number of times per round that the model is opened again for clips that already exist.</param>
/// <param name="seed">Seed that chooses the work of each round.</param>
/// <param name="generate">Opens the model in a run's folder, generates the request and closes the model.</param>
internal sealed class Load(string folder, int steps, int clips, int opens, int seed, Action<string, GenerationRequest> generate) : ITrainingObserver
{
    /// <summary>Number of rounds until a run starts from scratch in another folder.</summary>
    private const int RoundsOfRun = 10;

    /// <summary>Errors for a folder that is already in use.</summary>
    private static readonly string[] Refusals = ["TinySora.Training.FolderInUse", "TinySora.Data.FolderInUse"];

    private readonly Random random = new(seed);
    private int rounds;

    /// <summary>Configuration of a minimal model, which takes most of the steps.</summary>
    private static RunConfig Transformer { get; } = Parse("""
        family: latent-transformer
        model: { architecture: dit, depth: 1, hidden_size: 16, num_heads: 1, patch_size: 4, conditioning: text }
        text: { encoder: learned, width: 16 }
        clip: { frames: 2, height: 8 }
        diffusion: { sampler: ddim, sampling_steps: 2 }
        trainer: { train_batch_size: 2, train_num_steps: 1000000, save_model_every: 100, keep_checkpoints: 1, sample_every: 100, num_sample_rows: 1, seed: 3 }
        """);

    /// <summary>Configuration of a model of the default family.</summary>
    private static RunConfig Network { get; } = Parse("""
        model: { dim: 8, dim_mults: [1, 2], init_kernel_size: 3, attn_heads: 2, attn_dim_head: 8, text_encoder: learned, cond_dim: 16 }
        diffusion: { height: 8, frames: 2, timesteps: 10, sampler: ddim, sampling_steps: 2 }
        trainer: { train_batch_size: 2, train_num_steps: 1000000, save_model_every: 100, keep_checkpoints: 1, sample_every: 100, num_sample_rows: 1, seed: 3 }
        """);

    /// <summary>Training steps so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Generated clips so far.</summary>
    public long Clips { get; private set; }

    /// <summary>Number of times that a folder was already in use.</summary>
    public int Refused { get; private set; }

    private string Data => At("data");

    /// <summary>Draws the clips and takes the first steps.</summary>
    public void Begin()
    {
        _ = DatasetWriter.Draw(Data, DatasetKinds.Shapes, new DrawOptions { Count = 6, Seed = 1, Size = 8, Frames = 2 }).Count();
        Train("first", Transformer, 2);
    }

    /// <summary>Removes output of earlier rounds that later rounds create again.</summary>
    public void Clean()
    {
        foreach (var done in (string[])[$"run-{(rounds / RoundsOfRun) - 1}", "brief", "imported", "imported too"])
        {
            if (Directory.Exists(At(done)))
            {
                Directory.Delete(At(done), recursive: true);
            }
        }
    }

    /// <summary>Runs one round. The seed determines which work shares a folder.</summary>
    /// <exception cref="AggregateException">Some of the work failed.</exception>
    public void Round()
    {
        var run = $"run-{rounds / RoundsOfRun}";
        var until = ((rounds % RoundsOfRun) + 1) * steps;
        var (isSameRun, isSameImport) = (random.Next(2) == 0, random.Next(2) == 0);
        rounds++;
        AtOnce(
            () => OrRefused(() => Train(run, Transformer, until)),
            () => OrRefused(() => Train(isSameRun ? run : "brief", isSameRun ? Transformer : Network, isSameRun ? until : steps / 10)),
            Generate,
            () => OrRefused(() => Import("imported")),
            () => OrRefused(() => Import(isSameImport ? "imported" : "imported too")));
    }

    /// <summary>Returns the problem after the last round; <c>null</c> for none.</summary>
    public string? Damage()
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (file.EndsWith(".partial", StringComparison.Ordinal))
            {
                return $"{file} is left over.";
            }

            if (file.EndsWith(".gif", StringComparison.Ordinal))
            {
                _ = ClipFile.Read(file);
            }
        }

        return GifsIn(At("imported")) != GifsIn(Data) ? "The import is incomplete."
            : GifsIn(At("videos")) != clips ? $"There are {GifsIn(At("videos"))} generated videos instead of {clips}."
            : null;
    }

    private static int GifsIn(string folder) => Directory.Exists(folder) ? Directory.GetFiles(folder, "*.gif").Length : 0;

    /// <summary>Runs each action on a separate thread, because the pool would make some of them wait for others.</summary>
    private static void AtOnce(params Action[] works) => Task.WaitAll(
        [.. works.Select(work => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))]);

    private void OrRefused(Action work)
    {
        try
        {
            work();
        }
        catch (TinySoraException e) when (Refusals.Contains(e.Id))
        {
            lock (random)
            {
                Refused++;
            }
        }
    }

    private void Train(string name, RunConfig config, int until)
    {
        var request = new TrainingRequest { Config = config, DataPath = Data, ResultsPath = At(name), Device = "cpu", MaxSteps = until };
        TrainingSession.Run(request, this, CancellationToken.None);
    }

    private void Generate()
    {
        GenerationRequest request = new() { Prompt = "a red circle", Seed = seed, Count = clips, OutputPath = At("videos"), Force = true };
        generate(At("first"), request);
        Clips += clips;
        for (var i = 0; i < opens; i++)
        {
            generate(At("first"), request with { Force = false });
        }
    }

    private void Import(string into) => _ = DatasetWriter.Import(
        [Data], At(into), DatasetKinds.Videos, new ImportOptions { Size = 8, Frames = 2 }, new ImportReport(_ => { }, _ => { })).Count();

    private static RunConfig Parse(string yaml) => ConfigFile.Parse(yaml, "configuration of the soak");

    private string At(string name) => Path.Combine(folder, name);

    // One run trains at a time.
    void ITrainingObserver.StepCompleted(TrainingStep step) => Steps++;

    void ITrainingObserver.Progress(TrainingProgress progress)
    {
    }

    void ITrainingObserver.Message(string text)
    {
    }

    void ITrainingObserver.Warning(string text)
    {
    }
}
