using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Requests;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Training;

/// <content>Runs for which a time budget is specified instead of hyperparameters.</content>
public sealed partial class StartTinySoraTrainingCommand
{
    private const string MinutesKey = "trainer.train_minutes";

    /// <summary>Whether the current row or the command line specifies a configuration; a piped dataset does not.</summary>
    private bool NamesConfig => setup.Contains(nameof(Config))
        || (IsGiven(nameof(Config)) && Given(Config) is not null
            && !(InputObject is not null && ConfigNameAttribute.NamesNone(InputObject)));

    /// <summary>Whether the preset for the current row is chosen by -Budget.</summary>
    private bool ChoosesPreset => Given(Budget) is not null && !NamesConfig && Given(Adapter) is null;

    private IEnumerable<string> SetKeys => Set.Keys.Cast<object>().Select(key => key.ToString()!);

    /// <summary>Returns -Budget in minutes; <c>null</c> if it is not specified.</summary>
    /// <exception cref="TinySoraException">BadBudget, NotWithBudget, BudgetWantsConfig, FromScratchWantsBudget.</exception>
    private double? BudgetMinutes()
    {
        if (FromScratch && !ChoosesPreset)
        {
            throw InputErrors.FromScratchWantsBudget();
        }

        if (Given(Budget) is not string budget)
        {
            return null;
        }

        if (MaxSteps is not null || MaxMinutes is not null)
        {
            throw InputErrors.NotWithBudget(MaxSteps is null ? nameof(MaxMinutes) : nameof(MaxSteps));
        }

        var several = Processes > 1 || MpiLaunch.IsActive;
        if (ChoosesPreset && (several || Given(InitialCheckpoint) is not null || Given(Part) is not null))
        {
            throw InputErrors.BudgetWantsConfig(several ? nameof(Processes) : Given(Part) is null ? nameof(InitialCheckpoint) : nameof(Part));
        }

        return BudgetText.Minutes(budget);
    }

    /// <summary>
    /// Offers presets for a request, adapted to the size and length of its clips: fine-tuning of the bundled model for the clips' world; if there is none, the
    /// preset for videos. With -FromScratch, or if the values in -Set do not allow fine-tuning, offers for the shapes world all tested presets that accept
    /// these values.
    /// </summary>
    /// <exception cref="TinySoraException">NoPresetHasAll, OtherBudgetRun; a preset's error if no preset accepts the values.</exception>
    private TrainingRequest Offer(TrainingRequest request, ConfigCell cell)
    {
        var data = Portable(request.DataPath!);
        cell = cell with
        {
            Settings =
            [
                .. cell.Settings.Where(setting => setting.Name != DataKey),
                ConfigSetting.Create(MeasuredPreset.Videos.Family, DataKey, data),
            ],
        };
        var fit = DatasetFit.For(request.DataPath!, Stopped);
        var isResumed = PresetChoice.IsResumed(request);
        var world = fit?.World ?? ClipWorld.Shapes;

        // A resumed run keeps its preset, even if the clips have changed.
        var offers = MeasuredPreset.FineTuned.Where(preset => isResumed || (!FromScratch && preset.World == world))
            .Select(preset => FineTuned(preset, request.DataPath!, cell, fit)).OfType<OfferedPreset>().ToList();
        if (isResumed || (world != ClipWorld.Shapes && offers.Count == 0))
        {
            offers.AddRange(Videos(cell, fit) is OfferedPreset videos ? [videos] : []);
        }

        if (!isResumed && offers is [var first])
        {
            return request with { Config = first.Config, Offers = offers };
        }

        var refused = new List<(string Preset, TinySoraException Problem)>();
        var having = MeasuredPreset.Having(SetKeys);
        foreach (var preset in having)
        {
            try
            {
                offers.Add(new OfferedPreset(preset.Name, Fitted(preset.Name, cell, fit)));
            }
            catch (TinySoraException problem)
            {
                refused.Add((preset.Name, problem));
            }
        }

        if (offers.Count == 0)
        {
            throw refused[0].Problem;
        }

        request = request with { Config = offers[0].Config, Offers = [.. offers.OrderBy(offer => FromScratch && offer.InitialCheckpoint is not null)] };
        PresetChoice.CheckResumed(request, NamesFolder ? null : data, FromScratch);
        var lacking = MeasuredPreset.All.Except(having).Select(preset =>
            (Name: preset.Name, Why: $"no key {SetKeys.First(key => !MeasuredPreset.Having([key]).Contains(preset))}"));
        var left = lacking.Concat(refused.Select(one => (Name: one.Preset, Why: one.Problem.Message.TrimEnd('.')))).GroupBy(one => one.Why, one => one.Name)
            .Select(group => $"{string.Join(", ", group)} ({group.Key})").ToList();
        return request with { LeftOut = left.Count == 0 ? null : $"Presets left out: {string.Join("; ", left)}." };
    }

    /// <summary>Returns a path relative to the current location if it is below it, so that a run still finds its data after both are moved.</summary>
    private string Portable(string path)
    {
        path = System.IO.Path.TrimEndingDirectorySeparator(path);
        return IsBelow(path, Absolute(".")) ? $"./{System.IO.Path.GetRelativePath(Absolute("."), path).Replace('\\', '/')}" : path;
    }

    /// <summary>
    /// Returns the preset for videos with the values in -Set; <c>null</c> if the preset does not have one of the keys, or a value is invalid.
    /// </summary>
    private OfferedPreset? Videos(ConfigCell cell, DatasetFit? fit) =>
        IfAccepted(() => new OfferedPreset(MeasuredPreset.Videos.Name, Fitted(MeasuredPreset.Videos.Name, cell, fit?.ForVideos())));

    /// <summary>
    /// Returns a preset that fine-tunes a bundled model, with the values in -Set; <c>null</c> if a value changes the model's network or objective.
    /// </summary>
    private OfferedPreset? FineTuned(MeasuredPreset preset, string folder, ConfigCell cell, DatasetFit? fit) => IfAccepted(() =>
    {
        var model = BundledModels.PathOf(preset.Start!);
        var config = Fitted(preset.Name, cell, preset.World == ClipWorld.Sprites ? fit?.ForSprites() : fit, preset.Rate);
        var differences = ConfigFile.Compare(ConfigSource.Preset(preset.Name).ParseFor(Absolute, null), config);
        var words = config.Trainer.BalanceWords ?? ModelVocabulary.FindNewWords(folder, model, Stopped);
        return differences.All(difference => difference.Key.Split('.')[0] is DataKey or "trainer" or "clip")
            ? new OfferedPreset(preset.Name, config with { Trainer = config.Trainer with { BalanceWords = words } }, model) : null;
    });

    /// <summary>
    /// Returns a preset, or <c>null</c> if the preset does not accept the values in -Set. Presets that train from scratch report such errors.
    /// </summary>
    private static OfferedPreset? IfAccepted(Func<OfferedPreset?> offer)
    {
        try
        {
            return offer();
        }
        catch (TinySoraException)
        {
            return null;
        }
    }

    /// <summary>Adapts a preset to the size and length of the clips, and applies the values in -Set.</summary>
    /// <param name="rate">Learning rate; <c>null</c> for the rate of the preset.</param>
    private RunConfig Fitted(string preset, ConfigCell cell, DatasetFit? fit, double? rate = null)
    {
        var source = ConfigSource.Preset(preset);
        ConfigSetting[] rates = rate is null ? [] : [ConfigSetting.Create(source.Family, "trainer.train_lr", rate)];
        var settings = cell.Settings.Select(setting => setting.For(source.Family));
        return source.ParseFor(Absolute, BatchSize, [.. rates, .. Fitting(source.Family, fit), .. settings]);
    }

    private static IEnumerable<ConfigSetting> Fitting(FamilyConfig family, DatasetFit? fit) => fit is null || family.ClipKeys is not ClipKeys keys ? [] :
    [
        ConfigSetting.Create(family, keys.Height, fit.Height),
        ConfigSetting.Create(family, keys.Width, fit.Width == fit.Height ? null : fit.Width),
        ConfigSetting.Create(family, keys.Frames, fit.Frames),
    ];
}
