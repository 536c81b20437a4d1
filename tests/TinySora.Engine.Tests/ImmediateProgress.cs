namespace TinySora.Engine.Tests;

/// <summary>Passes on progress in order and on the reporting thread, unlike <see cref="Progress{T}"/>.</summary>
internal sealed class ImmediateProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
