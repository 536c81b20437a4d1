namespace TinySora.Engine.Errors;

/// <summary>Failures of the page on which one types and sees.</summary>
public static class StudioErrors
{
    public static TinySoraException PortTaken(int port, Exception inner) => new(
        "TinySora.Studio.PortTaken", ErrorKind.ResourceUnavailable, port,
        $"The studio cannot listen on port {port}: {inner.Message}",
        "Name another port with -Port, or leave it out: then a free one is taken.", inner);

    public static TinySoraException NoSuchStart(string name) => new(
        "TinySora.Studio.NoSuchStart", ErrorKind.ObjectNotFound, name,
        $"'{name}' was not given to this studio.",
        "Drop the clip or picture on the page again.");

    public static TinySoraException NoSuchRun(string run) => new(
        "TinySora.Studio.NoSuchRun", ErrorKind.ObjectNotFound, run,
        $"'{run}' is no run of the studio's folders, or is gone.",
        "Load the page anew, or start the studio with the folder of the run: Start-TinySoraStudio -Path FOLDER.");

    public static TinySoraException NotAnswered(string run, int seconds) => new(
        "TinySora.Studio.NotAnswered", ErrorKind.ResourceBusy, run,
        $"The run '{run}' has not carried it out within {seconds} seconds.",
        "A step may take longer than that, and a run looks for orders between two steps: try again.");

    public static TinySoraException OutsideFolder(string path, string folder) => new(
        "TinySora.Studio.OutsideFolder", ErrorKind.InvalidArgument, path,
        $"'{path}' is not below '{folder}', the folder that the studio was started for, or a link leads out of it.",
        "Name a folder or file below it, or start the studio in the folder of your data.");

    public static TinySoraException BadRunName(string? name) => new(
        "TinySora.Studio.BadRunName", ErrorKind.InvalidArgument, name,
        $"'{name}' cannot be the name of a run.",
        "Use letters, digits, dots, hyphens and underscores, at most 80 characters, beginning with a letter or digit.");

    public static TinySoraException NotQueued(string resultsPath, string reason, Exception? inner = null) => new(
        "TinySora.Studio.NotQueued", ErrorKind.InvalidOperation, resultsPath,
        $"The training was not queued: {reason}",
        "Run the command that the page shows in PowerShell to see the whole error.", inner);

    public static TinySoraException NoSuchClip(string clip) => new(
        "TinySora.Studio.NoSuchClip", ErrorKind.ObjectNotFound, clip,
        $"'{clip}' is not among the clips of the folder, or is gone.",
        "Show the folder again.");

    public static TinySoraException CaptionChanged(string clip) => new(
        "TinySora.Studio.CaptionChanged", ErrorKind.InvalidOperation, clip,
        $"The caption of '{clip}' has changed since the page showed it, and was not overwritten.",
        "Show the folder again, and edit the caption that is there now.");

    public static TinySoraException BadCaption(string clip, int most) => new(
        "TinySora.Studio.BadCaption", ErrorKind.InvalidArgument, clip,
        $"The caption of '{clip}' is empty, or longer than {most} characters.",
        "Describe in words what the clip shows; each line is a caption of its own.");

    /// <summary>Returns the field of the page that a refusal to make a clip is about: prompt, without, settings or start.</summary>
    /// <param name="negativePrompt">What the field "without" holds, if that is not what the prompt holds, too.</param>
    internal static string FieldOf(TinySoraException refusal, string? negativePrompt) => refusal switch
    {
        { Target: "From" } or { Id: "TinySora.Studio.NoSuchStart" or "TinySora.Generation.VariationNoise" } => "start",
        _ when refusal.Id.StartsWith("TinySora.Media.", StringComparison.Ordinal) => "start",
        { Id: "TinySora.Generation.NotTaken" or "TinySora.Generation.BadSetting" or "TinySora.Generation.BadGuidance" } => "settings",
        { Target: string target } when target == negativePrompt => "without",
        _ => "prompt",
    };
}
