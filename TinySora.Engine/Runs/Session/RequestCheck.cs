using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs.Session;

/// <summary>Checks a training request before its data is read.</summary>
public static class RequestCheck
{
    /// <summary>Checks that a run can start from its initial checkpoint, unless it will be resumed or will choose a preset.</summary>
    /// <exception cref="TinySoraException">Those of <see cref="Continuation.Find"/> and <see cref="CheckInitial(TrainingRequest, RunConfig)"/>.</exception>
    public static void CheckInitial(TrainingRequest request)
    {
        var adopted = request.Offers is null ? PublishedKeys.Adopt(request) : null;
        if (adopted is not null && (adopted.Force || Continuation.Find(adopted, adopted.Folder, _ => { }) is null))
        {
            CheckInitial(adopted, adopted.Config);
        }
    }

    /// <summary>Checks that a new run can start from its initial checkpoint.</summary>
    /// <exception cref="TinySoraException">
    /// DecoderNeedsInitial, OtherInitialModel, errors in opening the checkpoint and, for adapters, NeedsBase and BaseIsAdapter.
    /// </exception>
    internal static void CheckInitial(TrainingRequest request, RunConfig config)
    {
        if (config.Family.TrainsOnlyDecoder && request.InitialCheckpoint is null)
        {
            throw TrainingErrors.DecoderNeedsInitial();
        }

        using var initial = AdapterRun.OpenInitial(request, resumed: null);
        if (initial is null)
        {
            return;
        }

        var differences = ConfigFile.Compare(initial.Config, config).Where(difference => DeterminesModel(difference.Key, request.Adapter is not null))
            .Concat(ConfigFile.Conflicts(initial.Config, config)).DistinctBy(difference => difference.Key).ToList();
        if (differences.Count > 0)
        {
            throw TrainingErrors.OtherInitialModel(initial.Info.Path, [.. differences.Select(difference => difference.Describe())]);
        }
    }

    /// <summary>Checks the limits of a request and the name of its adapter.</summary>
    /// <exception cref="TinySoraException">BadLimit, BadName, NotInParallel.</exception>
    internal static void Check(TrainingRequest request)
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
        || (isAdapter && key == "unet.text_attention");
}
