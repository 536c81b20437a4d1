using System.Globalization;
using System.Security.Cryptography;
using TinySora.Engine.Compute;
using TinySora.Engine.Configuration;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Interop;
using TinySora.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// Weights of the published code on their way to a checkpoint of ours: its <c>model-N.pt</c>, the state dict of its diffusion or
/// of its U-Net alone, in PyTorch's formats or as safetensors; and what <see cref="CheckpointExport"/> wrote. Opening checks
/// everything against the configuration; nothing is written before <see cref="Save"/>.
/// </summary>
public sealed class CheckpointImport : IDisposable
{
    private const string DenoiserPrefix = "denoise_fn.";
    private const string NullVector = DenoiserPrefix + "null_cond_emb";
    private const int BertWidth = 768;

    /// <summary>No encoder's vectors are wider; a file must not decide how much memory the model takes.</summary>
    private const int WidestVector = 1 << 14;

    /// <summary>More than bfloat16 loses, less than another formula makes.</summary>
    private const double Tolerance = 1e-2;

    private readonly ITensorFile file;
    private readonly Dictionary<string, string> taskMetadata;
    private readonly TextToVideo model;
    private readonly Dictionary<string, StoredTensor> trained;
    private readonly Dictionary<string, StoredTensor> averaged;
    private readonly List<string> warnings = [];

    private CheckpointImport(ITensorFile file, RunConfig config, bool keepOwn)
    {
        this.file = file;
        var own = CheckpointExport.MetadataIn(file);
        Config = keepOwn && own.TryGetValue("config", out var yaml) ? ConfigFile.Parse(yaml, $"{file.Path} (configuration)") : config;
        taskMetadata = Checkpoint.TaskMetadataIn(own);
        Step = StepIn(file);
        trained = Named(ModelWeights.Of(file, averaged: false));
        averaged = Named(ModelWeights.Of(file, averaged: true));
        CheckSchedule();
        model = CreateModel();
        try
        {
            CheckWeights();
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public string SourcePath => file.Path;

    /// <summary>The configuration that the checkpoint will carry.</summary>
    public RunConfig Config { get; }

    /// <summary>As the file says; 0 for a state dict.</summary>
    public int Step { get; }

    /// <summary>What was found to be unusual, in sentences.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <param name="fileOrFolder">A file, or a folder of <c>model-N.pt</c>, of which the one with the highest number is taken.</param>
    /// <param name="config">The model's configuration.</param>
    /// <param name="keepOwn">A configuration inside the file, which ours carry, goes before <paramref name="config"/>.</param>
    /// <exception cref="TinySoraException">
    /// NotFound, NoMilestone, and what opening the file may throw; OtherModel with every difference, OtherSchedule, NoLearnedEncoder.
    /// </exception>
    public static CheckpointImport Open(string fileOrFolder, RunConfig config, bool keepOwn = false) => EngineThread.Run(() =>
    {
        var file = TensorFile.Open(Find(fileOrFolder));
        try
        {
            return new CheckpointImport(file, config, keepOwn);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    });

    /// <summary>The checkpoint that will be written.</summary>
    public string TargetPath(string resultsFolder) => CheckpointStore.PathOf(resultsFolder, Step);

    /// <summary>Writes the checkpoint, without an optimizer's state: training goes on from it with fresh moments.</summary>
    /// <returns>The checkpoint.</returns>
    /// <exception cref="TinySoraException">CannotUseFolder, FolderInUse, CannotWrite.</exception>
    public CheckpointInfo Save(string resultsFolder) => EngineThread.Run(() =>
    {
        using var folder = ResultsFolder.Open(resultsFolder);
        using var scope = NewDisposeScope();
        var path = TargetPath(folder.Path);
        var seed = Config.Trainer.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var metadata = Checkpoint.Metadata(Step, new RunDescription(Config, seed, DatasetFingerprint: "", taskMetadata));
        var tensors = model.state_dict().Keys.Select(name => (ModelWeights.ModelPrefix + name, trained[name]))
            .Concat(model.named_parameters().Select(p => (ModelWeights.EmaPrefix + p.name, averaged[p.name])));
        SafetensorsFile.Write(path, metadata, tensors.Select(item => (item.Item1, item.Item2.As(float32).Read())));
        return Checkpoint.Describe(path, metadata);
    });

    public void Dispose() => EngineThread.Run(() =>
    {
        model.Dispose();
        file.Dispose();
    });

    /// <summary>By number and not by text: 10 comes after 9.</summary>
    private static string Find(string fileOrFolder)
    {
        if (!Directory.Exists(fileOrFolder))
        {
            return File.Exists(fileOrFolder) ? fileOrFolder : throw CheckpointErrors.NotFound(fileOrFolder);
        }

        return Directory.EnumerateFiles(fileOrFolder, "model-*.pt")
            .Where(path => CheckpointExport.MilestoneOf(path) is not null)
            .OrderBy(path => CheckpointExport.MilestoneOf(path)).ThenBy(File.GetLastWriteTimeUtc)
            .LastOrDefault() ?? throw CheckpointErrors.NoMilestone(fileOrFolder);
    }

    private static int StepIn(ITensorFile file)
    {
        var text = file.Metadata.GetValueOrDefault("step", "0");
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? step
            : throw CheckpointErrors.Damaged(file.Path, $"its step is '{text}'");
    }

    /// <summary>A U-Net saved by itself has its names without the diffusion's prefix.</summary>
    private static Dictionary<string, StoredTensor> Named(Dictionary<string, StoredTensor> weights)
    {
        var prefix = weights.Keys.Any(name => name.StartsWith(DenoiserPrefix, StringComparison.Ordinal)) ? "" : DenoiserPrefix;
        return weights.ToDictionary(item => prefix + item.Key, item => item.Value);
    }

    private static bool IsFrequencies(string name) => name.EndsWith(".rotary_emb.freqs", StringComparison.Ordinal);

    private TextToVideo CreateModel()
    {
        if (Config.Model.EffectiveTextEncoder == "learned" && !taskMetadata.ContainsKey(LearnedTextEncoder.VocabularyKey))
        {
            throw CheckpointErrors.NoLearnedEncoder(file.Path);
        }

        // A frozen encoder is no part of the file, and need not be there for this.
        var learned = Config.Model.EffectiveTextEncoder == "learned"
            ? (LearnedTextEncoder)TextEncoders.Restore(Config, taskMetadata, CPU)!
            : null;
        int? width = Config.Model.EffectiveTextEncoder switch
        {
            "none" => Config.Model.VectorWidth,
            "learned" => learned!.Width,
            _ => trained.GetValueOrDefault(NullVector)?.Shape is [1, > 0 and <= WidestVector and var stored] ? (int)stored : BertWidth,
        };
        return new TextToVideo(new UNet3D(UNet3DOptions.From(Config.Model, width)), learned);
    }

    private void CheckWeights()
    {
        var targets = model.state_dict();
        foreach (var weights in new[] { trained, averaged })
        {
            foreach (var (name, target) in targets.Where(item => IsFrequencies(item.Key)))
            {
                // A constant that some versions of the rotary package save and others do not.
                weights.TryAdd(name, new StoredTensor(target.dtype, target.shape, target.clone));
            }

            ModelWeights.Check(file.Path, weights, targets);
        }

        CheckFrequencies(targets);
    }

    /// <summary>Tables are computed from the configuration; those of the file tell whether that is the right one.</summary>
    private void CheckSchedule()
    {
        var schedule = NoiseSchedule.From(Config.Diffusion);
        var stored = file.Tensors.Where(item => NoiseSchedule.TableNames.Contains(item.Key[(item.Key.LastIndexOf('.') + 1)..])).ToList();
        foreach (var (name, tensor) in stored)
        {
            if (tensor.Shape.Count != 1 || tensor.Shape[0] != schedule.Timesteps)
            {
                throw CheckpointErrors.OtherSchedule(file.Path, name, tensor.Shape, schedule.Timesteps);
            }
        }

        var signal = schedule.Tables()["sqrt_alphas_cumprod"];
        if (stored.Any(item => item.Key.EndsWith("sqrt_alphas_cumprod", StringComparison.Ordinal) && Distance(item.Value, signal) > Tolerance))
        {
            warnings.Add($"The noise schedule in '{file.Path}' is not the configuration's, which is used: "
                + "if samples stay noisy, set diffusion.noise_schedule to what the model was trained with.");
        }
    }

    private void CheckFrequencies(Dictionary<string, Tensor> targets)
    {
        var other = trained.Keys.Where(name => IsFrequencies(name)
            && Distance(trained[name], targets[name].data<float>().ToArray()) > Tolerance).ToList();
        if (other.Count > 0)
        {
            warnings.Add($"{other.Count} rotary embeddings in '{file.Path}' ('{other[0]}') are not the standard ones, "
                + "which this model computes; its samples will differ from those of the program that trained it.");
        }
    }

    /// <summary>The largest difference of two lists of one length.</summary>
    private static double Distance(StoredTensor stored, float[] expected)
    {
        using var scope = NewDisposeScope();
        var values = stored.Read().to(float32).contiguous().data<float>().ToArray();
        return values.Zip(expected, (a, b) => Math.Abs(a - b)).Max();
    }
}
