namespace TinySora.Engine.Tests;

/// <summary>Passes on progress immediately, on the reporting thread.</summary>
internal sealed class Now<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
