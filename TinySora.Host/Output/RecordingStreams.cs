using System.Management.Automation;
using TinySora.Host.Execution;

namespace TinySora.Host.Output;

/// <summary>Keeps everything, also as the text that a user would see.</summary>
internal sealed class RecordingStreams : IHostStreams
{
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();
    private readonly ConsoleStreams console;
    private readonly Func<string, bool>? confirm;
    private readonly List<object?> objects = [];
    private readonly List<ErrorRecord> errors = [];
    private readonly List<string> warnings = [];
    private readonly List<string> verbose = [];
    private readonly List<string> debug = [];
    private readonly List<InformationRecord> information = [];
    private readonly List<ProgressRecord> progress = [];

    public RecordingStreams(FormatViews views, Func<string, bool>? confirm)
    {
        this.confirm = confirm;
        console = new ConsoleStreams(
            new ConsoleTarget { Out = output, Err = error, Progress = new ProgressLines(error, TimeProvider.System) }, views);
    }

    public HostRun Finish(int exitCode)
    {
        console.Dispose();
        return new HostRun
        {
            Objects = objects,
            Errors = errors,
            Warnings = warnings,
            Verbose = verbose,
            Debug = debug,
            Information = information,
            Progress = progress,
            Output = output.ToString(),
            ErrorOutput = error.ToString(),
            ExitCode = exitCode,
        };
    }

    public void Object(object? value) => Keep(objects, value, console.Object);

    public void Error(ErrorRecord record) => Keep(errors, record, console.Error);

    public void Warning(string text) => Keep(warnings, text, console.Warning);

    public void Verbose(string text) => Keep(verbose, text, console.Verbose);

    public void Debug(string text) => Keep(debug, text, console.Debug);

    public void Information(InformationRecord record) => Keep(information, record, console.Information);

    public void Say(string text) => console.Say(text);

    public void Progress(long source, ProgressRecord record) => Keep(progress, record, r => console.Progress(source, r));

    public Answer Ask(string caption, string question, bool offerAll) =>
        confirm is null ? console.Ask(caption, question, offerAll) : confirm(question) ? Answer.Yes : Answer.No;

    public void Complete() => console.Complete();

    private static void Keep<T>(List<T> list, T item, Action<T> show)
    {
        list.Add(item);
        show(item);
    }
}
