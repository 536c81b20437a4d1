namespace TinySora.Engine.Tests;

/// <summary>Environment variables of this process that are set for one test and restored afterwards.</summary>
internal sealed class EnvironmentVariables : IDisposable
{
    private readonly Dictionary<string, string?> before = [];

    /// <summary>Sets a variable, or removes it if the value is <c>null</c>.</summary>
    public EnvironmentVariables Set(string name, string? value)
    {
        before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
        return this;
    }

    public void Dispose()
    {
        foreach (var (name, value) in before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}
