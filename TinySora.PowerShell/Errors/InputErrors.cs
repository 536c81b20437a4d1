using System.Management.Automation;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Errors;

/// <summary>What can be wrong with the arguments of a cmdlet before the engine sees them.</summary>
internal static class InputErrors
{
    public static TinySoraException NotAFile(string path, string provider) => new(
        "TinySora.Input.NotAFile", ErrorKind.InvalidArgument, path,
        $"'{path}' is a path of the provider {provider}; files and folders are needed.",
        "Go to a folder with Set-Location, or give the full path of a file.");

    public static TinySoraException BadPath(string path, Exception inner) => new(
        "TinySora.Input.BadPath", ErrorKind.ObjectNotFound, path,
        $"'{path}' is no path that can be used here: {inner.Message}",
        "Check the drive and the spelling.", inner);

    public static TinySoraException NothingMatches(string pattern) => new(
        "TinySora.Input.NothingMatches", ErrorKind.ObjectNotFound, pattern,
        $"No file or folder matches '{pattern}'.",
        "Check the spelling with Get-ChildItem; brackets and stars are wildcards unless a backquote stands before them.");

    public static TinySoraException BadPattern(string pattern, Exception inner) => new(
        "TinySora.Input.BadPattern", ErrorKind.InvalidArgument, pattern,
        $"'{pattern}' is no pattern: {inner.Message}",
        "Close every [ with a ], or put a backquote before it, which takes it as it is.", inner);

    public static TinySoraException Exists(string path) => new(
        "TinySora.Input.OutputExists", ErrorKind.ResourceExists, path,
        $"'{path}' exists already.",
        "Name another file, or overwrite it with -Force.");

    public static TinySoraException OutsideFolder(string folder, string config, string parameter) => new(
        "TinySora.Input.OutsideFolder", ErrorKind.SecurityError, folder,
        $"'{config}' names '{folder}' as the folder to write to. It is neither below the current location nor next to that file, and nobody can be asked.",
        $"Name the folder with -{parameter} to agree, or add -Force.");

    public static TinySoraException OfStillSheet(string parameter, string path) => new(
        "TinySora.Input.OfStillSheet", ErrorKind.InvalidArgument, parameter,
        $"-{parameter} is for sheets that stand still, and '{path}' plays all frames of the videos, without captions.",
        $"Name a picture, as -OutputPath {System.IO.Path.ChangeExtension(path, ".png")}, or leave -{parameter} out.");

    public static TinySoraException HasBothWeights() => new(
        "TinySora.Input.HasBothWeights", ErrorKind.InvalidArgument, "Weights",
        "-Weights chooses one of two sets of weights, and a PyTorch file of the form Checkpoint holds both: model and ema.",
        "Leave -Weights out, or export one set with -Format Safetensors or -Form StateDict.");

    public static TinySoraException FormNeedsPyTorch() => new(
        "TinySora.Input.FormNeedsPyTorch", ErrorKind.InvalidArgument, "Form",
        "-Form says what is in a PyTorch file; a file of another format is always one set of weights.",
        "Leave -Form out, or export with -Format PyTorch.");

    public static TinySoraException WebRuntimeNeedsHtml() => new(
        "TinySora.Input.WebRuntimeNeedsHtml", ErrorKind.InvalidArgument, "WebRuntime",
        "-WebRuntime names what computes in a browser, and only a page has that in it.",
        "Leave -WebRuntime out, or export with -Format Html.");

    public static TinySoraException NoSheet(string path, IEnumerable<string> endings) => new(
        "TinySora.Input.NoSheet", ErrorKind.InvalidArgument, path,
        $"A contact sheet cannot be written to '{path}'.",
        $"Name a picture, as -OutputPath {System.IO.Path.ChangeExtension(path, ".png")}, or another file that ends in one of {string.Join(' ', endings)}.");

    public static TinySoraException FormHasNoNote(string form) => new(
        "TinySora.Input.FormHasNoNote", ErrorKind.InvalidArgument, "Note",
        $"A file of the form {form} has what the published code reads in it and no place for a note.",
        "Leave -Note out, or export with -Form Checkpoint or -Format Safetensors.");

    public static TinySoraException CannotWrite(string path, Exception inner) => new(
        "TinySora.Input.CannotWrite", ErrorKind.WriteError, path,
        $"'{path}' cannot be written: {inner.Message}",
        "Name a file in a folder that you may write to.", inner);

    public static TinySoraException NoTerminal() => new(
        "TinySora.Input.NoTerminal", ErrorKind.InvalidOperation, "-Live",
        "A prompt is typed at a terminal with colours and a keyboard, and this is none.",
        "Leave -Live out, or open a page in the browser: Start-TinySoraStudio.");

    public static TinySoraException TwoFormats(string path, string format) => new(
        "TinySora.Input.TwoFormats", ErrorKind.InvalidArgument, format,
        $"-OutputPath names the file '{path}', and -Format another format: {format}.",
        "Leave -Format out, or let -OutputPath be a folder or a file of that format.");

    public static TinySoraException TwoPrompts(string piped, string prompt) => new(
        "TinySora.Input.TwoPrompts", ErrorKind.InvalidArgument, piped,
        $"'{piped}' is piped in as a prompt, and the command line has another: '{prompt}'.",
        "If that names a checkpoint, write -Checkpoint before it: the first name without a parameter is the prompt.");

    public static TinySoraException PromptIsPath(string prompt) => new(
        "TinySora.Input.PromptIsPath", ErrorKind.InvalidArgument, prompt,
        $"'{prompt}' stands where the prompt does, and there are checkpoints there.",
        "Write -Checkpoint before it: the first name without a parameter is the prompt.");

    /// <param name="endings">In words: .png or .svg.</param>
    public static TinySoraException NoChart(string path, string endings) => new(
        "TinySora.Input.NoChart", ErrorKind.InvalidArgument, path,
        $"A chart cannot be written to '{path}'.",
        $"Name a file that ends in {endings}.");

    public static TinySoraException NoCsv(string path) => new(
        "TinySora.Input.NoCsv", ErrorKind.InvalidArgument, path,
        $"Captions cannot be written to '{path}': a table of them is a CSV file.",
        "Name a file that ends in .csv.");

    public static TinySoraException BadSplit(string split) => new(
        "TinySora.Input.BadSplit", ErrorKind.InvalidArgument, split,
        $"'{split}' is no name of a split.",
        "Name one such as train: letters, digits and underscores alone.");

    public static TinySoraException TrialsOfNothing() => new(
        "TinySora.Input.TrialsOfNothing", ErrorKind.InvalidArgument, "Trials",
        "-Trials draws values of keys, and there is no -Set that names any.",
        "Name the keys, as in -Set @{ 'trainer.train_lr' = '1e-5..1e-3' }, or leave -Trials out.");

    public static TinySoraException NoViewer(string path, Exception inner) => new(
        "TinySora.Input.NoViewer", ErrorKind.NotInstalled, path,
        $"Nothing opens '{path}' here: {inner.Message}",
        "Leave -Viewer out, and it is shown in the terminal; on Linux xdg-open (xdg-utils) finds viewers.", inner);

    public static TinySoraException NoBrowser(string address, Exception inner) => new(
        "TinySora.Input.NoBrowser", ErrorKind.NotInstalled, address,
        $"No browser opens here: {inner.Message}",
        "Leave -Open out, and open the address that is printed by hand; on Linux xdg-open (xdg-utils) finds browsers.", inner);

    public static TinySoraException NoShell(string program) => new(
        "TinySora.Input.NoShell", ErrorKind.NotInstalled, program,
        $"A run in other processes needs {program}, which is not in an absolute folder of the PATH.",
        $"Add the folder of {program} to the PATH, or start the run in pwsh.");

    public static TinySoraException NoPrompt(PSObject input, int row) => new(
        "TinySora.Input.NoPrompt", ErrorKind.InvalidArgument, input,
        $"Row {row}: An object without a property Prompt was piped in; it has {string.Join(", ", input.Properties.Select(p => p.Name))}.",
        "Name the column of the table Prompt (or Text, or Caption), or give -Prompt.");

    /// <param name="words">Of the prompt.</param>
    /// <param name="target">The word that was taken for something else.</param>
    /// <param name="isCheckpoint">Whether it was taken for a checkpoint, which does not exist; else it is one argument too many.</param>
    public static TinySoraException UnquotedPrompt(IReadOnlyList<string> words, string target, bool isCheckpoint) => new(
        "TinySora.Input.UnquotedPrompt", ErrorKind.InvalidArgument, target,
        $"Without quotes '{words[0]}' is the whole prompt, and '{target}' "
            + $"{(isCheckpoint ? "is taken as a checkpoint, which does not exist" : "has no meaning")}.",
        $"Quote a prompt of several words: Invoke-TinySoraGenerate {TypedText.Of(string.Join(' ', words))}."
            + (isCheckpoint ? $" If '{target}' is meant as a checkpoint, check its path." : ""));

    public static TinySoraException ExtraArgument(string extra) => new(
        "TinySora.Input.ExtraArgument", ErrorKind.InvalidArgument, extra,
        $"'{extra}' is one argument too many.",
        "Quote a prompt of several words, and separate several prompts with commas.");

    /// <param name="name">As it was typed, with its dash.</param>
    public static TinySoraException UnknownParameter(string name, IEnumerable<string> known) => new(
        "TinySora.Input.UnknownParameter", ErrorKind.InvalidArgument, name,
        $"There is no parameter {name}{(NearestName.Of(name.TrimStart('-'), [.. known]) is string near ? $"; did you mean -{near}?" : ".")}",
        "Get-Help Invoke-TinySoraGenerate shows the parameters. Quote a prompt that begins with a dash, after -Prompt.");

    /// <param name="row">Which object of the pipeline it is, counted from 1.</param>
    public static TinySoraException BadValue(PSObject input, int row, string property, string value, string expected) => new(
        "TinySora.Input.BadValue", ErrorKind.InvalidArgument, input,
        $"{property} of row {row} is '{value}'; {expected} is needed.",
        "Correct the cell, or leave it empty for the default; numbers have a decimal point and no other marks.");

    /// <inheritdoc cref="BadValue"/>
    public static TinySoraException OfRow(PSObject input, int row, TinySoraException error) =>
        new(error.Id, error.Kind, input, $"Row {row}: {error.Message}", error.Advice, error);

    public static TinySoraException NotWithQueue(string parameter) => new(
        "TinySora.Input.NotWithQueue", ErrorKind.InvalidArgument, parameter,
        $"Start-TinySoraTraining -Queue takes no -{parameter}: the run begins at another time, in a process of its own.",
        $"Leave -{parameter} out, or train without -Queue.");

    public static TinySoraException NotWithBudget(string parameter) => new(
        "TinySora.Input.NotWithBudget", ErrorKind.InvalidArgument, parameter,
        $"Start-TinySoraTraining -Budget takes no -{parameter}: the budget says when the run ends, and its learning rate comes down until then.",
        $"Leave -{parameter} out, or give it without -Budget.");

    public static TinySoraException FromScratchWantsBudget() => new(
        "TinySora.Input.FromScratchWantsBudget", ErrorKind.InvalidArgument, "FromScratch",
        "Start-TinySoraTraining -FromScratch goes with -Budget and without -Config: a configuration that is named starts from nothing by itself.",
        "Leave -FromScratch out, or give -Budget and no configuration.");

    public static TinySoraException SetTwice(string key, string parameter) => new(
        "TinySora.Input.SetTwice", ErrorKind.InvalidArgument, key,
        $"-Set gives {key}, and -{parameter} says the same of every run.", $"Leave one of the two out.");

    public static TinySoraException BudgetWantsConfig(string parameter) => new(
        "TinySora.Input.BudgetWantsConfig", ErrorKind.InvalidArgument, parameter,
        $"Start-TinySoraTraining -Budget does not choose a preset where -{parameter} is given: it is measured with one process, from fresh weights.",
        "Name the configuration with -Config; -Budget then says how long it trains.");

    public static TinySoraException NoQueueProcess(string program, Exception inner) => new(
        "TinySora.Input.NoQueueProcess", ErrorKind.NotInstalled, program,
        $"The runs are queued, and the process that is to carry them out cannot be started: {inner.Message}",
        "Put pwsh on the PATH; then Get-TinySoraRun -Queue | Resume-TinySoraRun begins.", inner);

    public static TinySoraException NothingToSet() => new(
        "TinySora.Input.NothingToSet", ErrorKind.InvalidArgument, "LearningRate",
        "Nothing is to be changed: neither -LearningRate nor -Tag, -Note or -Position is given.",
        "Give at least one of them.");

    public static TinySoraException NoSuchClip(string path, int index, int count) => new(
        "TinySora.Input.NoSuchClip", ErrorKind.InvalidArgument, index,
        $"There is no clip {index} in '{path}': it holds {count}, counted from 0.",
        "Give smaller numbers with -Index, or leave it out for all clips.");

    public static TinySoraException HalfAnInterpolation() => new(
        "TinySora.Input.HalfAnInterpolation", ErrorKind.InvalidArgument, "From",
        "-To and -Mix are for going between two clips and need -From and -To both; -Noise needs -From.",
        "Give both clips, as in -From a.gif -To b.gif -Mix 0.5, or one to begin with, as in -From photo.png -Noise 0.6.");
}
