using System.Globalization;
using TinySora.Engine.Compute;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;
using TinySora.Engine.Interop.PyTorch;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// A checkpoint as a file for other programs. Its tensors have the names and shapes of the published code, with the tables that
/// it keeps beside them; our description travels along, so that it can be generated from and imported again.
/// </summary>
public static class CheckpointExport
{
    private const string Prefix = "model-";

    /// <summary>Where a PyTorch file keeps our description, beside what the published code looks at.</summary>
    private const string MetadataKey = "tinysora";

    /// <summary>The file to write: <c>model-N</c> as the published code counts, N = step / save_model_every.</summary>
    /// <param name="output">A file, or a folder; null: the checkpoint's own.</param>
    public static string TargetPath(CheckpointInfo checkpoint, ExportFormat format, string? output)
    {
        var config = ConfigFile.ParseStored(checkpoint.ConfigYaml, $"{checkpoint.Path} (configuration)");
        var extension = format == ExportFormat.PyTorch ? ".pt" : ".safetensors";
        var cadence = config.Trainer.SaveModelEvery;
        var name = FormattableString.Invariant($"{Prefix}{(cadence.InEpochs ? checkpoint.Step : checkpoint.Step / cadence.Steps)}{extension}");
        return output is null ? Path.Combine(Path.GetDirectoryName(checkpoint.Path)!, name)
            : Directory.Exists(output) || !Path.HasExtension(output) ? Path.Combine(output, name)
            : output;
    }

    /// <summary>N of <c>model-N.pt</c>; null for other names.</summary>
    public static long? MilestoneOf(string path) =>
        Path.GetFileNameWithoutExtension(path) is var name && name.StartsWith(Prefix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan()[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <param name="weights">Which of the two sets; a PyTorch file has both.</param>
    /// <param name="note">What the file's reader should know; see <see cref="CheckpointInfo.Note"/>.</param>
    /// <exception cref="TinySoraException">What opening the checkpoint may throw; CannotWrite.</exception>
    public static void Write(
        string checkpoint, string target, ExportFormat format, CheckpointWeights weights = CheckpointWeights.Averaged,
        WeightType type = WeightType.Float32, string? note = null) => EngineThread.Run(() =>
    {
        using var source = Checkpoint.Open(checkpoint);
        var metadata = new Dictionary<string, string>(source.File.Metadata);
        if (note is not null)
        {
            metadata[Checkpoint.NoteKey] = note;
        }

        var elementType = type switch { WeightType.Float16 => float16, WeightType.BFloat16 => bfloat16, _ => float32 };
        if (format == ExportFormat.PyTorch)
        {
            var trained = StateDict(source, averaged: false, elementType);
            var beside = source.Family.Published?.Beside(source.Config, source.Info.Step, trained);
            PyTorchFile.Write(target, new Dictionary<string, object>(beside ?? new Dictionary<string, object>())
            {
                ["step"] = source.Info.Step,
                ["model"] = Objects(trained),
                ["ema"] = Objects(StateDict(source, averaged: true, elementType)),
                ["scaler"] = new Dictionary<string, object>(),
                [MetadataKey] = Objects(metadata),
            });
        }
        else
        {
            using var scope = NewDisposeScope();
            SafetensorsFile.Write(target, metadata,
                StateDict(source, weights == CheckpointWeights.Averaged, elementType).Select(item => (item.Key, item.Value.Read())));
        }
    });

    /// <summary>What <see cref="Write"/> put into a file, or a checkpoint of ours holds; empty for files of other programs.</summary>
    internal static IReadOnlyDictionary<string, string> MetadataIn(ITensorFile file)
    {
        var prefix = file is PyTorchFile ? MetadataKey + "." : "";
        return file.Metadata.ContainsKey(prefix + Checkpoint.FamilyKey)
            ? file.Metadata.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
                .ToDictionary(item => item.Key[prefix.Length..], item => item.Value)
            : new Dictionary<string, string>();
    }

    /// <summary>The state dict of the published code's diffusion. Only what was trained changes its type.</summary>
    private static Dictionary<string, StoredTensor> StateDict(Checkpoint source, bool averaged, ScalarType type)
    {
        var result = new Dictionary<string, StoredTensor>();
        var published = source.Family.Published;
        var config = source.Config with { Family = source.Config.Family.MapPaths(companion => Companion.Near(source.Info.Path, companion)) };
        foreach (var (name, table) in published?.Tables(config) ?? new Dictionary<string, StoredTensor>())
        {
            result.Add(name, table);
        }

        foreach (var (name, weight) in ModelWeights.Of(source.File, averaged, published).Where(item => published?.IsOurs(item.Key) != true))
        {
            foreach (var named in published?.NamesInFile(name) ?? [name])
            {
                result.Add(named, published?.IsConstant(name) == true ? weight : weight.As(type));
            }
        }

        return result;
    }

    private static Dictionary<string, object> Objects<T>(IEnumerable<KeyValuePair<string, T>> items)
        where T : notnull => items.ToDictionary(item => item.Key, item => (object)item.Value);
}
