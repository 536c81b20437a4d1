namespace TinySora.Engine.Errors;

/// <summary>Failures of turning a prompt into a video file.</summary>
public static class GenerationErrors
{
    public static TinySoraException EmptyPrompt() => new(
        "TinySora.Generation.EmptyPrompt", ErrorKind.InvalidArgument, "Prompt",
        "The prompt is empty.",
        "Say with -Prompt what the video shall show, for example 'a red circle moving right'.");

    public static TinySoraException BadCount(int count) => new(
        "TinySora.Generation.BadCount", ErrorKind.InvalidArgument, count,
        $"-Count is {count}; at least one video must be asked for.",
        "Give -Count 1 or more.");

    public static TinySoraException UnknownFormat(string format, IEnumerable<string> known) => new(
        "TinySora.Generation.UnknownFormat", ErrorKind.InvalidArgument, format,
        $"'{format}' is no output format; known are {string.Join(", ", known)}.",
        "Give one of them with -Format, or as the ending of -OutputPath.");

    public static TinySoraException BadName(string name) => new(
        "TinySora.Generation.BadName", ErrorKind.InvalidArgument, name,
        $"'{name}' cannot be a file name: it must name no folder and be no reserved name.",
        "Give a plain name with -OutputName and the folder with -OutputPath.");

    public static TinySoraException OutputExists(string path) => new(
        "TinySora.Generation.OutputExists", ErrorKind.ResourceExists, path,
        $"'{path}' exists already.",
        "Name another file with -OutputName or -OutputPath, or overwrite it with -Force.");

    public static TinySoraException CannotWrite(string path, Exception inner) => new(
        "TinySora.Generation.CannotWrite", ErrorKind.WriteError, path,
        $"'{path}' cannot be written: {inner.Message}",
        "Name a folder that you may write to with -OutputPath.", inner);
}
