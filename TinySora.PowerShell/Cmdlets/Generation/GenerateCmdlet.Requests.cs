using System.Collections;
using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Models;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Checkpoints;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <content>Creation of requests from the parameters, and choice of the checkpoint.</content>
public abstract partial class GenerateCmdlet
{
    /// <exception cref="TinySoraException">BadStrength, NotFound.</exception>
    private IReadOnlyList<AppliedAdapter> Adapters => AdapterNames.Find(Adapter, Absolute);

    /// <summary>Returns the requests of the current row, one per prompt.</summary>
    /// <exception cref="TinySoraException">BadValue, HalfAnInterpolation; a path is invalid; an adapter is missing.</exception>
    private protected IReadOnlyList<GenerationRequest> Requests()
    {
        ThrowIfUnbound();
        var count = Count ?? (Row.Input is null ? Configured?.Count : null) ?? 1;
        var all = new GenerationRequest
        {
            Weights = Weights ?? CheckpointWeights.Averaged,
            Adapters = Adapters,
            ModelHash = Given(ModelHash),
            NegativePrompt = Given(NegativePrompt),
            Condition = Condition,
            Start = Start(),
            OutputPath = Absolute(Given(OutputPath) ?? Configured?.OutputPath ?? DefaultPaths.Videos),
            OutputName = Given(OutputName) ?? Configured?.NameOf(count),
            NameWords = NameWords,
            Seed = Seed ?? Configured?.Seed,
            Count = count,
            Exact = Exact,
            Batch = Row.Batch,
            Threads = ThreadCount ?? Row.Number(nameof(Recipe.Threads)),
            Settings = Settings(
                Set, (Setting.GuidanceScale, GuidanceScale), (Setting.Steps, Steps), (Setting.Sampler, Given(Sampler)), (Setting.Eta, Eta),
                (Setting.Temperature, Temperature), (Setting.TopK, TopK), (Setting.TopP, TopP),
                (Setting.Frames, Frames ?? Size(nameof(Frames))), (Setting.Height, Height ?? Size(nameof(Height))),
                (Setting.Width, Width ?? Size(nameof(Width))),
                (Setting.FramesPerSecond, FramesPerSecond ?? Configured?.FramesPerSecond)),
            Format = Given(Format) ?? Configured?.Format ?? "gif",
            GuessEvery = GuessEvery,
            NoisyVideoPattern = Configured?.NoiseVideos,
            Force = Force,
        };
        return [.. (setup.Contains(nameof(Prompt)) ? PipedObject.Texts(Prompt) : Row.Prompts()).Select(prompt => all with { Prompt = prompt })];
    }

    /// <summary>
    /// Returns the checkpoint for a request of the current row. A recipe contains only the file name of its checkpoint, which is searched for in all runs, or
    /// in the folder that -Checkpoint specifies.
    /// </summary>
    /// <exception cref="TinySoraException">ModelGone, and errors from <see cref="VideoModelCmdlet.ModelAt"/>.</exception>
    private protected string CheckpointPath(GenerationRequest request)
    {
        var path = GivenCheckpoint is null && Configured is not null ? Absolute(Configured.Checkpoint)
            : ModelAt(GivenCheckpoint, () => BundledModels.For(request));
        if (Given(ModelHash) is not string hash || Row.Input?.Properties[nameof(Checkpoint)]?.Value?.ToString() is not string named || File.Exists(path))
        {
            return path;
        }

        var name = System.IO.Path.GetFileName(named);
        var folders = CheckpointIsSetup ? [path] : NewestRun.Folders(Absolute(DefaultPaths.Results), Absolute(DefaultPaths.Runs));
        return folders.Select(folder => System.IO.Path.Combine(folder, name)).Where(File.Exists).ToList() switch
        {
            [var only] => only,
            [var newest, ..] several => several.Find(file => LoadedModel.HasHash(file, Weights ?? CheckpointWeights.Averaged, hash, Adapters)) ?? newest,
            _ when BundledModels.Paths.FirstOrDefault(path => System.IO.Path.GetFileName(path) == name) is string bundled => bundled,
            _ when CheckpointIsSetup => path,
            _ => throw GenerationErrors.ModelGone(name, $"{DefaultPaths.Results} and {DefaultPaths.Runs}"),
        };
    }

    /// <summary>Merges sampling settings from parameters and a table; parameters take precedence.</summary>
    internal static IReadOnlyDictionary<string, object> Settings(IDictionary? table, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var settings = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in table ?? new Hashtable())
        {
            settings[entry.Key.ToString()!] = entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value ?? "";
        }

        foreach (var (name, value) in parameters)
        {
            if (value is not null)
            {
                settings[name] = value;
            }
        }

        return settings;
    }

    /// <summary>Returns the size that a table row requests; <c>null</c> if the row does not request one, or is a generated video.</summary>
    /// <exception cref="TinySoraException">BadValue.</exception>
    private int? Size(string name)
    {
        if (Given(ModelHash) is not null)
        {
            return null;
        }

        var size = Row.Number(name);
        Row.ThrowIfUnbound(size, "a whole number", name);
        return size;
    }

    private protected static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private void ThrowIfUnbound()
    {
        Row.ThrowIfUnbound(Weights, "Averaged or Training", nameof(Weights));
        Row.ThrowIfUnbound(NameWords, "a whole number", nameof(NameWords));
        Row.ThrowIfUnbound(Seed, "a whole number of 64 bits", nameof(Seed));
        Row.ThrowIfUnbound(Count, "a whole number", nameof(Count), "BatchSize");
        Row.ThrowIfUnbound(Steps, "a whole number", nameof(Steps));
        Row.ThrowIfUnbound(GuidanceScale, "a number", nameof(GuidanceScale), "CondScale");
        Row.ThrowIfUnbound(Eta, "a number", nameof(Eta));
        Row.ThrowIfUnbound(Temperature, "a number", nameof(Temperature));
        Row.ThrowIfUnbound(TopK, "a whole number", nameof(TopK));
        Row.ThrowIfUnbound(TopP, "a number", nameof(TopP));
        Row.ThrowIfUnbound(Mix, "a number", nameof(Mix));
        Row.ThrowIfUnbound(Noise, "a number", nameof(Noise));
        Row.ThrowIfUnbound(FramesPerSecond, "a number", nameof(FramesPerSecond));
        Row.ThrowIfUnbound(Condition, "a list of numbers", nameof(Condition));
        Row.ThrowIfUnbound(Set, "settings such as Steps=20; Sampler=ddim", nameof(Set), "Settings");
    }

    private StartClips? Start()
    {
        var (from, to) = (Given(From), Given(To));
        if (from is null ? to is not null || Mix is not null || Noise is not null : to is null && Mix is not null)
        {
            throw InputErrors.HalfAnInterpolation();
        }

        return from is null ? null : new StartClips(Absolute(from), to is null ? null : Absolute(to))
        {
            Mix = Mix,
            Noise = Noise,
            FromHash = setup.Contains(nameof(From)) ? null : Row.Recorded(nameof(Recipe.FromHash)),
            ToHash = setup.Contains(nameof(To)) ? null : Row.Recorded(nameof(Recipe.ToHash)),
        };
    }
}
