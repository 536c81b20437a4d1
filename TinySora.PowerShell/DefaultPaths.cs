namespace TinySora.PowerShell;

/// <summary>Folders that cmdlets use when none is named, relative to the caller's location; the names are the seed's.</summary>
internal static class DefaultPaths
{
    /// <summary>Clips to train on: where New-TinySoraDataset writes and the presets look.</summary>
    public const string Data = "./training_data";

    /// <summary>Checkpoints: where training writes and generation looks.</summary>
    public const string Results = "./saved_models";

    /// <summary>Generated videos.</summary>
    public const string Videos = "./results";
}
