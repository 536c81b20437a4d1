using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs.Session;

/// <summary>Checks a training request before the run writes any files.</summary>
public static class RequestCheck
{
    /// <summary>Checks before any data is read that a run can start from the initial checkpoint. A resumed run does not use its weights.</summary>
    /// <exception cref="TinySoraException">
    /// DecoderNeedsInitial, OtherInitialModel, errors in opening the checkpoint and, for adapters, NeedsBase and BaseIsAdapter.
    /// </exception>
    public static void CheckInitial(TrainingRequest request, RunConfig config, bool isResumed)
    {
        if (isResumed)
        {
            return;
        }

        if (config.Family.TrainsOnlyDecoder && request.InitialCheckpoint is null)
        {
            throw TrainingErrors.DecoderNeedsInitial();
        }

        using var initial = AdapterRun.OpenInitial(request, resumed: null);
        if (initial is null)
        {
            return;
        }

        var differences = ConfigFile.Compare(initial.Config, config).Where(difference => DeterminesModel(difference.Key, request.Adapter is not null)).ToList();
        if (initial.Config.Family.Name == config.Family.Name)
        {
            differences.AddRange(ConfigFile.Conflicts(initial.Config, config));
        }

        if (differences.Count > 0)
        {
            throw TrainingErrors.OtherInitialModel(initial.Info.Path, [.. differences.Select(difference => difference.Describe())]);
        }
    }

    /// <exception cref="TinySoraException">BadLimit, BadName, NotInParallel.</exception>
    public static void Check(TrainingRequest request)
    {
        if (request.MaxSteps <= 0)
        {
            throw TrainingErrors.BadLimit(nameof(request.MaxSteps), request.MaxSteps.Value);
        }

        if (request.MaxMinutes is not (null or (> 0 and <= ConfigRules.MaxMinutes)))
        {
            throw TrainingErrors.BadLimit(nameof(request.MaxMinutes), request.MaxMinutes.Value);
        }

        if (request.Adapter is string name && !AdapterInfo.IsName(name))
        {
            throw AdapterErrors.BadName(name);
        }

        if (request.Adapter is not null && MpiLaunch.IsActive)
        {
            throw AdapterErrors.NotInParallel();
        }
    }

    /// <summary>
    /// Returns whether a key determines the model family or the network, and must be the same as in the initial checkpoint. An adapter cannot contain new
    /// layers.
    /// </summary>
    private static bool DeterminesModel(string key, bool isAdapter) => key == ConfigFile.FamilyKey || key.StartsWith("model.", StringComparison.Ordinal)
        || (isAdapter && key.StartsWith("unet.", StringComparison.Ordinal));
}
