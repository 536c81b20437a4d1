using System.Management.Automation;

namespace TinySora.Host.Execution;

/// <summary>Where a pipeline's objects and messages go.</summary>
internal interface IHostStreams
{
    void Object(object? value);

    void Error(ErrorRecord record);

    void Warning(string text);

    void Verbose(string text);

    void Debug(string text);

    void Information(InformationRecord record);

    /// <summary>A line for the user that is no object, such as What if.</summary>
    void Say(string text);

    /// <param name="source">Which command reports; ids of activities are its own.</param>
    void Progress(long source, ProgressRecord record);

    /// <summary>Asks the user; <paramref name="offerAll"/> adds the answers for everything that follows.</summary>
    Answer Ask(string caption, string question, bool offerAll);

    /// <summary>No more objects come: what was held back to be aligned is written.</summary>
    void Complete();
}

/// <summary>What a user says to a question.</summary>
internal enum Answer
{
    Yes,
    YesToAll,
    No,
    NoToAll,
}
