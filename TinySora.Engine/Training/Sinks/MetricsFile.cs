using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Training.Sinks;

/// <summary><c>metrics.jsonl</c> in a results folder: all metrics of a run, with one JSON object per optimizer step.</summary>
/// <param name="path">Path of the file.</param>
public sealed class MetricsFile(string path) : IStepSink
{
    public const string Name = "metrics.jsonl";

    private static readonly JsonSerializerOptions Form = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Reads all records from a results folder or file, except a last line that a crash has truncated.</summary>
    /// <exception cref="TinySoraException">CannotRead: the system does not allow reading the file, or it is not a regular file.</exception>
    public static IReadOnlyList<TrainingStep> Read(string fileOrFolder, CancellationToken cancellationToken = default)
    {
        var path = Directory.Exists(fileOrFolder) ? Path.Combine(fileOrFolder, Name) : fileOrFolder;
        return OnFailure.Throw<IReadOnlyList<TrainingStep>>(path, WeightFileErrors.CannotRead, () => !File.Exists(path) ? []
            : [.. BusyFile.ReadLines(path).Where(line => line.Length > 0).Select(line => Parse(line, cancellationToken)).OfType<TrainingStep>()]);
    }

    /// <summary>Reads all records from a results folder; empty if the file cannot be read.</summary>
    internal static IReadOnlyList<TrainingStep> ReadIfPossible(string folder, CancellationToken cancellationToken = default) =>
        OnFailure.Recover([], () => Read(folder, cancellationToken));

    /// <exception cref="TinySoraException">CannotWrite, for example on a full disk.</exception>
    public void Write(IReadOnlyList<TrainingStep> steps) => OnFailure.Throw(path, WeightFileErrors.CannotWrite, () =>
    {
        // Build the text first, so that the file is written in one operation.
        var lines = string.Concat(steps.Select(step => Line(step) + "\n"));
        AtomicFile.RemoveLink(path);
        BusyFile.Retry(() => File.AppendAllText(path, lines));
    });

    /// <summary>Flushes the file to disk. A checkpoint guarantees that the steps before it are recorded.</summary>
    /// <exception cref="TinySoraException">CannotWrite.</exception>
    public void ForceToDisk() => OnFailure.Throw(path, WeightFileErrors.CannotWrite, () =>
    {
        if (File.Exists(path))
        {
            BusyFile.Retry(() => DiskFlush.FlushFile(path));
        }
    });

    /// <inheritdoc/>
    /// <remarks>A resumed run repeats the discarded steps.</remarks>
    /// <exception cref="TinySoraException">CannotRead, CannotWrite; the file is then unchanged.</exception>
    public void RollBack(int step)
    {
        if (File.Exists(path))
        {
            var kept = Read(path).Where(record => record.Step <= step).ToList();
            AtomicFile.WriteStream(path, stream =>
            {
                using var writer = new StreamWriter(stream, leaveOpen: true);
                kept.ForEach(record => writer.WriteLine(Line(record)));
            }, WeightFileErrors.CannotWrite);
        }
    }

    private static string Line(TrainingStep record) => JsonSerializer.Serialize(record, Form);

    private static TrainingStep? Parse(string line, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return JsonSerializer.Deserialize<TrainingStep>(line, Form);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
