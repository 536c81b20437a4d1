namespace TinySora.Engine.Formats.Weights;

/// <summary>
/// The names that PyTorch's wrappers insert into the names of the weights they hold: torch.compile, DistributedDataParallel and AveragedModel, FSDP, and
/// activation checkpointing. They may be nested, and may be around the whole model or around one of its layers.
/// </summary>
internal static class WrapperNames
{
    private static readonly HashSet<string> Wrappers = ["_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];

    /// <summary>Returns the parts of a name, separated by dots, without those that wrappers inserted.</summary>
    public static string[] Parts(string name) => [.. name.Split('.').Where(part => !Wrappers.Contains(part))];

    /// <summary>Returns a name without what wrappers inserted.</summary>
    public static string Remove(string name) => string.Join('.', Parts(name));
}
