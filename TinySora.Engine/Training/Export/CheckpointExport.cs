using System.Diagnostics;
using System.Globalization;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training.Checkpoints;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Export;

/// <summary>
/// Exports a checkpoint for other programs. Tensors have the names and shapes of the published code, including the constant tables that it saves with the
/// weights. The file also contains TinySora's description of the model, so that TinySora can generate videos from it or import it again.
/// </summary>
public static class CheckpointExport
{
    private const string Prefix = "model-", StepPrefix = "model-step-";

    /// <summary>Key of TinySora's description of the model in a PyTorch file; the published code ignores it.</summary>
    private const string MetadataKey = "tinysora";

    /// <summary>File extensions of the formats.</summary>
    private static readonly Dictionary<ExportFormat, string> Endings = new()
    {
        [ExportFormat.PyTorch] = ".pt", [ExportFormat.Safetensors] = ".safetensors", [ExportFormat.Onnx] = ".onnx", [ExportFormat.Html] = ".html",
    };

    /// <summary>Other extensions of PyTorch files.</summary>
    private static readonly string[] PyTorchEndings = [".pth", ".ckpt", ".bin"];

    /// <summary>Extensions that determine the format.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [.. Endings.Values, .. PyTorchEndings];

    /// <summary>Returns the export format for a file name; PyTorch if it has no extension, <c>null</c> if the extension is unknown.</summary>
    public static ExportFormat? FormatOf(string? path) =>
        !Path.HasExtension(path) || PyTorchEndings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase) ? ExportFormat.PyTorch
        : Endings.Where(item => item.Value.Equals(Path.GetExtension(path), StringComparison.OrdinalIgnoreCase)).Select(item => (ExportFormat?)item.Key)
            .FirstOrDefault();

    /// <summary>
    /// Returns the path of the file to write. Its default name is the one that the published code uses for this form or, if there is none, <c>model-N</c> as in
    /// Tiny SORA, with N = step / save_model_every, or <c>model-step-N</c> with N = step if the step is between two such milestones.
    /// </summary>
    /// <param name="output">A file or folder; <c>null</c> for the checkpoint's folder.</param>
    /// <param name="form">Form of a PyTorch file.</param>
    /// <exception cref="TinySoraException">NoSuchForm.</exception>
    public static string TargetPath(CheckpointInfo checkpoint, ExportFormat format, string? output, PublishedForm form = PublishedForm.Checkpoint)
    {
        var config = ConfigFile.ParseStored(checkpoint.ConfigYaml, $"{checkpoint.Path} (configuration)");
        var family = ModelFamilies.Of(config);
        var forms = family.Published?.Forms(config) ?? new Dictionary<PublishedForm, string?> { [PublishedForm.Checkpoint] = null };
        if (!forms.TryGetValue(form, out var published))
        {
            throw CheckpointErrors.NoSuchForm(checkpoint.Path, form.ToString(), family.Name, forms.Keys.Select(known => known.ToString()));
        }

        var cadence = config.Trainer.SaveModelEvery;
        var (milestone, rest) = cadence.InEpochs ? (checkpoint.Step, 0) : Math.DivRem(checkpoint.Step, cadence.Steps);
        var number = rest == 0 ? FormattableString.Invariant($"{Prefix}{milestone}") : FormattableString.Invariant($"{StepPrefix}{checkpoint.Step}");
        var name = published ?? $"{number}{Endings[format]}";
        return output is null ? Path.Combine(Path.GetDirectoryName(checkpoint.Path)!, name)
            : Directory.Exists(output) || !Path.HasExtension(output) ? Path.Combine(output, name)
            : output;
    }

    /// <summary>Returns the number N in a file name of the form model-N.pt or model-step-N.pt; <c>null</c> for other names.</summary>
    /// <returns>The number, and whether it is that of a milestone; a milestone compares as greater.</returns>
    public static (bool IsMilestone, long Number)? NumberOf(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        var isStep = name.StartsWith(StepPrefix, StringComparison.Ordinal);
        var prefix = isStep ? StepPrefix : Prefix;
        return name.StartsWith(prefix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan()[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (!isStep, number) : null;
    }

    /// <summary>Returns all files to write: the target and, next to it, the files that the published code keeps separately.</summary>
    /// <exception cref="TinySoraException">NoGraph, or the checkpoint cannot be opened.</exception>
    public static IReadOnlyList<string> Files(CheckpointInfo checkpoint, string target, ExportFormat format, PublishedForm form)
    {
        using var source = Checkpoint.Open(checkpoint.Path);
        return format == ExportFormat.Onnx ? OnnxExport.Files(source, target)
            : [.. Parts(source, form).Concat(Texts(source, form, target).Keys).Select(part => PartPath(target, part))];
    }

    /// <param name="weights">The set of weights to export. It has no effect on PyTorch files of the form Checkpoint, which contain both sets.</param>
    /// <param name="note">Note for users of the file, see <see cref="CheckpointInfo.Note"/>. Only checkpoints can contain a note.</param>
    /// <param name="webRuntime">Path of the web runtime if a web page is exported, see <see cref="WebRuntime.Open"/>.</param>
    /// <param name="overwrite">Whether to replace existing files.</param>
    /// <param name="adapters">Adapters to merge into the weights; <c>null</c> for none.</param>
    /// <exception cref="TinySoraException">
    /// Errors in opening the checkpoint; Damaged: a weight is NaN or infinite; NameTaken; CannotWrite; BeyondHalf, NoGraph, OnnxTooLarge, NoClipPage
    /// and similar errors.
    /// </exception>
    public static void Write(
        string checkpoint, string target, ExportFormat format, CheckpointWeights weights = CheckpointWeights.Averaged,
        WeightType type = WeightType.Float32, string? note = null, PublishedForm form = PublishedForm.Checkpoint,
        string? webRuntime = null, bool overwrite = true, IReadOnlyList<AppliedAdapter>? adapters = null,
        CancellationToken cancellationToken = default) => EngineThread.Run(() =>
    {
        using var source = Checkpoint.Open(checkpoint, adapters);
        ModelWeights.Require(source.Weights, weights);
        var metadata = new Dictionary<string, string>(source.Weights.Metadata)
        {
            [Checkpoint.ConfigKey] = ConfigFile.ToYaml(source.Config with { Family = source.Config.Family.MapPaths(ModelDependency.Portable) }),
        };
        if (note is not null)
        {
            metadata[Checkpoint.NoteKey] = note;
        }

        var elementType = TensorTypeOf(type);
        var isAveraged = weights == CheckpointWeights.Averaged;
        RequireNumbers(source, format == ExportFormat.PyTorch && form == PublishedForm.Checkpoint ? null : isAveraged, elementType, cancellationToken);
        if (format == ExportFormat.Onnx)
        {
            OnnxExport.Write(source, target, metadata, isAveraged, elementType, overwrite);
        }
        else if (format == ExportFormat.Html)
        {
            OnnxExport.WritePage(source, target, metadata, isAveraged, elementType, webRuntime, overwrite, cancellationToken);
        }
        else if (format == ExportFormat.Safetensors)
        {
            using var scope = NewDisposeScope();
            SafetensorsFile.Write(target, metadata, Tensors(StateDict(source, isAveraged, elementType)), overwrite, cancellationToken);
        }
        else if (form == PublishedForm.StateDict)
        {
            WriteStateDicts(source, target, isAveraged, elementType, overwrite, cancellationToken);
        }
        else
        {
            var main = StateDict(source, isAveraged && form != PublishedForm.Checkpoint, elementType);
            var beside = source.Family.Published?.GetExtraEntries(form, source.Config, source.Info.Step, main);
            var root = new Dictionary<string, object>(beside ?? new Dictionary<string, object>())
            {
                [form == PublishedForm.Lightning ? "state_dict" : "model"] = Objects(main),
            };
            if (form == PublishedForm.Checkpoint)
            {
                root["step"] = source.Info.Step;
                root["ema"] = Objects(StateDict(source, averaged: true, elementType));
                root["scaler"] = new Dictionary<string, object>();
                root[MetadataKey] = Objects(metadata);
            }

            PyTorchFile.Write(target, root, overwrite, cancellationToken);
        }
    });

    private static ScalarType TensorTypeOf(WeightType type) => type switch
    {
        WeightType.Float32 => float32,
        WeightType.Float16 => float16,
        WeightType.BFloat16 => bfloat16,
        _ => throw new UnreachableException(),
    };

    /// <summary>Checks that all weights are finite and remain finite when converted to the exported element type.</summary>
    /// <param name="averaged">Whether to check the averaged or the trained weights; <c>null</c> for both.</param>
    /// <exception cref="TinySoraException">Damaged; BeyondHalf.</exception>
    private static void RequireNumbers(Checkpoint source, bool? averaged, ScalarType type, CancellationToken cancellationToken)
    {
        bool[] sets = averaged is bool one ? [one] : [true, false];
        foreach (var (name, weight) in sets.SelectMany(set => ModelWeights.Of(source.Weights, set, source.Family.Published))
            .Where(item => source.Family.Published?.IsOurs(item.Key) != true))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var values = weight.Read();
            ModelWeights.RequireFinite(source.Info.Path, name, values);
            if (type == float16 && weight.Type == float32 && values.abs().max().item<float>() is var most && most > (float)Half.MaxValue)
            {
                throw CheckpointErrors.BeyondHalf(source.Info.Path, name, most);
            }
        }
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Tensors(Dictionary<string, StoredTensor> stored) =>
        stored.Select(item => (item.Key, item.Value.Read()));

    private static void WriteStateDicts(Checkpoint source, string target, bool averaged, ScalarType type, bool overwrite, CancellationToken cancellationToken)
    {
        foreach (var part in Parts(source, PublishedForm.StateDict))
        {
            PyTorchFile.Write(PartPath(target, part), Objects(StateDict(source, averaged, type, [part])), overwrite, cancellationToken);
        }

        foreach (var (name, text) in Texts(source, PublishedForm.StateDict, target))
        {
            AtomicFile.WriteText(PartPath(target, name), text, WeightFileErrors.CannotWrite, overwrite);
        }
    }

    /// <summary>Returns the metadata of a checkpoint, or of a file that <see cref="Write"/> created; empty for files from other programs.</summary>
    internal static IReadOnlyDictionary<string, string> MetadataIn(ITensorFile file)
    {
        var prefix = file is PyTorchFile ? MetadataKey + "." : "";
        return file.Metadata.ContainsKey(prefix + Checkpoint.FamilyKey)
            ? file.Metadata.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
                .ToDictionary(item => item.Key[prefix.Length..], item => item.Value)
            : new Dictionary<string, string>();
    }

    /// <summary>Returns the names of the weight files to write; <c>null</c> stands for a single file with the whole state dict.</summary>
    private static IReadOnlyList<string?> Parts(Checkpoint source, PublishedForm form) =>
        form != PublishedForm.StateDict || source.Family.Published is not PublishedWeights published ? [null]
            : [.. ModelWeights.Of(source.Weights, averaged: false, published).Keys
                .Select(name => published.GetSeparateFile(source.Config, name)).Prepend(null).Distinct()];

    /// <summary>
    /// Returns the contents of the text files to write next to a state dict, by file name. The published code does not find them if the weights have another
    /// name.
    /// </summary>
    private static IReadOnlyDictionary<string, string> Texts(Checkpoint source, PublishedForm form, string target) =>
        form == PublishedForm.StateDict && source.Family.Published is PublishedWeights published
            && published.Forms(source.Config)[form] == Path.GetFileName(target) ? published.GetSidecarTexts(source.Config) : new Dictionary<string, string>();

    private static string PartPath(string target, string? part) => part is null ? target : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(target))!, part);

    /// <summary>Returns the state dict of the published code's diffusion object. Only trained tensors are converted to the element type.</summary>
    /// <param name="parts">Files from <see cref="Parts"/> whose weights are included; <c>null</c> for all.</param>
    private static Dictionary<string, StoredTensor> StateDict(Checkpoint source, bool averaged, ScalarType type, IReadOnlyList<string?>? parts = null)
    {
        var result = new Dictionary<string, StoredTensor>();
        var published = source.Family.Published;
        var takesMain = parts?.Contains(null) != false;
        foreach (var (name, table) in takesMain && published is not null ? published.Tables(source.LocalConfig) : new Dictionary<string, StoredTensor>())
        {
            result.Add(name, table);
        }

        foreach (var (name, weight) in ModelWeights.Of(source.Weights, averaged, published)
            .Where(item => published?.IsOurs(item.Key) != true && parts?.Contains(published?.GetSeparateFile(source.Config, item.Key)) != false))
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

public enum ExportFormat
{
    /// <summary>The published code's checkpoint: step, model, ema and scaler.</summary>
    PyTorch,

    /// <summary>One set of weights under the published code's names.</summary>
    Safetensors,

    /// <summary>The networks with one set of weights, as ONNX graphs for ONNX Runtime and similar programs.</summary>
    Onnx,

    /// <summary>A web page that generates clips in a browser, without TinySora and without a network connection.</summary>
    Html,
}

/// <summary>Element types of exported weights.</summary>
public enum WeightType
{
    Float32,
    Float16,
    BFloat16,
}
