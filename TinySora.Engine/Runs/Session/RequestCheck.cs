using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs.Session;

/// <summary>Checks the values of a training request before anything is opened.</summary>
internal static class RequestCheck
{
    /// <summary>Checks that a run that trains only a decoder has an encoder.</summary>
    /// <exception cref="TinySoraException">DecoderNeedsInitial.</exception>
    public static void CheckDecoder(TrainingRequest request, RunConfig config, bool isResumed)
    {
        if (config.Family.TrainsOnlyDecoder && !isResumed && request.InitialCheckpoint is null)
        {
            throw TrainingErrors.DecoderNeedsInitial();
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
}
