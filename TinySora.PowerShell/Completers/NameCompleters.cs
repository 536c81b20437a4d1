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

/// <summary>Completes a parameter from a list of names, quoted if necessary.</summary>
/// <param name="names">Function that returns the names, called when Tab is pressed.</param>
/// <param name="tipOf">Function that returns the description of a name; <c>null</c> to show the name itself.</param>
public abstract class NameCompleter(Func<IEnumerable<string>> names, Func<string, string>? tipOf = null) : Completer
{
    internal override IEnumerable<CompletionResult> Offers(Completion request) =>
        names().Where(request.IsMeant).Select(name => Offer(ArgumentText.QuoteIfNeeded(name), name, tipOf?.Invoke(name) ?? name));
}

/// <summary>Completes typical time budgets, as examples of the syntax.</summary>
public sealed class BudgetCompleter() : NameCompleter(() => ["3min", "10min", "30min", "1h", "2.5h", "8h"]);

/// <summary>Completes the colors of the shapes world.</summary>
public sealed class ColorCompleter() : NameCompleter(() => [.. ShapesWorld.Colors, .. ShapesWorld.ExtraColors]);

/// <summary>Completes the shapes of the shapes world.</summary>
public sealed class ShapeCompleter() : NameCompleter(() => [.. ShapesWorld.Shapes, .. ShapesWorld.ExtraShapes]);

/// <summary>Completes the formats of a dataset's clips.</summary>
public sealed class DatasetFormatCompleter() : NameCompleter(() => ClipFile.MovingFormats);

/// <summary>Completes the kinds of datasets, with the description as a tip.</summary>
public sealed class DatasetKindCompleter() : NameCompleter(
    () => DatasetKinds.All.Select(kind => kind.Name), name => DatasetKinds.Find(name).Description);

/// <summary>Completes the formats of generated videos.</summary>
public sealed class FormatCompleter() : NameCompleter(() => ClipFile.WritableExtensions.Select(extension => extension[1..]));

/// <summary>Completes the samplers.</summary>
public sealed class SamplerCompleter() : NameCompleter(() => Samplers.Names);

/// <summary>Completes the names of training runs that a configuration file of a published program can contain.</summary>
public sealed class PartCompleter() : NameCompleter(() => ConfigDialect.All.SelectMany(dialect => dialect.Parts).Distinct());

/// <summary>Completes typical hours for training, as examples of the syntax.</summary>
public sealed class HoursCompleter() : NameCompleter(
    () => ["22:00-06:30", "18:00-08:00", "12:00-13:00"], _ => "start and end of the hours for training, local time");

/// <summary>Completes the tags of earlier runs in the current folder.</summary>
public sealed class TagCompleter() : NameCompleter(() => RunCompleter.Below("")
    .SelectMany(run => TrainingRun.List(run.Absolute).SelectMany(known => known.Tags)).Distinct(StringComparer.Ordinal));

/// <summary>Completes a goal of each kind that can end a run, as an example of the syntax.</summary>
public sealed class GoalCompleter() : NameCompleter(() => Goals.Keys.Append(Tomorrow), name => Goals.GetValueOrDefault(name, "at this date and time"))
{
    private static readonly Dictionary<string, string> Goals = new()
    {
        ["3000"] = "after this total number of steps",
        ["loss 0.05"] = "when the smoothed loss reaches this value",
        ["06:30"] = "at the next occurrence of this time",
    };

    private static string Tomorrow => DateTime.Today.AddDays(1).AddHours(18).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}

/// <summary>Completes presets, with a summary as a tip, and configurations in the hub; also completes files if the parameter accepts them.</summary>
public sealed class PresetCompleter() : NameCompleter(
    () => [.. Presets.Names, .. Hub.Names(Hub.ConfigEnding)],
    name => ConfigSource.IsPreset(name) ? Presets.Summary(name) : $"a configuration in the hub {Environment.GetEnvironmentVariable(Hub.Variable)}")
{
    private protected override bool TakesPaths(string parameter) => parameter != "Preset";
}

/// <summary>Completes the names of the CPU and of the GPUs that libtorch finds.</summary>
public sealed class DeviceCompleter() : NameCompleter(() =>
    Search() is var gpus && gpus.Wait(Patience) && gpus.Result is { Count: > 0 } found ? ["auto", "cpu", "cuda", .. found] : ["auto", "cpu"])
{
    /// <summary>Maximum time that completion waits for the engine thread, which may be busy with training.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static Task<IReadOnlyList<string>?>? s_search;

    /// <summary>Returns the running or successful search. A search that failed because libtorch was not installed is repeated.</summary>
    private static Task<IReadOnlyList<string>?> Search() =>
        s_search is null or { IsCompletedSuccessfully: true, Result: null } ? s_search = Task.Run(FindGpus) : s_search;

    private static IReadOnlyList<string>? FindGpus()
    {
        try
        {
            return RuntimeInfo.FindGpus();
        }
        catch (TinySoraException)
        {
            // libtorch is missing, which the cmdlet will report.
            return null;
        }
    }
}
