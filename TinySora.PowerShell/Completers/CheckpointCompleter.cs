using System.Globalization;
using System.Management.Automation;
using TinySora.Engine.Latents;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Checkpoints;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Completers;

/// <summary>
/// Completes the checkpoints in a results folder, newest first, with step and loss as a tip. Without a folder, completes the
/// checkpoints of the newest run and the names of models. If there are none, PowerShell completes file names as usual.
/// </summary>
public sealed class CheckpointCompleter : Completer
{
    /// <summary>Command for which names are not completed, because it requires the path of the file to delete.</summary>
    private const string TakesNoNames = "Remove-TinySoraCheckpoint";

    /// <summary>
    /// Parameter that specifies the checkpoint of commands that generate videos. Other commands use -Path or -InitialCheckpoint; commands for autoencoders
    /// have another completer.
    /// </summary>
    private const string GeneratesWith = "Checkpoint";

    private protected override bool TakesPaths(string parameter) => true;

    internal override IEnumerable<CompletionResult> Offers(Completion request)
    {
        var need = request.Parameter == GeneratesWith ? RunNeed.Video : RunNeed.Checkpoint;
        var folder = request.Word.Length == 0 ? RunCompleter.Newest(need) : Path.GetDirectoryName(request.Word);
        return
        [
            .. (request.Command == TakesNoNames ? [] : CheckpointNames.All.Except(BundledModels.Autoencoders))
                .Where(item => request.IsMeant(item.Name)).Select(Named),
            .. from checkpoint in string.IsNullOrEmpty(folder) ? [] : List(folder).Reverse()
               let name = Path.GetFileName(checkpoint.Path)
               where checkpoint.IsReadable && name.StartsWith(Path.GetFileName(request.Word), StringComparison.OrdinalIgnoreCase)
               let path = Path.Combine(folder!, name).Replace('/', Path.DirectorySeparatorChar) // in the same way as PowerShell completes files
               let best = checkpoint.IsBest ? ", the best" : ""
               select Offer(
                   ArgumentText.QuoteIfNeeded(path), name,
                   $"step {checkpoint.Step}, loss {checkpoint.Loss:0.0000}{best}, {checkpoint.Family}, {checkpoint.SavedAt:g}"),
        ];
    }

    /// <summary>Offers a checkpoint's name, with its description as a tip.</summary>
    internal static CompletionResult Named((string Name, string What) item) => Offer(ArgumentText.QuoteIfNeeded(item.Name), item.Name, item.What);

    /// <summary>Lists the checkpoint at a path, or the checkpoints in a folder, sorted by step.</summary>
    internal static IEnumerable<CheckpointInfo> List(string path) => Ask<CheckpointInfo>("TinySora\\Get-TinySoraCheckpoint", "Path", path);

    /// <summary>Returns the newest readable checkpoint.</summary>
    internal static CheckpointInfo? Newest(string path) => List(path).LastOrDefault(checkpoint => checkpoint.IsReadable);
}

/// <summary>
/// Completes the autoencoder run folders in the typed folder, most recently written first, and the names of autoencoders that are bundled or
/// in the hub. If there are none, completes checkpoints.
/// </summary>
public sealed class AutoencoderCompleter : Completer
{
    private protected override bool TakesPaths(string parameter) => true;

    internal override IEnumerable<CompletionResult> Offers(Completion request)
    {
        IReadOnlyList<CompletionResult> found =
        [
            .. from run in RunCompleter.Below(request.Word)
               let newest = CheckpointCompleter.Newest(run.Absolute)
               where CodecModel.IsIn(newest)
               select Offer(ArgumentText.QuoteIfNeeded(run.Path), run.Path, $"{newest.Family}, step {newest.Step}"),
            .. BundledModels.Autoencoders.Concat(CheckpointNames.OfHub.Where(IsAutoencoder)).Where(item => request.IsMeant(item.Name))
                .Select(CheckpointCompleter.Named),
        ];
        return found.Count > 0 ? found : new CheckpointCompleter().Offers(request);

        static bool IsAutoencoder((string Name, string What) item) =>
            Hub.Find(item.Name, Hub.ModelEnding) is string file && CodecModel.IsIn(CheckpointCompleter.List(file).SingleOrDefault());
    }
}

/// <summary>Completes checkpoints and presets for the commands that accept them as paths; PowerShell completes all other paths.</summary>
public sealed class PathCompleter : Completer
{
    private protected override bool TakesPaths(string parameter) => true;

    internal override IEnumerable<CompletionResult> Offers(Completion request)
    {
        Completer? completer = request.Command switch
        {
            "Export-TinySoraCheckpoint" or "Remove-TinySoraCheckpoint" => new CheckpointCompleter(),
            "Test-TinySoraConfig" => new PresetCompleter(),
            _ => null,
        };
        return completer?.Offers(request) ?? [];
    }
}

/// <summary>Completes the steps from which a run can be resumed, starting with the last.</summary>
public sealed class StepCompleter : Completer
{
    internal override IEnumerable<CompletionResult> Offers(Completion request)
    {
        var folder = request.Given["ResultsPath"] as string ?? Configured(request.Given["Config"] as string) ?? RunCompleter.Newest(RunNeed.Checkpoint);
        return from checkpoint in folder is null ? [] : CheckpointCompleter.List(folder).Reverse()
               let step = checkpoint.Step.ToString(CultureInfo.InvariantCulture)
               where checkpoint.IsReadable && request.IsMeant(step)
               select Offer(step, step, $"loss {checkpoint.Loss:0.0000}, {checkpoint.SavedAt:g}");
    }

    /// <summary>Returns the results folder of a preset; `null` for any other configuration.</summary>
    private static string? Configured(string? config) =>
        config is not null && ConfigSource.IsPreset(config) ? ConfigSource.Preset(config).Parse().Trainer.ResultsFolder : null;
}
