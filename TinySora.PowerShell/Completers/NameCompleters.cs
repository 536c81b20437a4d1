using System.Globalization;
using System.Management.Automation;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Completers;

/// <summary>Completes a parameter from a list of names, which are quoted where they have to be.</summary>
/// <param name="names">Called when Tab is pressed.</param>
/// <param name="tipOf">Returns the description of a name; <c>null</c> for the name itself.</param>
public abstract class NameCompleter(Func<IEnumerable<string>> names, Func<string, string>? tipOf = null) : Completer
{
    internal override IEnumerable<CompletionResult> Offers(Completion asked) =>
        names().Where(asked.IsMeant).Select(name => Offer(TypedText.Of(name), name, tipOf?.Invoke(name) ?? name));
}

/// <summary>Times that runs are often given, which show how a time is written.</summary>
public sealed class BudgetCompleter() : NameCompleter(() => ["3min", "10min", "30min", "1h", "2.5h", "8h"]);

/// <summary>The colours that the shapes world can have.</summary>
public sealed class ColourCompleter() : NameCompleter(() => [.. ShapesWorld.Colours, .. ShapesWorld.FurtherColours]);

/// <summary>The shapes that the shapes world can have.</summary>
public sealed class ShapeCompleter() : NameCompleter(() => [.. ShapesWorld.Shapes, .. ShapesWorld.FurtherShapes]);

/// <summary>The formats that the clips of a dataset can have.</summary>
public sealed class DatasetFormatCompleter() : NameCompleter(() => ["gif", "mp4"]);

/// <summary>The kinds of datasets, each with what it is as a tip.</summary>
public sealed class DatasetKindCompleter() : NameCompleter(
    () => DatasetKinds.All.Select(kind => kind.Name), name => DatasetKinds.Find(name).Description);

/// <summary>The formats that videos can be written in.</summary>
public sealed class FormatCompleter() : NameCompleter(() => ClipFile.WritableExtensions.Select(extension => extension[1..]));

/// <summary>The samplers that the engine has.</summary>
public sealed class SamplerCompleter() : NameCompleter(() => Samplers.Names);

/// <summary>The trainings that a configuration of a published program may be for.</summary>
public sealed class PartCompleter() : NameCompleter(() => ConfigDialect.All.SelectMany(dialect => dialect.Parts).Distinct());

/// <summary>Hours in which runs are often let train, which show how they are written.</summary>
public sealed class HoursCompleter() : NameCompleter(
    () => ["22:00-06:30", "18:00-08:00", "12:00-13:00"], _ => "from when to when on every day, local time");

/// <summary>The words by which earlier runs below this folder are found.</summary>
public sealed class TagCompleter() : NameCompleter(() => RunCompleter.Below("")
    .SelectMany(run => TrainingRun.List(run.Absolute).SelectMany(known => known.Tags)).Distinct(StringComparer.Ordinal));

/// <summary>One goal of each kind at which a run may stop, which show how goals are written.</summary>
public sealed class GoalCompleter() : NameCompleter(() => Goals.Keys.Append(Tomorrow), name => Goals.GetValueOrDefault(name, "on a day at a time of day"))
{
    private static readonly Dictionary<string, string> Goals = new()
    {
        ["3000"] = "after so many steps in all",
        ["loss 0.05"] = "when the smoothed loss is as low",
        ["06:30"] = "the next time that it is so late",
    };

    private static string Tomorrow => DateTime.Today.AddDays(1).AddHours(18).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}

/// <summary>The presets inside the module, each with what it learns as a tip, and those of the hub; files where a file can be named, too.</summary>
public sealed class PresetCompleter() : NameCompleter(
    () => [.. Presets.Names, .. Hub.Names(Hub.ConfigEnding)],
    name => ConfigSource.IsPreset(name) ? Presets.Summary(name) : $"a configuration of the hub, {Environment.GetEnvironmentVariable(Hub.Variable)}")
{
    private protected override bool TakesPaths(string parameter) => parameter != "Preset";
}

/// <summary>The processor, and the GPUs that libtorch finds.</summary>
public sealed class DeviceCompleter() : NameCompleter(() =>
    Gpus.Value.Wait(Patience) && Gpus.Value.Result is { Count: > 0 } gpus ? ["auto", "cpu", "cuda", .. gpus] : ["auto", "cpu"])
{
    /// <summary>How long Tab waits for the engine thread, which a training keeps busy.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly Lazy<Task<IReadOnlyList<string>>> Gpus = new(() => Task.Run(FindGpus));

    private static IReadOnlyList<string> FindGpus()
    {
        try
        {
            return RuntimeInfo.Read().Gpus;
        }
        catch (TinySoraException)
        {
            // Without libtorch nothing runs, and the cmdlet says so better than a completion could.
            return [];
        }
    }
}
