namespace TinySora.Engine.Errors;

/// <summary>Failures of a training run.</summary>
public static class TrainingErrors
{
    internal const string NonFiniteLossId = "TinySora.Training.NonFiniteLoss";

    internal const string FolderInUseId = "TinySora.Training.FolderInUse";

    public static TinySoraException NothingToResume(string folder) => new(
        "TinySora.Training.NothingToResume", ErrorKind.ObjectNotFound, folder,
        $"There is nothing to continue: '{folder}' holds no checkpoint.",
        "Start-TinySoraTraining without -Resume and -FromStep starts a new run there, and with -ResultsPath goes on with one in another folder.");

    public static TinySoraException NoSuchStep(int step, string folder, IEnumerable<int> steps) => new(
        "TinySora.Training.NoSuchStep", ErrorKind.ObjectNotFound, step,
        $"'{folder}' holds no checkpoint of step {step} that can be read.",
        $"Start-TinySoraTraining -FromStep takes one of these: {string.Join(", ", steps)}.");

    /// <param name="differences">A line for each key.</param>
    public static TinySoraException OtherConfiguration(
        string folder, string checkpoint, IReadOnlyList<string> differences) => new(
        "TinySora.Training.OtherConfiguration", ErrorKind.ResourceExists, folder,
        $"'{folder}' holds a run of another configuration (its '{Path.GetFileName(checkpoint)}' against yours):"
        + Text.List(differences),
        "Set these keys as they were to continue. To start anew use Start-TinySoraTraining with another -ResultsPath, or with -Force, which moves the "
        + "old files into a subfolder.");

    public static TinySoraException NoSummary(string file) => new(
        "TinySora.Training.NoSummary", ErrorKind.ResourceExists, file,
        $"'{file}' is not a summary of an earlier call, and the summary of this one would replace it.",
        "Name another file with -SummaryPath, or move this one.");

    public static TinySoraException OutputExists(string file) => new(
        "TinySora.Training.OutputExists", ErrorKind.ResourceExists, file,
        $"'{file}' was not written by a training run, and a run in this folder would replace it.",
        "Move the file, or use Start-TinySoraTraining with another -ResultsPath, or with -Force, which moves it into a subfolder and starts a new run.");

    /// <param name="differences">A line for each key.</param>
    public static TinySoraException OtherInitialModel(
        string checkpoint, IReadOnlyList<string> differences) => new(
        "TinySora.Training.OtherInitialModel", ErrorKind.InvalidArgument, checkpoint,
        $"The weights in '{checkpoint}' do not fit this configuration:"
        + Text.List(differences),
        "Set these keys as in the initial checkpoint, or train without one.");

    /// <param name="holder">Who is, as far as it is known.</param>
    public static TinySoraException FolderInUse(string folder, string? holder) => new(
        FolderInUseId, ErrorKind.ResourceBusy, folder,
        $"Another training run is writing to '{folder}'{(holder is null ? "" : ": ")}{holder}.",
        "Wait for it, stop it, or name another folder.");

    public static TinySoraException CannotQueue(string path, Exception inner) => new(
        "TinySora.Training.CannotQueue", ErrorKind.WriteError, path,
        $"The queue of runs cannot be written at '{path}': {inner.Message}",
        "Name a folder that you may write to in the environment variable TINYSORA_QUEUE.", inner);

    public static TinySoraException QueueHeld(string path, int seconds) => new(
        "TinySora.Training.QueueHeld", ErrorKind.ResourceBusy, path,
        $"Another process has kept the order of the queue for itself for {seconds} seconds, where a moment suffices ('{path}').",
        "It stands still, as one does that Ctrl-Z has stopped: let it go on or end it, and do this again.");

    public static TinySoraException BadBudget(string text) => new(
        "TinySora.Training.BadBudget", ErrorKind.InvalidArgument, text,
        $"'{text}' is no time that a run could take.",
        "Give -Budget a number with its unit, as 10min, 2.5h, '1h 30min', 45s or 2d, or hours, minutes and seconds as 00:10:00.");

    public static TinySoraException BudgetTooShort(TimeSpan budget, TimeSpan needed) => new(
        "TinySora.Training.BudgetTooShort", ErrorKind.InvalidArgument, budget,
        FormattableString.Invariant($"In {budget.TotalSeconds:0.#} seconds no preset learns anything on this machine."),
        $"Start-TinySoraTraining -Budget {Math.Ceiling(needed.TotalSeconds)}s suffices for the first hundred steps; colours and motion take some minutes.");

    public static TinySoraException NothingFits(IEnumerable<string> presets) => new(
        "TinySora.Training.NothingFits", ErrorKind.InvalidOperation, presets.ToList(),
        $"No preset that Start-TinySoraTraining -Budget chooses from fits into memory: {string.Join(", ", presets)}.",
        "End what else takes memory, or let Start-TinySoraTraining -Config name a smaller model, with -Budget for its time.");

    public static TinySoraException NotQueued(string folder) => new(
        "TinySora.Training.NotQueued", ErrorKind.InvalidOperation, folder,
        $"The run in '{folder}' does not wait in the queue of this machine.",
        "Get-TinySoraRun -Queue shows which do; one that is at work has its place already.");

    /// <param name="said">The last words of the process.</param>
    public static TinySoraException JobDied(int exitCode, string said) => new(
        "TinySora.Training.JobDied", ErrorKind.InvalidResult, exitCode,
        $"The process of the run ended with exit code {exitCode} before the run did{(said.Length == 0 ? "." : ": ")}{said}",
        "Queue the same line again: it goes on from the newest checkpoint. Code 137 is often the system's answer to want of memory.");

    public static TinySoraException NoRun(string folder) => new(
        "TinySora.Training.NoRun", ErrorKind.ObjectNotFound, folder,
        $"'{folder}' holds no training run: neither status.json nor a checkpoint, nor a folder with them.",
        "Name the results folder of a run, or the folder that holds several of them.");

    public static TinySoraException NoValidationData(string folder) => new(
        "TinySora.Training.NoValidationData", ErrorKind.ObjectNotFound, folder,
        $"trainer.validate_every asks for validations, and '{folder}' has neither a folder 'val' beside 'train' "
            + "nor several clips, of which some could be held out.",
        "Put clips to train on into its folder train and others into val, add clips, or set trainer.validate_every to 0.");

    public static TinySoraException NoPreview(string family) => new(
        "TinySora.Training.NoPreview", ErrorKind.InvalidOperation, family,
        $"There is nothing to draw: this model of the family {family} makes no videos, by itself or while its autoencoder is not there.",
        "Look at its measures instead: dashboard.html in its folder shows them.");

    public static TinySoraException NoAddress(string address) => new(
        "TinySora.Training.NoAddress", ErrorKind.InvalidArgument, address,
        $"'{address}' is no address that events can be posted to.",
        "Give -NotifyUri a whole address that begins with https:// or http://.");

    public static TinySoraException NotMeasured(string metric, IEnumerable<string> measured) => new(
        "TinySora.Training.NotMeasured", ErrorKind.InvalidArgument, metric,
        $"trainer.best_by names '{metric}', which validations of this model do not measure; "
            + $"they measure {string.Join(", ", measured.DefaultIfEmpty("nothing"))}.",
        "Name one of those, or loss.");

    public static TinySoraException NotLive(string folder) => new(
        "TinySora.Training.NotLive", ErrorKind.InvalidOperation, folder,
        $"No training run is at work in '{folder}'.",
        "Get-TinySoraRun shows which runs are live; Start-TinySoraTraining continues one that has ended.");

    public static TinySoraException StillLive(string folder, int step, int steps) => new(
        "TinySora.Training.StillLive", ErrorKind.ResourceBusy, folder,
        $"The run in '{folder}' has not ended in the time that was given; it is at step {step} of {steps}.",
        "Wait again, longer, or end it with Stop-TinySoraRun.");

    public static TinySoraException EndedMeanwhile(string folder) => new(
        "TinySora.Training.EndedMeanwhile", ErrorKind.InvalidOperation, folder,
        $"The run in '{folder}' ended before it could do this.",
        "Look at it with Get-TinySoraRun; Start-TinySoraTraining continues it.");

    public static TinySoraException CannotReachRun(string path, Exception inner) => new(
        "TinySora.Training.CannotReachRun", ErrorKind.WriteError, path,
        $"The run cannot be reached, because '{path}' cannot be written: {inner.Message}",
        "Orders to a run are files in its results folder: use an account that may write there.", inner);

    public static TinySoraException BadLearningRate(double rate) => new(
        "TinySora.Training.BadLearningRate", ErrorKind.InvalidArgument, rate,
        FormattableString.Invariant($"{rate} is no learning rate; it must be greater than 0."),
        "Set-TinySoraRun -LearningRate takes a number such as 5e-5.");

    public static TinySoraException UnknownOrder(string action) => new(
        "TinySora.Training.UnknownOrder", ErrorKind.InvalidOperation, action,
        $"The run does not know the order '{action}': it was started by another version of TinySora.",
        "Give the order with the version that trains.");

    public static TinySoraException OrderFailed(string action, Exception inner) => new(
        "TinySora.Training.OrderFailed", ErrorKind.InvalidOperation, action,
        $"The run could not do this ({action}): {inner.GetType().Name}: {inner.Message}",
        "Training goes on. Try again, with fewer prompts if it was a preview.", inner);

    public static TinySoraException CannotUseFolder(string folder, Exception inner) => new(
        "TinySora.Training.CannotUseFolder", ErrorKind.WriteError, folder,
        $"The results folder '{folder}' cannot be used: {inner.Message}",
        "Name a folder that you may write to.", inner);

    public static TinySoraException NonFiniteLoss(
        int step, double loss, double gradientNorm, IReadOnlyList<string> names, int rollbacks, string? lastCheckpoint) => new(
        NonFiniteLossId, ErrorKind.InvalidData, step,
        $"Training does not stay finite: at step {step} the loss is {loss} and the norm of the gradient {gradientNorm}, "
        + (lastCheckpoint is null
            ? "and there is no checkpoint to go back to."
            : $"and going back to '{lastCheckpoint}' {rollbacks} times did not help.")
        + $" The batch was: {string.Join(", ", names)}.",
        "Look at these clips; lower trainer.train_lr or set trainer.max_grad_norm to 1, and start again"
        + (lastCheckpoint is null ? "." : " in another folder, from this or an earlier checkpoint: "
            + "Start-TinySoraTraining -ResultsPath FOLDER -InitialCheckpoint FILE."));

    public static TinySoraException NoMetrics(string folder) => new(
        "TinySora.Training.NoMetrics", ErrorKind.ObjectNotFound, folder,
        $"'{folder}' holds no metrics of a training run (metrics.jsonl).",
        "Name the results folder of a run with -Path.");

    public static TinySoraException NoParameters(string family) => new(
        "TinySora.Training.NoParameters", ErrorKind.InvalidOperation, family,
        $"The model '{family}' has no trainable parameter.",
        "Check the model section of the configuration.");

    public static TinySoraException BadLimit(string parameter, double value) => new(
        "TinySora.Training.BadLimit", ErrorKind.InvalidArgument, value,
        $"-{parameter} is {value}; it must be greater than 0, and minutes at most those of two years.",
        $"Give another -{parameter} or leave it out.");

    public static TinySoraException BadStop(int stopAt, int steps) => new(
        "TinySora.Training.BadStop", ErrorKind.InvalidArgument, stopAt,
        $"-StopAt is {stopAt}, and the runs have {steps} steps: there is nothing before the stop, or nothing after it.",
        $"Give -StopAt a number from 1 to {steps - 1}, or more -Steps.");

    public static TinySoraException BadRates(double from, double to) => new(
        "TinySora.Training.BadRates", ErrorKind.InvalidArgument, from,
        FormattableString.Invariant($"Rates from {from} to {to} are nothing to search: the first must be above 0 and below the last."),
        "Give -Minimum and -Maximum numbers such as 1e-6 and 0.1.");

    public static TinySoraException BadGoal(string text) => new(
        "TinySora.Training.BadGoal", ErrorKind.InvalidArgument, text,
        $"'{text}' is nothing that training could go on until.",
        "Give -Until a number of steps (3000), a loss ('loss 0.05'), a time of day (06:30) or a date and time with a Gregorian year ('2026-12-24 18:00').");

    public static TinySoraException BadHours(string text) => new(
        "TinySora.Training.BadHours", ErrorKind.InvalidArgument, text,
        $"'{text}' are no hours of the day.",
        "Give -Between two times such as 22:00-06:30.");
}
