namespace TinySora.Engine.Tests;

/// <summary>Environment variables of this process that are set for one test and restored afterwards.</summary>
internal sealed class EnvironmentVariables : IDisposable
{
    /// <summary>Variables with which launchers tell a process its rank.</summary>
    private static readonly string[] Ranks = ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID"];

    private readonly Dictionary<string, string?> before = [];

    /// <summary>Returns an environment as without a launcher of several processes.</summary>
    public static EnvironmentVariables WithoutLauncher() => Ranks.Aggregate(new EnvironmentVariables(), (all, rank) => all.Set(rank, null));

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
