using System.Collections;
using System.Management.Automation;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation.Expectations;
using TinySora.Engine.Generation;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Display;
using TinySora.Engine.Runs.Launched;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Jobs;

namespace TinySora.PowerShell.Cmdlets.Training;

/// <content>Creation of requests from the parameters, one per combination of values, and their plans.</content>
public sealed partial class StartTinySoraTrainingCommand
{
    private const string DataKey = "training_data_dir";
    private const string ResultsKey = "trainer.results_folder";

    /// <summary>Whether the current row or the command line specifies the results folder.</summary>
    private bool NamesFolder => Given(ResultsPath) is not null || SetKeys.Contains(ResultsKey, StringComparer.OrdinalIgnoreCase);

    private bool IsWhatIf => MyInvocation.BoundParameters.TryGetValue("WhatIf", out var shows) ? (SwitchParameter)shows
        : LanguagePrimitives.IsTrue(SessionState.PSVariable.GetValue("WhatIfPreference"));

    private bool ShouldTrain(TrainingRequest request, string config)
    {
        if (MpiLaunch.IsFollower)
        {
            // Only the first process prompts and shows the plan.
            return !IsWhatIf;
        }

        var action = $"{(Force ? "Move earlier files aside and train from scratch" : "Train")} in '{request.ResultsPath}'.";
        var shall = ShouldProcess(action, action, "Confirm", out var reason);
        if (!shall && reason == ShouldProcessReason.WhatIf)
        {
            ShowPlan(request, config);
        }

        return shall && MayWriteTo(request, config);
    }

    /// <summary>
    /// Returns whether files may be written to the results folder: it was specified explicitly, or the user allows the folder that the configuration
    /// specifies.
    /// </summary>
    private bool MayWriteTo(TrainingRequest request, string config) =>
        NamesFolder || MayWriteTo(request.ResultsPath!, config, nameof(ResultsPath), Force);

    /// <summary>Plans the runs of the current row, and writes the summary if that fails. Called before the user is prompted.</summary>
    /// <exception cref="TinySoraException">Errors from <see cref="BuildRequests"/>; -NotifyUri or -Processes cannot be used.</exception>
    private RowPlan Planned()
    {
        var summary = Given(SummaryPath) is string path ? Absolute(path) : null;
        var startedAt = DateTimeOffset.Now;
        try
        {
            if (NotifyUri is not null)
            {
                RunNotifier.Check(NotifyUri);
            }

            var (source, cells, requests) = BuildRequests();
            return new RowPlan(
                source.Name, cells, requests, summary,
                Processes is null or 1 ? null : new LaunchedRun(Processes.Value, () => ThisShell.Running(MyInvocation.MyCommand.Name)));
        }
        catch (Exception e) when (!IsWhatIf && !MpiLaunch.IsFollower)
        {
            RunSummary.RecordFailure(summary, resultsPath: null, startedAt, e);
            throw;
        }
    }

    /// <summary>Returns the configuration for the current row, and one request per combination of values.</summary>
    /// <exception cref="TinySoraException">BadValue; an error in the configuration, a setting or a path.</exception>
    private (ConfigSource Source, IReadOnlyList<ConfigCell> Cells, IReadOnlyList<TrainingRequest> Requests) BuildRequests()
    {
        row.ThrowIfUnbound(MaxSteps, "a whole number of 1 or more", nameof(MaxSteps));
        row.ThrowIfUnbound(MaxMinutes, "a number", nameof(MaxMinutes));
        row.ThrowIfUnbound(BatchSize, "a whole number of 1 or more", nameof(BatchSize));
        row.ThrowIfUnbound(Processes, "a whole number from 1 to 1024", nameof(Processes));
        row.ThrowIfUnbound(Seed, "a whole number of 64 bits", nameof(Seed));
        row.ThrowIfUnbound(ThreadCount, "a whole number from 1 to 1024", nameof(ThreadCount));
        if (Set.Count == 0)
        {
            row.ThrowIfUnbound(null, "KEY=VALUE, or several separated by semicolons", nameof(Set));
        }

        RefuseTwice(DataKey, DataPath, nameof(DataPath));
        RefuseTwice(ResultsKey, ResultsPath, nameof(ResultsPath));
        var minutes = BudgetMinutes();
        if (Given(Adapter) is string adapter && !NamesConfig)
        {
            return BuildAdapterRequests(adapter, minutes);
        }

        var source = ConfigSource.FindPart(Given(Config) ?? ConfigSource.DefaultPreset, Absolute, Given(Part));
        if (!MpiLaunch.IsFollower && !ChoosesPreset)
        {
            WriteVerbose($"Configuration: {source.Name}.");
            source.Warnings.ToList().ForEach(WriteWarning);
        }

        if (!ChoosesPreset)
        {
            var cells = Cells(source.Family, minutes);
            return (source, cells, [.. cells.Select(cell => Request(cell, source.ParseFor(Absolute, BatchSize, cell.Settings)))]);
        }

        var offered = Cells(MeasuredPreset.Having(SetKeys)[0].Family, minutes);
        return (source, offered, [.. offered.Select(cell => Offer(Request(cell, source.ParseFor(Absolute, BatchSize, Folders(cell, source.Family))), cell))]);
    }

    /// <summary>Returns requests that train an adapter with the configuration of its base model.</summary>
    /// <exception cref="TinySoraException">NeedsBase; errors from <see cref="CheckpointStore.Latest"/> and in a setting.</exception>
    private (ConfigSource Source, IReadOnlyList<ConfigCell> Cells, IReadOnlyList<TrainingRequest> Requests) BuildAdapterRequests(string name, double? minutes)
    {
        var path = CheckpointStore.Latest(InitialPath() ?? throw AdapterErrors.NeedsBase(name)).Path;
        var source = ConfigSource.File(path);
        var cells = Cells(source.Family, minutes);
        return (source, cells, [.. cells.Select(cell => Balanced(Request(
            cell, source.ParseFor(Absolute, BatchSize, [.. AdapterDefaults.For(source.Family), .. cell.Settings]))))]);

        // Uses clips with new words more often if they are rare.
        TrainingRequest Balanced(TrainingRequest request)
        {
            var trainer = request.Config.Trainer;
            var words = trainer.BalanceWords is not null || trainer.BalanceCaptions
                || !source.Family.OptionalTrainerKeys.Contains(nameof(trainer.BalanceWords)) || !Directory.Exists(request.DataPath)
                ? trainer.BalanceWords : ModelVocabulary.FindNewWords(request.DataPath, path, Stopped);
            return request with { Config = request.Config with { Trainer = trainer with { BalanceWords = words } } };
        }
    }

    /// <summary>
    /// Returns the path of the initial checkpoint; <c>null</c> if it is not specified. For an adapter, `latest`, `best` and steps do not refer to the runs of
    /// adapters, so that repeating the command resumes the run instead of taking the run's own checkpoint as the base model.
    /// </summary>
    private string? InitialPath() =>
        Given(InitialCheckpoint) is string initial ? CheckpointAt(initial, Given(Adapter) is null ? RunNeed.Checkpoint : RunNeed.Base) : null;

    /// <summary>Returns the settings that specify folders, which apply to any preset.</summary>
    private static List<ConfigSetting> Folders(ConfigCell cell, FamilyConfig family) =>
        [.. cell.Settings.Where(setting => setting.Name is DataKey or ResultsKey).Select(setting => setting.For(family))];

    /// <exception cref="TinySoraException">SetTwice: -Set and a parameter specify the same value.</exception>
    private void RefuseTwice(string key, string? path, string parameter)
    {
        if (Given(path) is not null && SetKeys.Contains(key, StringComparer.OrdinalIgnoreCase))
        {
            throw InputErrors.SetTwice(key, parameter);
        }
    }

    /// <summary>Returns the text of a parameter; <c>null</c> for an empty table cell, which means that the parameter is not specified.</summary>
    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    /// <summary>Returns all combinations of the values in -Set or, with -Trials, a random sample of that size.</summary>
    /// <param name="minutes">Value of -Budget in minutes; <c>null</c> if the parameter is not specified.</param>
    private IReadOnlyList<ConfigCell> Cells(FamilyConfig family, double? minutes)
    {
        if (Trials is not null && Set.Count == 0)
        {
            throw InputErrors.TrialsOfNothing();
        }

        var values = Set.Cast<DictionaryEntry>().Select(entry => KeyValuePair.Create(entry.Key.ToString()!, Plain(entry.Value)));
        values = Given(KeepIf) is null ? values : values.Append(KeyValuePair.Create<string, object?>("trainer.keep_if", KeepIf));
        values = minutes is null ? values : values.Append(KeyValuePair.Create<string, object?>(MinutesKey, minutes));
        return Trials is int trials ? ConfigGrid.Draw(family, values, trials, Seed ?? 0) : ConfigGrid.Expand(family, values);
    }

    /// <summary>Unwraps a value from its PSObjects.</summary>
    private static object? Plain(object? value) => CellAttribute.Plain(value) switch
    {
        string text => text,
        IEnumerable several => several.Cast<object?>().Select(Plain).ToArray(),
        object other => other,
        null => null,
    };

    /// <summary>Shows the lines of the plan for -WhatIf.</summary>
    private void ShowPlan(TrainingRequest request, string config)
    {
        TrainingPlan? plan = null;
        string? chosen = null;
        var isPlanned = RunWork(FailureEndsPipeline, (writer, cancellation) =>
        {
            writer.Starting("Planning", "measuring a few steps on synthetic clips");
            (request, chosen) = PresetChoice.Make(request, null, cancellation);
            RequestCheck.CheckInitial(request);
            plan = TrainingPlan.Make(request, config, cancellation);
        });
        foreach (var line in isPlanned ? plan!.Lines().Prepend(chosen).OfType<string>() : [])
        {
            ShouldProcess(line, line, null);
        }
    }

    private TrainingRequest Request(ConfigCell cell, RunConfig config)
    {
        if (config.Trainer.KeepIf is string rows)
        {
            // Report errors now instead of when a queued run starts.
            ExpectationTable.Read(rows);
        }

        if (Processes > config.Trainer.TrainBatchSize)
        {
            throw ProcessErrors.TooManyProcesses(Processes.Value, config.Trainer.TrainBatchSize);
        }

        if (Given(Adapter) is not null && Processes > 1)
        {
            throw AdapterErrors.NotInParallel();
        }

        var namesFolder = cell.Settings.Any(setting => setting.Name == ResultsKey);
        var folder = Given(ResultsPath)
            ?? (namesFolder ? config.Trainer.ResultsFolder
            : Given(Adapter) is string adapter ? System.IO.Path.Combine(DefaultPaths.Runs, adapter)
            : cell.Name.Length > 0 ? DefaultPaths.Runs
            : ChoosesPreset ? DefaultPaths.BudgetRun
            : config.Trainer.ResultsFolder);
        return new TrainingRequest
        {
            Config = config,
            DataPath = Absolute(Given(DataPath) ?? config.TrainingDataDir),
            ResultsPath = System.IO.Path.Combine(Absolute(folder), cell.Name),
            MaxSteps = MaxSteps,
            MaxMinutes = MaxMinutes,
            Until = TrainingGoal.Parse(Until.Where(goal => Given(goal) is not null), DateTime.Now),
            Hours = Given(Between) is string hours ? TimeWindow.Parse(hours) : null,
            Resume = Resume,
            FromStep = FromStep,
            Force = Force,
            Device = Given(Device) ?? "auto",
            Seed = Seed,
            Tags = Tag?.Where(tag => Given(tag) is not null).ToList() is { Count: > 0 } tags ? tags : null,
            Note = Given(Note),
            IsTested = Given(Budget) is not null,
            Adapter = Given(Adapter),
            InitialCheckpoint = InitialPath(),
        };
    }

    /// <param name="Config">Configuration file or preset.</param>
    /// <param name="Cells">Combinations of values in -Set, including those that the user declines to train.</param>
    /// <param name="Summary">Path of the summary file; `null` for none.</param>
    /// <param name="Launched">Processes to train with; `null` to train in this process alone.</param>
    private sealed record RowPlan(
        string Config, IReadOnlyList<ConfigCell> Cells, IReadOnlyList<TrainingRequest> Requests, string? Summary, LaunchedRun? Launched);
}
