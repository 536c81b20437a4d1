using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Session;

/// <summary>Results of calls that do not train any steps.</summary>
internal static class UntrainedCall
{
    /// <summary>Returns the result of a call outside the allowed training hours, which does not change anything.</summary>
    public static TrainingResult Outside(TrainingRequest request, ITrainingObserver observer)
    {
        observer.Message(request.Hours is TimeWindow hours
            ? $"Training is allowed only between {hours}; nothing was done."
            : FormattableString.Invariant($"Training was allowed only until {request.Until.Time:yyyy-MM-dd HH:mm}; nothing was done."));
        var newest = Directory.Exists(request.Folder) ? CheckpointStore.NewestReadable(request.Folder) : null;
        return Result(request.Folder, newest, RunState.OutsideHours);
    }

    /// <param name="newest">The newest checkpoint of the run; <c>null</c> if there is none.</param>
    public static TrainingResult Result(string folder, CheckpointInfo? newest, RunState reason) =>
        new(folder, newest?.Path ?? "", newest?.Step ?? 0, newest?.Loss ?? double.NaN, TimeSpan.Zero, reason, 0, 0, 0);
}
