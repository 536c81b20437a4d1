namespace TinySora.Engine.Compute.Devices;

/// <summary>The outcome of looking at one part of the installation.</summary>
/// <param name="Name">The part that was looked at, or the file.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Advice">What mends it; null: nothing is to be mended.</param>
public sealed record InstallationCheck(string Name, InstallationState State, string Detail, string? Advice)
{
    internal static InstallationCheck Ok(string name, string detail) => new(name, InstallationState.Ok, detail, null);

    internal static InstallationCheck Slower(string name, string detail, string advice) => new(name, InstallationState.Slower, detail, advice);

    internal static InstallationCheck Missing(string name, string detail, string advice) => new(name, InstallationState.Missing, detail, advice);

    internal static InstallationCheck Failed(string name, string detail, string advice) => new(name, InstallationState.Failed, detail, advice);

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => $"{Name}: {State}, {Detail}{(Advice is null ? "" : $" {Advice}")}";
}
