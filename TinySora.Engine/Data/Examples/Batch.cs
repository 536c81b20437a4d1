namespace TinySora.Engine.Data.Examples;

/// <summary>One micro-batch of what a model trains on; each kind of data has a record of its own.</summary>
/// <param name="Names">The examples' names, for messages.</param>
public abstract record Batch(IReadOnlyList<string> Names) : IDisposable
{
    public abstract void Dispose();
}
