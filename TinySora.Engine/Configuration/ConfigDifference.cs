namespace TinySora.Engine.Configuration;

/// <summary>A key in which two configurations differ; the values as YAML writes them.</summary>
public sealed record ConfigDifference(string Key, string Left, string Right)
{
    /// <summary>A line for an error that lists what differs.</summary>
    internal string ThereAndHere() => $"{Key}: {Left ?? "(not set)"} there, {Right ?? "(not set)"} here";
}
