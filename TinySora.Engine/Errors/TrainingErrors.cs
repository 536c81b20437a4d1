namespace TinySora.Engine.Errors;

/// <summary>Errors in training runs.</summary>
public static class TrainingErrors
{
    internal const string NonFiniteLossId = "TinySora.Training.NonFiniteLoss";

    public const string EndedMeanwhileId = "TinySora.Training.EndedMeanwhile", NotLiveId = "TinySora.Training.NotLive";

    internal const string FolderInUseId = "TinySora.Training.FolderInUse";

    public static TinySoraException NothingToResume(string folder) => new(
        "TinySora.Training.NothingToResume", ErrorKind.ObjectNotFound, folder,
        $"There is nothing to resume: '{folder}' has no checkpoint.",
        "To start a new run there, use Start-TinySoraTraining without -Resume and -FromStep. To resume a run in another folder, use "
        + "Start-TinySoraTraining -ResultsPath.");

    public static TinySoraException NoSuchStep(int step, string folder, IEnumerable<int> steps) => new(
        "TinySora.Training.NoSuchStep", ErrorKind.ObjectNotFound, step,
        $"'{folder}' has no readable checkpoint for step {step}.",
        $"Use one of these steps with Start-TinySoraTraining -FromStep: {string.Join(", ", steps)}.");

    /// <param name="differences">Descriptions of the keys that differ, one for each key.</param>
    public static TinySoraException OtherConfiguration(
        string folder, string checkpoint, IReadOnlyList<string> differences) => new(
        "TinySora.Training.OtherConfiguration", ErrorKind.ResourceExists, folder,
        $"'{folder}' holds a run with a different configuration ('{Path.GetFileName(checkpoint)}' compared with yours):"
        + Text.List(differences),
        "To resume, set these keys to their earlier values. To start over, use Start-TinySoraTraining with another -ResultsPath, or with -Force, which moves "
        + "the old files into a subfolder.");

    /// <param name="what">How the run differs from the requested one, as the predicate of a sentence.</param>
    public static TinySoraException OtherBudgetRun(string folder, string what) => new(
        "TinySora.Training.OtherBudgetRun", ErrorKind.ResourceExists, folder,
        $"'{folder}' holds a run that {what}, and this command would resume it.",
        "To start another run, use Start-TinySoraTraining with -ResultsPath FOLDER. To start over in this folder, use Start-TinySoraTraining with -Force, "
        + "which moves the old files into a subfolder.");

    public static TinySoraException NoSummary(string file) => new(
        "TinySora.Training.NoSummary", ErrorKind.ResourceExists, file,
        $"'{file}' is not a summary written by an earlier command, and this command's summary would overwrite it.",
        "Specify another file with -SummaryPath, or move the existing file.");

    public static TinySoraException OutputExists(string file) => new(
        "TinySora.Training.OutputExists", ErrorKind.ResourceExists, file,
        $"'{file}' was not written by a training run, and a run in this folder would overwrite it.",
        "Move the file, or use Start-TinySoraTraining with another -ResultsPath, or with -Force, which moves it to a subfolder and starts a new run.");

    /// <param name="differences">Descriptions of the keys that differ, one for each key.</param>
    public static TinySoraException OtherInitialModel(
        string checkpoint, IReadOnlyList<string> differences) => new(
        "TinySora.Training.OtherInitialModel", ErrorKind.InvalidArgument, checkpoint,
        $"The weights in '{checkpoint}' do not fit this configuration:"
        + Text.List(differences),
        "Set these keys to the values of the initial checkpoint, or train without an initial checkpoint.");

    /// <param name="holder">Process that uses the folder; <c>null</c> if unknown.</param>
    public static TinySoraException FolderInUse(string folder, string? holder) => new(
        FolderInUseId, ErrorKind.ResourceBusy, folder,
        $"Another training run is writing to '{folder}'{(holder is null ? "" : ": ")}{holder}.",
        "Wait until that run ends, stop it, or use another folder.");

    public static TinySoraException CannotQueue(string path, Exception inner) => new(
        "TinySora.Training.CannotQueue", ErrorKind.WriteError, path,
        $"The run queue cannot be written to '{path}': {inner.Message}",
        "Set the environment variable TINYSORA_QUEUE to a folder that you can write to.", inner);

    public static TinySoraException QueueHeld(string path, int seconds) => new(
        "TinySora.Training.QueueHeld", ErrorKind.ResourceBusy, path,
        $"Another process has locked the queue ('{path}') for {seconds} seconds. Normally, the queue is locked only for a moment.",
        "That process is probably suspended (Ctrl+Z). Resume or end it, then try again.");

    public static TinySoraException BadBudget(string text) => new(
        "TinySora.Training.BadBudget", ErrorKind.InvalidArgument, text,
        $"'{text}' is not a valid duration for a run.",
        "Set -Budget to a number with a unit, such as 10min, 2.5h, '1h 30min', 45s or 2d, or to hours, minutes and seconds, such as 00:10:00.");

    public static TinySoraException BudgetTooShort(TimeSpan budget, TimeSpan needed) => new(
        "TinySora.Training.BudgetTooShort", ErrorKind.InvalidArgument, budget,
        FormattableString.Invariant($"A budget of {budget.TotalSeconds:0.#} s is too short for any preset to learn anything on this machine."),
        $"Use Start-TinySoraTraining -Budget {Math.Ceiling(needed.TotalSeconds)}s or more, which is enough for 100 steps. "
            + "Learning colors and motion takes minutes.");

    public static TinySoraException NothingFits(IEnumerable<string> presets) => new(
        "TinySora.Training.NothingFits", ErrorKind.InvalidOperation, presets.ToList(),
        $"None of the presets that Start-TinySoraTraining -Budget chooses from fits into memory: {string.Join(", ", presets)}.",
        "Close programs that use memory, or choose a smaller model with Start-TinySoraTraining -Config and its training time with -Budget.");

    public static TinySoraException NotQueued(string folder) => new(
        "TinySora.Training.NotQueued", ErrorKind.InvalidOperation, folder,
        $"The run in '{folder}' is not waiting in this machine's queue.",
        "To list the waiting runs, use Get-TinySoraRun -Queue. A run that has started cannot be moved.");

    /// <param name="said">Last output of the process.</param>
    public static TinySoraException JobDied(int exitCode, string said) => new(
        "TinySora.Training.JobDied", ErrorKind.InvalidResult, exitCode,
        $"The run's process exited with code {exitCode} before the run ended{(said.Length == 0 ? "." : ": ")}{said}",
        "Queue the same command again. The run resumes from the newest checkpoint. Exit code 137 often means that the system ran out of memory.");

    public static TinySoraException NoRun(string folder) => new(
        "TinySora.Training.NoRun", ErrorKind.ObjectNotFound, folder,
        $"'{folder}' contains no training run: no status.json, no checkpoint, and no subfolder with either.",
        "Specify the results folder of a run, or a folder that contains several runs.");

    public static TinySoraException NoRuns(string folder) => new(
        "TinySora.Training.NoRuns", ErrorKind.ObjectNotFound, folder,
        $"There are no training runs in '{folder}' yet.",
        "To start a run, use Start-TinySoraTraining -Budget 10min. For a run elsewhere, specify its results folder. Without a run, "
        + "Invoke-TinySoraGenerate uses a bundled model, such as shapes-lean or emoji.");

    public static TinySoraException NoValidationData(string folder) => new(
        "TinySora.Training.NoValidationData", ErrorKind.ObjectNotFound, folder,
        $"trainer.validate_every requires validation clips, but '{folder}' has neither a folder 'val' next to 'train' "
            + "nor enough clips to hold some out.",
        "Put training clips into the subfolder train and validation clips into val, add clips, or set trainer.validate_every to 0.");

    public static TinySoraException NoPreview(string family) => new(
        "TinySora.Training.NoPreview", ErrorKind.InvalidOperation, family,
        $"No preview can be made: this model (family {family}) does not generate videos by itself, or its autoencoder is missing.",
        "To see the model's metrics instead, open dashboard.html in the run's folder.");

    public static TinySoraException NoAddress(string address) => new(
        "TinySora.Training.NoAddress", ErrorKind.InvalidArgument, address,
        $"'{address}' is not an address that events can be posted to.",
        "Set -NotifyUri to a complete address that begins with https:// or http://.");

    public static TinySoraException NotMeasured(string metric, IEnumerable<string> measured) => new(
        "TinySora.Training.NotMeasured", ErrorKind.InvalidArgument, metric,
        $"trainer.best_by is '{metric}', but validation of this model does not measure it; "
            + $"it measures {string.Join(", ", measured.DefaultIfEmpty("nothing"))}.",
        "Set trainer.best_by to one of these metrics, or to loss.");

    public static TinySoraException NotLive(string folder) => new(
        NotLiveId, ErrorKind.InvalidOperation, folder,
        $"There is no active training run in '{folder}'.",
        "To see which runs are active, use Get-TinySoraRun. To resume a run that has ended, use Start-TinySoraTraining.");

    public static TinySoraException StillLive(string folder, int step, int steps) => new(
        "TinySora.Training.StillLive", ErrorKind.ResourceBusy, folder,
        $"The run in '{folder}' has not ended within the timeout; it is at step {step} of {steps}.",
        "Wait again with a longer timeout, or end it with Stop-TinySoraRun.");

    public static TinySoraException EndedMeanwhile(string folder) => new(
        EndedMeanwhileId, ErrorKind.InvalidOperation, folder,
        $"The run in '{folder}' ended before it handled the request.",
        "Check the run with Get-TinySoraRun. To resume it, use Start-TinySoraTraining.");

    public static TinySoraException CannotReachRun(string path, Exception inner) => new(
        "TinySora.Training.CannotReachRun", ErrorKind.WriteError, path,
        $"The run cannot be controlled, because '{path}' cannot be written: {inner.Message}",
        "Requests to a run are sent as files in its results folder. Use an account that can write to that folder.", inner);

    public static TinySoraException BadLearningRate(double rate) => new(
        "TinySora.Training.BadLearningRate", ErrorKind.InvalidArgument, rate,
        FormattableString.Invariant($"The learning rate is {rate}, but must be greater than 0."),
        "Use a number such as 5e-5 with Set-TinySoraRun -LearningRate.");

    public static TinySoraException UnknownRequest(string action) => new(
        "TinySora.Training.UnknownOrder", ErrorKind.InvalidOperation, action,
        $"The run does not support the request '{action}', because another version of TinySora started the run.",
        "Send the request with the version that started the run.");

    public static TinySoraException RequestFailed(string action, Exception inner) => new(
        "TinySora.Training.OrderFailed", ErrorKind.InvalidOperation, action,
        $"The run failed to handle the request '{action}': {inner.GetType().Name}: {inner.Message}",
        "Training continues. Try again; for a preview, use fewer prompts.", inner);

    public static TinySoraException CannotUseFolder(string folder, Exception inner) => new(
        "TinySora.Training.CannotUseFolder", ErrorKind.WriteError, folder,
        $"The results folder '{folder}' cannot be used: {inner.Message}",
        "Use a folder that you can write to.", inner);

    public static TinySoraException NonFiniteLoss(
        int step, double loss, double gradientNorm, IReadOnlyList<string> names, int rollbacks, string? lastCheckpoint) => new(
        NonFiniteLossId, ErrorKind.InvalidData, step,
        $"Training diverged: at step {step}, the loss is {loss} and the gradient norm is {gradientNorm}, "
        + (lastCheckpoint is null
            ? "and there is no checkpoint to roll back to."
            : $"and rolling back to '{lastCheckpoint}' did not help (rollbacks: {rollbacks}).")
        + $" Clips in the batch: {string.Join(", ", names)}.",
        "Check these clips, lower trainer.train_lr or set trainer.max_grad_norm to 1, and start again"
        + (lastCheckpoint is null ? "." : " in another folder, from that checkpoint or an earlier one: "
            + "Start-TinySoraTraining -ResultsPath FOLDER -InitialCheckpoint FILE."));

    public static TinySoraException DecoderNeedsInitial() => new(
        "TinySora.Training.DecoderNeedsInitial", ErrorKind.InvalidArgument, "loss.decoder_only",
        "loss.decoder_only trains the decoder of an existing autoencoder, but there is no initial checkpoint.",
        "Specify the autoencoder, as in Start-TinySoraTraining -InitialCheckpoint clips-vae.");

    public static TinySoraException NoMetrics(string folder) => new(
        "TinySora.Training.NoMetrics", ErrorKind.ObjectNotFound, folder,
        $"'{folder}' has no metrics from a training run (metrics.jsonl).",
        "Specify the results folder of a run with -Path.");

    public static TinySoraException NoParameters(string family) => new(
        "TinySora.Training.NoParameters", ErrorKind.InvalidOperation, family,
        $"The model '{family}' has no trainable parameters.",
        "Check the model section of the configuration.");

    public static TinySoraException BadLimit(string parameter, double value) => new(
        "TinySora.Training.BadLimit", ErrorKind.InvalidArgument, value,
        $"-{parameter} is {value}, but must be greater than 0. A limit in minutes must be at most two years.",
        $"Use another value for -{parameter}, or omit it.");

    public static TinySoraException BadStop(int stopAt, int steps) => new(
        "TinySora.Training.BadStop", ErrorKind.InvalidArgument, stopAt,
        $"-StopAt is {stopAt}, but each run has only {steps} steps, so no steps remain before or after the stop.",
        steps < 2 ? "Set -Steps to 2 or more." : $"Set -StopAt to a number from 1 to {steps - 1}, or raise -Steps.");

    public static TinySoraException BadRates(double from, double to) => new(
        "TinySora.Training.BadRates", ErrorKind.InvalidArgument, from,
        FormattableString.Invariant($"The learning rates from {from} to {to} are not a valid range: the first must be positive and less than the second."),
        "Set -Minimum and -Maximum to numbers such as 1e-6 and 0.1.");

    public static TinySoraException BadGoal(string text) => new(
        "TinySora.Training.BadGoal", ErrorKind.InvalidArgument, text,
        $"'{text}' is not a valid goal for training.",
        "Set -Until to a number of steps (3000), a loss ('loss 0.05'), a time (06:30), or a date and time in the Gregorian calendar ('2026-12-24 18:00').");

    public static TinySoraException BadHours(string text) => new(
        "TinySora.Training.BadHours", ErrorKind.InvalidArgument, text,
        $"'{text}' is not a valid time range.",
        "Set -Between to two different times, such as 22:00-06:30.");
}
