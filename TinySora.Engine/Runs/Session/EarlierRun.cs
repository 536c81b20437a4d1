using TinySora.Engine.Errors;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Session;

/// <summary>The files of an earlier run in the results folder of a new one.</summary>
internal static class EarlierRun
{
    /// <summary>Moves the files into a subfolder if the request is to train from scratch.</summary>
    /// <param name="folder">The request's results folder.</param>
    /// <returns>The request, with the new path of its initial checkpoint if this was moved.</returns>
    /// <exception cref="TinySoraException">CannotUseFolder.</exception>
    public static TrainingRequest MoveAside(TrainingRequest request, ResultsFolder folder, Action<string> tell)
    {
        if (!request.Force || folder.MoveAside(further: request.Config.Family.RunFiles) is not string aside)
        {
            return request;
        }

        tell($"Moved the files of the earlier run to '{aside}'.");
        return request.InitialCheckpoint is string initial ? request with { InitialCheckpoint = folder.Moved.NewPathOf(initial) } : request;
    }

    /// <summary>Moves the files back if they were moved for a run that does not train.</summary>
    /// <param name="reason">Reason for the message, as a clause.</param>
    public static void MoveBack(ResultsFolder folder, string reason, Action<string> tell)
    {
        if (folder.Moved.RollBack())
        {
            tell($"Moved the files back, because {reason}.");
        }
    }
}
