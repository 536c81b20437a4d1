using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentData;
using TinySora.Engine.Families.LatentTransformer.Networks;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Latents;
using TinySora.Engine.Layers;
using TinySora.Engine.Models;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>The trained model that a student of one step learns from, and by whose weights both student and critic begin.</summary>
internal sealed class TeacherModel : IDisposable
{
    /// <summary>The metadata key under which a student's checkpoint has the hash of its teacher.</summary>
    private const string HashKey = "teacher_fingerprint";

    /// <summary>The beginnings of the keys in which a teacher is as its student.</summary>
    private static readonly string[] Shared =
    [
        ConfigFile.FamilyKey, "model.", "unet.", "text.", "clip.frames", "clip.height", "clip.width", "clip.pixel_range", "diffusion.timesteps",
        "diffusion.objective", "diffusion.noise_", "diffusion.beta_",
    ];

    /// <summary>Steps from one turn of the student to the next, so that the critic keeps up with it.</summary>
    private const int StudentEvery = 2;

    private readonly LoadedModel model;

    private TeacherModel(LoadedModel model)
    {
        this.model = model;
        foreach (var parameter in Task.Model.parameters())
        {
            parameter.requires_grad = false; // gradients go through it, and it does not move
        }
    }

    /// <summary>The parts that train: the critic in each step, and the student behind it.</summary>
    public static IReadOnlyList<ParameterGroup> Groups { get; } =
        [new("critic", IsCritic), new("student", name => !IsCritic(name)) { Every = StudentEvery }];

    public LatentTransformerTask Task => (LatentTransformerTask)model.Task;

    /// <summary>Floating-point operations that its training took, its autoencoder's with them; null: its checkpoint does not tell.</summary>
    public double? Flops => model.Checkpoint.Tflop * FlopCounter.Tera;

    /// <summary>What a student's checkpoint says of its teacher.</summary>
    public IReadOnlyDictionary<string, string> Entry => new Dictionary<string, string> { [HashKey] = model.Hash };

    /// <summary>What the metadata of a student says of its teacher; nothing of other models.</summary>
    public static IReadOnlyDictionary<string, string> EntryIn(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Where(item => item.Key == HashKey).ToDictionary();

    /// <summary>Checks that there is a checkpoint where the configuration says, without reading it.</summary>
    /// <exception cref="TinySoraException">TeacherMissing.</exception>
    public static void CheckIsThere(string path)
    {
        if (!File.Exists(path) && !CheckpointStore.IsIn(path))
        {
            throw ModelErrors.TeacherMissing(path);
        }
    }

    /// <summary>Loads the averaged weights of the teacher that a configuration names.</summary>
    /// <param name="student">The student's configuration.</param>
    /// <param name="known">What the student's checkpoint says of its teacher; null: it is taken as it is.</param>
    /// <exception cref="TinySoraException">TeacherMissing, OtherTeacher, and those of <see cref="LoadedModel.Open(string, string)"/>.</exception>
    public static TeacherModel Open(RunConfig<LatentTransformerConfig> student, Device device, IReadOnlyDictionary<string, string>? known = null)
    {
        var path = student.Family.Diffusion.Teacher!;
        CheckIsThere(path);
        var model = LoadedModel.Open(path, $"{device}");
        return OnFailure.Dispose(model, () =>
        {
            var differences = ConfigFile.Compare(model.Config, new RunConfig { Family = student.Family, Trainer = student.Trainer })
                .Where(difference => Shared.Any(key => difference.Key.StartsWith(key, StringComparison.Ordinal))).ToList();
            if (differences.Count > 0)
            {
                throw ModelErrors.OtherTeacher(path, [.. differences.Select(difference => difference.ThereAndHere())]);
            }

            var teacher = new TeacherModel(model);
            if ((teacher.Task.Traits is null) != student.Family.Latents.IsPixels)
            {
                throw ModelErrors.OtherTeacher(path, ["one of the two has a latents.codec, the other makes pixels"]);
            }

            return known is null || !Companion.IsOther(teacher.Entry, known) ? teacher
                : throw ModelErrors.OtherTeacher(path, ["it is not the checkpoint that the run began with"]);
        });
    }

    /// <param name="student">The traits of the student's; null: it makes pixels.</param>
    /// <exception cref="TinySoraException">OtherTeacher.</exception>
    public void CheckLatents(CodecTraits? student)
    {
        if (!CodecTraits.AreAlike(Task.Traits?.Hash, student?.Hash))
        {
            throw ModelErrors.OtherTeacher(model.Checkpoint.Path, [$"its latents.codec is {CodecModel.IdOf(Task.Traits!.Hash!)} by its content"]);
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
