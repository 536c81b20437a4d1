namespace TinySora.Engine.Formats.Weights;

/// <summary>
/// Handles the parts that PyTorch wrappers insert into the names of weights: torch.compile, DistributedDataParallel, AveragedModel, FSDP, and activation
/// checkpointing. Wrappers may be nested, and may wrap the whole model or individual layers.
/// </summary>
internal static class WrapperNames
{
    private static readonly HashSet<string> Wrappers = ["_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];

    /// <summary>Returns the dot-separated parts of a name, without those that wrappers inserted.</summary>
    public static string[] Parts(string name) => [.. name.Split('.').Where(part => !Wrappers.Contains(part))];

    /// <summary>Returns a name without the parts that wrappers inserted.</summary>
    public static string Remove(string name) => string.Join('.', Parts(name));
}
