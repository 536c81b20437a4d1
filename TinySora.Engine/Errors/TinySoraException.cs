namespace TinySora.Engine.Errors;

/// <summary>
/// A failure that a user can act on: what happened, to which thing, and what to do next. All are made in the catalogues
/// of this folder, so that ids stay unique and texts can be reviewed side by side.
/// </summary>
public sealed class TinySoraException : Exception
{
    /// <param name="id">Stable id, <c>TinySora.Area.Reason</c>.</param>
    /// <param name="target">The offending thing: a path, a key, a value.</param>
    /// <param name="message">What happened and where: names file, value and expected form.</param>
    /// <param name="advice">What to do next, naming the parameter, key or command.</param>
    public TinySoraException(
        string id, ErrorKind kind, object? target, string message, string advice, Exception? inner = null)
        : base(message, inner)
    {
        Id = id;
        Kind = kind;
        Target = target;
        Advice = advice;
    }

    public string Id { get; }

    public ErrorKind Kind { get; }

    public object? Target { get; }

    public string Advice { get; }
}
