using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Latents;
using TinySora.Engine.Layers;
using TinySora.Engine.Models;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>The trained model that a one-step student is distilled from. Both student and critic start with its weights.</summary>
internal sealed class TeacherModel : IDisposable
{
    /// <summary>Metadata key for the teacher's hash in a student's checkpoint.</summary>
    private const string HashKey = "teacher_fingerprint";

    /// <summary>Prefixes of the configuration keys whose values must be the same for teacher and student.</summary>
    private static readonly string[] Shared =
    [
        ConfigFile.FamilyKey, "model.", "unet.", "text.", "clip.frames", "clip.height", "clip.width", "clip.pixel_range", "diffusion.timesteps",
        "diffusion.objective", "diffusion.noise_", "diffusion.beta_",
    ];

    /// <summary>Number of steps between updates of the student. It is above 1, so that the critic can keep up with the student.</summary>
    private const int StudentEvery = 2;

    private readonly LoadedModel model;

    private TeacherModel(LoadedModel model)
    {
        this.model = model;
        foreach (var parameter in Task.Model.parameters())
        {
            parameter.requires_grad = false; // gradients pass through the teacher, but do not change it
        }

        Entry = new Dictionary<string, string>
        {
            [HashKey] = ModelHash.Compute(Task.Model, CodecDependency.WithoutDecoder(Task.Metadata), model.Config),
        };
    }

    /// <summary>Parameter groups of a distillation: the critic, which is updated in every step, followed by the student.</summary>
    public static IReadOnlyList<ParameterGroup> Groups { get; } =
        [new("critic", IsCritic), new("student", name => !IsCritic(name)) { StepInterval = StudentEvery }];

    public LatentTransformerTask Task => (LatentTransformerTask)model.Task;

    /// <summary>
    /// Number of floating-point operations spent on training the teacher and its autoencoder; <c>null</c> if the checkpoint does not contain it.
    /// </summary>
    public double? Flops => model.Checkpoint.Tflop * FlopCounter.Tera;

    /// <summary>Metadata about the teacher for a student's checkpoint, which does not depend on the decoder of its autoencoder.</summary>
    public IReadOnlyDictionary<string, string> Entry { get; }

    /// <summary>Returns the metadata about the teacher from a student's checkpoint; empty for other models.</summary>
    public static IReadOnlyDictionary<string, string> EntryIn(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Where(item => item.Key == HashKey).ToDictionary();

    /// <summary>Checks that the configured checkpoint of the teacher exists, without reading it.</summary>
    /// <exception cref="TinySoraException">TeacherMissing.</exception>
    public static void CheckExists(string path)
    {
        if (!File.Exists(path) && !CheckpointStore.IsIn(path))
        {
            throw ModelErrors.TeacherMissing(path);
        }
    }

    /// <summary>Loads the averaged weights of the configured teacher.</summary>
    /// <param name="student">Configuration of the student.</param>
    /// <param name="known">Metadata about the teacher from the student's checkpoint; <c>null</c> to accept any teacher.</param>
    /// <exception cref="TinySoraException">TeacherMissing, OtherTeacher; errors from <see cref="LoadedModel.Open(string, string)"/>.</exception>
    public static TeacherModel Open(RunConfig<LatentTransformerConfig> student, Device device, IReadOnlyDictionary<string, string>? known = null)
    {
        var path = student.Family.Diffusion.Teacher!;
        CheckExists(path);
        var model = LoadedModel.Open(path, $"{device}");
        return OnFailure.Dispose(model, () =>
        {
            var differences = ConfigFile.Compare(model.Config, new RunConfig { Family = student.Family, Trainer = student.Trainer })
                .Where(difference => Shared.Any(key => difference.Key.StartsWith(key, StringComparison.Ordinal))).ToList();
            if (differences.Count > 0)
            {
                throw ModelErrors.OtherTeacher(path, [.. differences.Select(difference => difference.Describe())]);
            }

            var teacher = new TeacherModel(model);
            if ((teacher.Task.Traits is null) != student.Family.Latents.IsPixels)
            {
                throw ModelErrors.OtherTeacher(path, ["one of the two models denoises latents (latents.codec), and the other one denoises pixels"]);
            }

            return known is null || !ModelDependency.HasChanged(teacher.Entry, known) ? teacher
                : throw ModelErrors.OtherTeacher(path, ["it is not the checkpoint that the run started with"]);
        });
    }

    /// <param name="student">Traits of the student's autoencoder; <c>null</c> if it denoises pixels.</param>
    /// <exception cref="TinySoraException">OtherTeacher.</exception>
    public void CheckLatents(CodecTraits? student)
    {
        if (!CodecTraits.AreAlike(Task.Traits?.Hash, student?.Hash))
        {
            throw ModelErrors.OtherTeacher(
                model.Checkpoint.Path, [$"its autoencoder (latents.codec) has a different content hash, {CodecModel.IdOf(Task.Traits!.Hash!)}"]);
        }
    }

    public NetworkCondition ConditionOf(LatentBatch batch)
    {
        using var nothing = no_grad();
        return Task.ConditionOf(batch);
    }

    public void Dispose() => model.Dispose();

    private static bool IsCritic(string name) => name.StartsWith($"{LatentDenoiser.CriticName}.", StringComparison.Ordinal);
}
