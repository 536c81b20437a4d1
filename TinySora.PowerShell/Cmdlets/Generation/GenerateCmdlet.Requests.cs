using System.Collections;
using System.Globalization;
using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <content>What is made of the parameters: requests, and the checkpoint that they are for.</content>
public abstract partial class GenerateCmdlet
{
    /// <summary>What is asked for: of each prompt a request.</summary>
    /// <exception cref="TinySoraException">BadValue, HalfAnInterpolation; those of paths.</exception>
    private protected IReadOnlyList<GenerationRequest> Requests()
    {
        RefuseWhatWasNotBound();
        var count = Count ?? (Row is null ? Configured?.Count : null) ?? 1;
        var all = new GenerationRequest
        {
            NegativePrompt = Given(NegativePrompt),
            Condition = Condition,
            Start = Start(),
            OutputPath = Absolute(Given(OutputPath) ?? Configured?.OutputPath ?? DefaultPaths.Videos),
            OutputName = Given(OutputName) ?? Configured?.NameOf(count),
            NameWords = NameWords,
            Seed = Seed ?? Configured?.Seed,
            Count = count,
            Exact = Exact,
            Batch = RecordedNumber(nameof(Recipe.BatchLength)) is int length ? (length, RecordedNumber(nameof(Recipe.BatchIndex)) ?? 0) : null,
            Threads = ThreadCount ?? RecordedNumber(nameof(Recipe.Threads)),
            Settings = Settings(
                Set, (Setting.GuidanceScale, GuidanceScale), (Setting.Steps, Steps), (Setting.Sampler, Given(Sampler)), (Setting.Eta, Eta),
                (Setting.Temperature, Temperature), (Setting.TopK, TopK), (Setting.TopP, TopP),
                (Setting.Frames, Frames), (Setting.Height, Height), (Setting.Width, Width),
                (Setting.FramesPerSecond, FramesPerSecond ?? Configured?.FramesPerSecond)),
            Format = Given(Format) ?? Configured?.Format ?? "gif",
            GuessEvery = GuessEvery,
            NoiseFilms = Configured?.NoiseFilms,
            Force = Force,
        };
        return [.. Prompts().Select(prompt => all with { Prompt = prompt })];
    }

    /// <summary>A recipe knows the name of its checkpoint but no folder: that comes from -Checkpoint, from -Config, or is the usual one.</summary>
    private protected string CheckpointPath()
    {
        var path = GivenCheckpoint is string given ? CheckpointAt(given)
            : Configured is not null ? Absolute(Configured.Checkpoint)
            : DefaultPaths.Checkpoint(Absolute);
        if (Given(ModelHash) is null || Row?.Properties[nameof(Checkpoint)]?.Value?.ToString() is not string named || File.Exists(path))
        {
            return path;
        }

        var name = System.IO.Path.GetFileName(named);
        var folder = CheckpointIsSetup ? path : Absolute(DefaultPaths.Results);
        var inFolder = System.IO.Path.Combine(folder, name);
        return File.Exists(inFolder) ? inFolder
            : name == System.IO.Path.GetFileName(DefaultPaths.Model) ? DefaultPaths.Model
            : CheckpointIsSetup ? path
            : throw GenerationErrors.ModelGone(name, folder);
    }

    /// <summary>What was said of how to sample, by parameters and by a table; the parameters go first.</summary>
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

    /// <summary>What a recipe says of how a video was made, and nobody types; null: nothing.</summary>
    private protected string? Recorded(string property) => Given(Row?.Properties[property]?.Value?.ToString());

    private int? RecordedNumber(string property) =>
        int.TryParse(Recorded(property), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private protected static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>
    /// PowerShell passes over a property that cannot be converted without a word, and a mistyped seed in a table would go unseen.
    /// </summary>
    private void RefuseWhatWasNotBound()
    {
        if (Row?.BaseObject is null or string or Array)
        {
            return;
        }

        Refuse(Weights, "Averaged or Training", nameof(Weights));
        Refuse(NameWords, "a whole number", nameof(NameWords));
        Refuse(Seed, "a whole number", nameof(Seed));
        Refuse(Count, "a whole number", nameof(Count), "BatchSize");
        Refuse(Steps, "a whole number", nameof(Steps));
        Refuse(GuidanceScale, "a number", nameof(GuidanceScale), "CondScale");
        Refuse(Eta, "a number", nameof(Eta));
        Refuse(Temperature, "a number", nameof(Temperature));
        Refuse(TopK, "a whole number", nameof(TopK));
        Refuse(TopP, "a number", nameof(TopP));
        Refuse(Mix, "a number", nameof(Mix));
        Refuse(Noise, "a number", nameof(Noise));
        Refuse(Condition, "a list of numbers", nameof(Condition));
        Refuse(Set, "a table of settings", nameof(Set), "Settings");

        void Refuse(object? bound, string expected, params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                if (bound is null && Row?.Properties[name]?.Value?.ToString() is string value && !string.IsNullOrWhiteSpace(value))
                {
                    throw InputErrors.BadValue(Row, rows, name, value, expected);
                }
            }
        }
    }

    /// <summary>
    /// PowerShell makes text of any object that a string parameter is given: only strings and properties are prompts. Null among them: none was given.
    /// </summary>
    private IReadOnlyList<string?> Prompts()
    {
        var given = setup.Contains(nameof(Prompt)) ? Prompt
            : Row?.BaseObject is null or string or Array ? Row?.BaseObject
            : OwnPrompt?.Value;
        return (given is PSObject wrapped ? wrapped.BaseObject : given) is Array { Length: > 0 } several
            ? [.. several.Cast<object?>().Select(prompt => prompt?.ToString())]
            : [given?.ToString()];
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
            FromHash = setup.Contains(nameof(From)) ? null : Recorded(nameof(Recipe.FromHash)),
            ToHash = setup.Contains(nameof(To)) ? null : Recorded(nameof(Recipe.ToHash)),
        };
    }
}
