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
}
