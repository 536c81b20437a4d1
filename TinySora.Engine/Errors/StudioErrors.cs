namespace TinySora.Engine.Errors;

/// <summary>Errors in the studio.</summary>
public static class StudioErrors
{
    public static TinySoraException PortTaken(int port, Exception inner) => new(
        "TinySora.Studio.PortTaken", ErrorKind.ResourceUnavailable, port,
        $"The studio cannot listen on port {port}: {inner.Message}",
        "Use another port with -Port, or omit it to use a free port.", inner);

    public static TinySoraException NoSuchStart(string name) => new(
        "TinySora.Studio.NoSuchStart", ErrorKind.ObjectNotFound, name,
        $"'{name}' was not uploaded to this studio.",
        "Drop the clip or image on the page again.");

    public static TinySoraException NoSuchRun(string run) => new(
        "TinySora.Studio.NoSuchRun", ErrorKind.ObjectNotFound, run,
        $"'{run}' is not a run in the studio's folders, or was removed.",
        "Reload the page, or start the studio with the folder of the run: Start-TinySoraStudio -Path FOLDER.");

    public static TinySoraException NotAnswered(string run, int seconds) => new(
        "TinySora.Studio.NotAnswered", ErrorKind.ResourceBusy, run,
        $"The run '{run}' has not handled the request within {seconds} seconds.",
        "Try again. A run handles requests between steps, and a single step may take longer than that.");

    public static TinySoraException OutsideFolder(string path, string folder) => new(
        "TinySora.Studio.OutsideFolder", ErrorKind.InvalidArgument, path,
        $"'{path}' is not inside '{folder}', the studio's folder, or its path contains a link.",
        "Use a folder or file inside the studio's folder, or start the studio in the folder of your data.");

    public static TinySoraException BadRunName(string? name) => new(
        "TinySora.Studio.BadRunName", ErrorKind.InvalidArgument, name,
        $"'{name}' is not a valid run name.",
        "Use at most 80 letters, digits, dots, hyphens and underscores, starting with a letter or digit.");

    public static TinySoraException NotQueued(string resultsPath, string reason, Exception? inner = null) => new(
        "TinySora.Studio.NotQueued", ErrorKind.InvalidOperation, resultsPath,
        $"The run was not queued: {reason}",
        "Run the command shown on the page in PowerShell to see the complete error.", inner);

    public static TinySoraException NoSuchClip(string clip) => new(
        "TinySora.Studio.NoSuchClip", ErrorKind.ObjectNotFound, clip,
        $"'{clip}' is not a clip in the open folder, or was removed.",
        "Open the folder again.");

    public static TinySoraException CaptionChanged(string clip) => new(
        "TinySora.Studio.CaptionChanged", ErrorKind.InvalidOperation, clip,
        $"The caption of '{clip}' has changed since the page was loaded, so it was not overwritten.",
        "Open the folder again, then edit the current caption.");

    public static TinySoraException BadCaption(string clip, int most) => new(
        "TinySora.Studio.BadCaption", ErrorKind.InvalidArgument, clip,
        $"The new caption of '{clip}' is empty or longer than {most} characters.",
        "Describe the clip in words. Each line is a separate caption.");

    /// <summary>Returns the field on the page that caused an error in generating a clip: prompt, without, settings or start.</summary>
    /// <param name="negativePrompt">Content of the "without" field, unless it equals the prompt.</param>
    internal static string FieldOf(TinySoraException refusal, string? negativePrompt) => refusal switch
    {
        { Target: "From" } or { Id: "TinySora.Studio.NoSuchStart" or "TinySora.Generation.VariationNoise" } => "start",
        _ when refusal.Id.StartsWith("TinySora.Media.", StringComparison.Ordinal) => "start",
        { Id: "TinySora.Generation.NotTaken" or "TinySora.Generation.BadSetting" or "TinySora.Generation.BadGuidance"
            or "TinySora.Model.StepsOutOfRange" or "TinySora.Model.UnknownSampler" or "TinySora.Model.EtaUnused"
            or "TinySora.Model.EtaOutOfRange" } => "settings",
        { Target: string target } when target == negativePrompt => "without",
        _ => "prompt",
    };
}
