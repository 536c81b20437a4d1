using System.Management.Automation;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Errors;

/// <summary>Errors in cmdlet arguments that are found before the engine is called.</summary>
internal static class InputErrors
{
    public static TinySoraException NotAFile(string path, string provider) => new(
        "TinySora.Input.NotAFile", ErrorKind.InvalidArgument, path,
        $"'{path}' is a path of the PowerShell provider {provider}, but must be the path of a file or folder.",
        "Change to a folder with Set-Location, or specify the full path of a file.");

    public static TinySoraException BadPath(string path, Exception inner) => new(
        "TinySora.Input.BadPath", ErrorKind.ObjectNotFound, path,
        $"The path '{path}' cannot be used: {inner.Message}",
        "Check the drive and the spelling.", inner);

    public static TinySoraException NothingMatches(string pattern) => new(
        "TinySora.Input.NothingMatches", ErrorKind.ObjectNotFound, pattern,
        $"No file or folder matches '{pattern}'.",
        "Check the spelling with Get-ChildItem; brackets and asterisks are wildcards unless escaped with a backtick.");

    public static TinySoraException BadPattern(string pattern, Exception inner) => new(
        "TinySora.Input.BadPattern", ErrorKind.InvalidArgument, pattern,
        $"'{pattern}' is not a valid pattern: {inner.Message}",
        "Close every [ with a ], or escape it with a backtick.", inner);

    public static TinySoraException Exists(string path) => new(
        "TinySora.Input.OutputExists", ErrorKind.ResourceExists, path,
        $"'{path}' already exists.",
        "Specify another file, or overwrite it with -Force.");

    public static TinySoraException ExportedTwice(string path) => new(
        "TinySora.Input.ExportedTwice", ErrorKind.ResourceExists, path,
        $"Another checkpoint of this command was exported to '{path}'.",
        "Export each checkpoint with its own -OutputPath.");

    public static TinySoraException IsBundled(string path) => new(
        "TinySora.Input.IsBundled", ErrorKind.InvalidOperation, path,
        $"'{path}' is a model of the installed module.",
        "Specify a checkpoint of your own. Uninstalling the module deletes its models.");

    public static TinySoraException PipedFile(string path, string command) => new(
        "TinySora.Input.PipedFile", ErrorKind.InvalidArgument, path,
        $"'{path}' is a file of prompts, not a prompt or a checkpoint.",
        $"Pipe its content: {command} {ArgumentText.Quote(path)} | Invoke-TinySoraGenerate");

    public static TinySoraException PipedVideo(string path) => new(
        "TinySora.Input.PipedVideo", ErrorKind.InvalidArgument, path,
        $"'{path}' is a video or image, not a prompt or a checkpoint.",
        $"To start from it, specify -From. To generate it again, pipe its recipe: Get-TinySoraRecipe {ArgumentText.Quote(path)} | Invoke-TinySoraGenerate");

    public static TinySoraException PromptIsObject(string prompt) => new(
        "TinySora.Input.PromptIsObject", ErrorKind.InvalidArgument, prompt,
        $"'{prompt}' is an object, not a prompt.",
        "Pipe the object, such as a row of a table: $row | Invoke-TinySoraGenerate");

    public static TinySoraException IsFolder(string path) => new(
        "TinySora.Input.IsFolder", ErrorKind.InvalidArgument, path,
        $"'{path}' is a folder.",
        "Specify a file in it.");

    public static TinySoraException OutsideFolder(string folder, string config, string parameter) => new(
        "TinySora.Input.OutsideFolder", ErrorKind.SecurityError, folder,
        $"'{config}' sets the output folder to '{folder}', which is neither below the current location nor next to that file. "
            + "Writing there requires confirmation, but PowerShell cannot prompt for it.",
        $"To write to this folder, specify the folder with -{parameter}, or add -Force.");

    public static TinySoraException OfStillSheet(string parameter, string path) => new(
        "TinySora.Input.OfStillSheet", ErrorKind.InvalidArgument, parameter,
        $"-{parameter} applies only to still contact sheets, but '{path}' is an animation, which plays all frames of the videos without captions.",
        $"Specify an image, such as -OutputPath {System.IO.Path.ChangeExtension(path, ".png")}, or omit -{parameter}.");

    public static TinySoraException HasBothWeights() => new(
        "TinySora.Input.HasBothWeights", ErrorKind.InvalidArgument, "Weights",
        "-Weights selects one of two sets of weights, but a PyTorch file of the form Checkpoint contains both: model and ema.",
        "Omit -Weights, or export one set of weights with -Format Safetensors or -Form StateDict.");

    public static TinySoraException FormNeedsPyTorch() => new(
        "TinySora.Input.FormNeedsPyTorch", ErrorKind.InvalidArgument, "Form",
        "-Form applies only to PyTorch files; files in other formats always contain one set of weights.",
        "Omit -Form, or export with -Format PyTorch.");

    public static TinySoraException WebRuntimeNeedsHtml() => new(
        "TinySora.Input.WebRuntimeNeedsHtml", ErrorKind.InvalidArgument, "WebRuntime",
        "-WebRuntime applies only to HTML pages, in which the runtime computes the clips.",
        "Omit -WebRuntime, or export with -Format Html.");

    public static TinySoraException NoExportFormat(string path, IEnumerable<string> endings) => new(
        "TinySora.Input.NoExportFormat", ErrorKind.InvalidArgument, path,
        $"The extension of '{path}' is not that of an export format.",
        $"Specify a file with one of these extensions: {string.Join(' ', endings)}. For any other extension, specify the format with -Format.");

    public static TinySoraException NoSheet(string path, IEnumerable<string> endings) => new(
        "TinySora.Input.NoSheet", ErrorKind.InvalidArgument, path,
        $"A contact sheet cannot be written to '{path}', because the file extension is not supported.",
        $"Specify an image, such as -OutputPath {System.IO.Path.ChangeExtension(path, ".png")}, "
            + $"or a file with one of these extensions: {string.Join(' ', endings)}.");

    public static TinySoraException FormHasNoNote(string form) => new(
        "TinySora.Input.FormHasNoNote", ErrorKind.InvalidArgument, "Note",
        $"A file of the form {form} contains only the data that the published code reads, so it cannot contain a note.",
        "Omit -Note, or export with -Form Checkpoint or -Format Safetensors.");

    public static TinySoraException CannotWrite(string path, Exception inner) => new(
        "TinySora.Input.CannotWrite", ErrorKind.WriteError, path,
        $"'{path}' cannot be written: {inner.Message}",
        "Specify a file in a folder that you can write to.", inner);

    public static TinySoraException NoTerminal() => new(
        "TinySora.Input.NoTerminal", ErrorKind.InvalidOperation, "-Live",
        "-Live requires a terminal with colors and a keyboard, and cannot be used with -AsJob.",
        "Omit -Live, or open a page in the browser with Start-TinySoraStudio.");

    public static TinySoraException TwoFormats(string path, string format) => new(
        "TinySora.Input.TwoFormats", ErrorKind.InvalidArgument, format,
        $"-OutputPath specifies the file '{path}', but -Format specifies {format}.",
        "Omit -Format, or set -OutputPath to a folder or to a file of that format.");

    public static TinySoraException TwoPrompts(string piped, string prompt) => new(
        "TinySora.Input.TwoPrompts", ErrorKind.InvalidArgument, piped,
        $"The prompt '{piped}' comes from the pipeline, but the command line specifies another prompt: '{prompt}'.",
        $"If '{prompt}' is a checkpoint, write -Checkpoint before it, because the first positional argument is the prompt.");

    public static TinySoraException PromptIsPath(string prompt) => new(
        "TinySora.Input.PromptIsPath", ErrorKind.InvalidArgument, prompt,
        $"'{prompt}' is in the position of the prompt, but is the path of a checkpoint or of a folder with checkpoints.",
        "Write -Checkpoint before the path, because the first positional argument is the prompt.");

    /// <param name="endings">Supported extensions as text, such as ".png or .svg".</param>
    public static TinySoraException NoChart(string path, string endings) => new(
        "TinySora.Input.NoChart", ErrorKind.InvalidArgument, path,
        $"A chart cannot be written to '{path}', because the file extension is not supported.",
        $"Specify a file that ends in {endings}.");

    public static TinySoraException NoCsv(string path) => new(
        "TinySora.Input.NoCsv", ErrorKind.InvalidArgument, path,
        $"Captions cannot be written to '{path}': the output must be a CSV file.",
        "Specify a file that ends in .csv.");

    public static TinySoraException BadSplit(string split) => new(
        "TinySora.Input.BadSplit", ErrorKind.InvalidArgument, split,
        $"'{split}' is not a valid split name.",
        "Use a name such as train, with only letters, digits and underscores.");

    public static TinySoraException TrialsOfNothing() => new(
        "TinySora.Input.TrialsOfNothing", ErrorKind.InvalidArgument, "Trials",
        "-Trials samples values for the keys in -Set, but -Set does not specify any keys.",
        "Specify the keys, as in -Set @{ 'trainer.train_lr' = '1e-5..1e-3' }, or omit -Trials.");

    public static TinySoraException NoViewer(string path, Exception inner) => new(
        "TinySora.Input.NoViewer", ErrorKind.NotInstalled, path,
        $"No viewer can open '{path}': {inner.Message}",
        "Omit -Viewer to show the video in the terminal. On Linux, xdg-open (package xdg-utils) starts the viewer.", inner);

    public static TinySoraException NoBrowser(string address, Exception inner) => new(
        "TinySora.Input.NoBrowser", ErrorKind.NotInstalled, address,
        $"No browser can be opened: {inner.Message}",
        "Omit -Open, and open the printed address yourself. On Linux, xdg-open (package xdg-utils) starts the browser.", inner);

    public static TinySoraException NoShell(string program) => new(
        "TinySora.Input.NoShell", ErrorKind.NotInstalled, program,
        $"Training in separate processes requires {program}, which was not found in any absolute folder on the PATH.",
        $"Add {program}'s folder to the PATH, or start the run from pwsh.");

    public static TinySoraException NoPrompt(PSObject input, int row) => new(
        "TinySora.Input.NoPrompt", ErrorKind.InvalidArgument, input,
        $"Row {row}: The piped object does not have a Prompt property{(input.Properties.Any() ? $"; its properties are {Properties(input)}" : "")}.",
        "Rename the prompt column to Prompt (or Text, or Caption), or use -Prompt.");

    public static TinySoraException NoParameters(PSObject input, int row) => new(
        "TinySora.Input.NoParameters", ErrorKind.InvalidArgument, input,
        $"Row {row}: None of the piped object's properties is a parameter of Start-TinySoraTraining: {Properties(input)}.",
        "Name the columns after parameters, such as Preset, Set, MaxSteps and ResultsPath.");

    private static string Properties(PSObject input) => string.Join(", ", input.Properties.Select(property => $"'{property.Name}'"));

    /// <param name="words">Words of the prompt.</param>
    /// <param name="target">Word of the prompt that was interpreted as another argument.</param>
    /// <param name="isCheckpoint">Whether the word was interpreted as a checkpoint, which does not exist, instead of as an extra argument.</param>
    public static TinySoraException UnquotedPrompt(IReadOnlyList<string> words, string target, bool isCheckpoint) => new(
        "TinySora.Input.UnquotedPrompt", ErrorKind.InvalidArgument, target,
        $"Without quotes, '{words[0]}' is the whole prompt, and '{target}' "
            + $"{(isCheckpoint ? "is interpreted as a checkpoint, which does not exist" : "is an extra argument")}.",
        $"Put quotes around a prompt of several words: Invoke-TinySoraGenerate {ArgumentText.QuoteIfNeeded(string.Join(' ', words))}."
            + (isCheckpoint ? $" If '{target}' is a checkpoint, check its path." : ""));

    public static TinySoraException ExtraArgument(string extra) => new(
        "TinySora.Input.ExtraArgument", ErrorKind.InvalidArgument, extra,
        $"No parameter accepts the argument '{extra}'.",
        "Put quotes around a prompt of several words, and separate several prompts with commas.");

    /// <param name="name">Name as typed, including its dash.</param>
    public static TinySoraException UnknownParameter(string name, IEnumerable<string> known) => new(
        "TinySora.Input.UnknownParameter", ErrorKind.InvalidArgument, name,
        $"There is no parameter {name}{(NearestName.Find(name.TrimStart('-'), [.. known]) is string near ? $"; did you mean -{near}?" : ".")}",
        "Get-Help Invoke-TinySoraGenerate shows the parameters. To use a prompt that begins with a dash, quote it and write -Prompt before it.");

    /// <param name="row">Number of the pipeline object, starting at 1.</param>
    public static TinySoraException BadValue(PSObject input, int row, string property, string value, string expected) => new(
        "TinySora.Input.BadValue", ErrorKind.InvalidArgument, input,
        $"{property} of row {row} is '{value}'; expected {expected}.",
        "Correct the cell, or leave it empty to use the default. Numbers use a decimal point and no thousands separators.");

    /// <inheritdoc cref="BadValue"/>
    public static TinySoraException NoPath(PSObject input, int row, string property, object value) =>
        BadValue(input, row, property, $"{value}", "a path, or an object that has one");

    /// <inheritdoc cref="BadValue"/>
    public static TinySoraException OfRow(PSObject input, int row, TinySoraException error) =>
        new(error.Id, error.Kind, input, $"Row {row}: {error.Message}", error.Advice, error);

    public static TinySoraException NotWithQueue(string parameter) => new(
        "TinySora.Input.NotWithQueue", ErrorKind.InvalidArgument, parameter,
        $"-{parameter} cannot be used with Start-TinySoraTraining -Queue, because a queued run starts later, in its own process.",
        $"Omit -{parameter}, or train without -Queue.");

    public static TinySoraException NotWithBudget(string parameter) => new(
        "TinySora.Input.NotWithBudget", ErrorKind.InvalidArgument, parameter,
        $"-{parameter} cannot be used with Start-TinySoraTraining -Budget, which determines the end of the run and the decay of the learning rate.",
        $"Omit -{parameter}, or use it without -Budget.");

    public static TinySoraException FromScratchWantsBudget() => new(
        "TinySora.Input.FromScratchWantsBudget", ErrorKind.InvalidArgument, "FromScratch",
        "Start-TinySoraTraining -FromScratch requires -Budget, and cannot be used with -Config: "
            + "a run with an explicit configuration always starts from scratch.",
        "Omit -FromScratch, or use -Budget without a configuration.");

    public static TinySoraException SetTwice(string key, string parameter) => new(
        "TinySora.Input.SetTwice", ErrorKind.InvalidArgument, key,
        $"-Set and -{parameter} both set {key}.", $"Omit one of the two.");

    public static TinySoraException BudgetWantsConfig(string parameter) => new(
        "TinySora.Input.BudgetWantsConfig", ErrorKind.InvalidArgument, parameter,
        $"Start-TinySoraTraining -Budget cannot choose a preset with -{parameter}: "
            + "the presets were measured with one process, starting from newly initialized weights.",
        "Specify the configuration with -Config; -Budget then sets the training time.");

    public static TinySoraException NoQueueProcess(string program, Exception inner) => new(
        "TinySora.Input.NoQueueProcess", ErrorKind.NotInstalled, program,
        $"The runs are queued, but the process that trains them cannot be started: {inner.Message}",
        "Put pwsh on the PATH, then start the queue with Get-TinySoraRun -Queue | Resume-TinySoraRun.", inner);

    public static TinySoraException NothingToSet() => new(
        "TinySora.Input.NothingToSet", ErrorKind.InvalidArgument, "LearningRate",
        "There is nothing to change: neither -LearningRate nor -Tag, -Note or -Position is specified.",
        "Use at least one of these parameters.");

    public static TinySoraException NoSuchClip(string path, int index, int count) => new(
        "TinySora.Input.NoSuchClip", ErrorKind.InvalidArgument, index,
        $"There is no clip {index} in '{path}': indices start at 0, and the number of clips is {count}.",
        "Use smaller numbers with -Index, or omit it for all clips.");

    public static TinySoraException HalfAnInterpolation() => new(
        "TinySora.Input.HalfAnInterpolation", ErrorKind.InvalidArgument, "From",
        "-To and -Mix interpolate between two clips and require both -From and -To; -Noise requires -From.",
        "Use two clips, as in -From a.gif -To b.gif -Mix 0.5, or start from one, as in -From photo.png -Noise 0.6.");
}
