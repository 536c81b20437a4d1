using System.Globalization;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Configuration;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training.Checkpoints;

/// <content>Metadata of new checkpoints.</content>
public sealed partial class Checkpoint
{
    internal static Dictionary<string, string> Metadata(TrainingState state, RunDescription run)
    {
        var metadata = Metadata(state.Step, run, state.Flops);
        metadata["skipped_in_a_row"] = Text(state.SkippedInARow);
        metadata["rollbacks"] = Text(state.Rollbacks);
        metadata["moments_since"] = Text(state.MomentsSince);
        metadata["elapsed_seconds"] = Text(state.Elapsed.TotalSeconds);
        if (state.Spent > TimeSpan.Zero)
        {
            metadata[SpentKey] = Text(state.Spent.TotalSeconds);
        }

        if (state.TrainLr != run.Config.Trainer.TrainLr)
        {
            metadata[TrainLrKey] = Text(state.TrainLr);
        }

        if (state.Loss is double loss)
        {
            metadata[LossKey] = Text(loss);
        }

        if (state.Best is double best)
        {
            metadata[BestKey] = Text(best);
        }

        if (state.Unimproved > 0)
        {
            metadata[UnimprovedKey] = Text(state.Unimproved);
        }

        if (state.Plateau != new PlateauSchedule())
        {
            metadata[PlateauKey] = MetadataJson.Write(state.Plateau);
        }

        if (state.IsCutOff)
        {
            metadata[CutOffKey] = "true";
        }

        if (state.Rows is not null)
        {
            metadata[RowsKey] = MetadataJson.Write(state.Rows);
        }

        if (state.Validated.Count > 0)
        {
            metadata[MetricsKey] = MetadataJson.Write(state.Validated);
        }

        return metadata;
    }

    /// <summary>Returns the metadata for a checkpoint whose model was not trained by this program.</summary>
    /// <param name="flops">See <see cref="TrainingState.Flops"/>.</param>
    internal static Dictionary<string, string> Metadata(int step, RunDescription run, double? flops)
    {
        var trainer = run.Config.Trainer;
        var clips = (long)step * trainer.GradientAccumulateEvery * trainer.TrainBatchSize;
        var metadata = new Dictionary<string, string>
        {
            ["format_version"] = FormatVersion,
            [FamilyKey] = run.Config.Family.Name,
            ["step"] = Text(step),
            [ConfigKey] = ConfigFile.ToYaml(run.Config),
            ["seed"] = Text(run.Seed),
            ["data_position"] = Text(clips),
            ["dataset_fingerprint"] = run.DatasetFingerprint,
            ["elapsed_seconds"] = "0",
            [LibTorchKey] = TorchBuild.Version,
            ["saved_at"] = DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture),
        };
        if (flops is double known)
        {
            metadata[FlopsKey] = Text(known);
        }

        if (trainer.BestBy != BestMetric.Loss)
        {
            metadata[BestByKey] = trainer.BestBy;
        }

        if (run.InitialHash is not null)
        {
            metadata[InitialKey] = run.InitialHash;
        }

        if (run.Adapter is not null)
        {
            metadata[AdapterInfo.MetadataKey] = MetadataJson.Write(run.Adapter);
        }

        if (run.PublishedKeys.Count > 0)
        {
            metadata[PublishedKey] = MetadataJson.Write(run.PublishedKeys);
        }

        foreach (var (key, value) in run.TaskMetadata)
        {
            metadata[TaskPrefix + key] = value;
        }

        return metadata;
    }

    /// <summary>Returns the shortest text that parses to the same number.</summary>
    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
