using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Requests;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Training;

/// <content>Runs that are given time in place of hyperparameters.</content>
public sealed partial class StartTinySoraTrainingCommand
{
    private const string MinutesKey = "trainer.train_minutes";

    /// <summary>Whether the present row, or the command line, names a configuration; a dataset that is piped in names none.</summary>
    private bool NamesConfig => namesConfig
        || (MyInvocation.BoundParameters.ContainsKey(nameof(Config)) && Given(Config) is not null
            && !(InputObject is not null && ConfigNameAttribute.NamesNone(InputObject)));

    /// <summary>What -Budget says, in minutes; null: nothing.</summary>
    /// <exception cref="TinySoraException">BadBudget, NotWithBudget, BudgetWantsConfig.</exception>
    private double? BudgetMinutes()
    {
        if (Given(Budget) is not string budget)
        {
            return null;
        }

        if (MaxSteps is not null || MaxMinutes is not null)
        {
            throw InputErrors.NotWithBudget(MaxSteps is null ? nameof(MaxMinutes) : nameof(MaxSteps));
        }

        var several = Processes > 1 || MpiLaunch.IsThere;
        if (!NamesConfig && (several || Given(InitialCheckpoint) is not null || Given(Part) is not null))
        {
            throw InputErrors.BudgetWantsConfig(several ? nameof(Processes) : Given(Part) is null ? nameof(InitialCheckpoint) : nameof(Part));
        }

        return BudgetText.Minutes(budget);
    }

    /// <summary>A request that may take any of the tried presets, made for the size and length of its clips.</summary>
    private TrainingRequest Offer(TrainingRequest request, ConfigCell cell)
    {
        var fit = DatasetFit.Of(request.DataPath!);
        var offers = TriedPreset.All.Select(preset =>
        {
            var source = ConfigSource.Preset(preset.Name);
            var config = source.ParseFor(Absolute, BatchSize, [.. Fitting(source.Family, fit), .. cell.Settings]);
            return new OfferedPreset(preset.Name, config);
        }).ToList();
        return request with { Config = offers[0].Config, Offers = offers };
    }

    private static IEnumerable<ConfigSetting> Fitting(FamilyConfig family, DatasetFit? fit) => fit is null ? [] :
    [
        ConfigSetting.Of(family, "diffusion.image_size", fit.Height),
        ConfigSetting.Of(family, "diffusion.image_width", fit.Width == fit.Height ? null : fit.Width),
        ConfigSetting.Of(family, "diffusion.num_frames", fit.Frames),
    ];
}
