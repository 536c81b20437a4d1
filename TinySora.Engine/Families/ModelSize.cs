using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Layers;

namespace TinySora.Engine.Families;

/// <summary>Rejects models that are too large for the machine's memory before anything is allocated.</summary>
internal static class ModelSize
{
    /// <exception cref="TinySoraException">TooLarge.</exception>
    public static T WithMemoryLimit<T>(RunConfig config, Func<T> make)
    {
        var memory = MemoryUse.Total;
        return WeightBudget.Enforce(memory, bytes => TooLarge(config, "The weights of the model", bytes, memory), make);
    }

    /// <param name="bytes">Total bytes of weights, gradients, averaged weights and optimizer moments.</param>
    /// <exception cref="TinySoraException">TooLarge.</exception>
    public static void CheckState(RunConfig config, long bytes)
    {
        if (bytes > MemoryUse.Total)
        {
            throw TooLarge(config, "The weights, gradients, averaged weights and optimizer moments", bytes, MemoryUse.Total);
        }
    }

    /// <summary>Creates an error that names the model key with the largest value, because that key is usually the cause.</summary>
    private static TinySoraException TooLarge(RunConfig config, string what, double bytes, long memory)
    {
        var (key, value) = ConfigFile.Entries(config).Where(entry => entry.Key.StartsWith("model.", StringComparison.Ordinal))
            .Select(entry => (entry.Key, Value: entry.Value is int number ? number : entry.Value is IEnumerable<int> all ? all.DefaultIfEmpty().Max() : 0))
            .MaxBy(entry => entry.Value);
        return ModelErrors.TooLarge(key, value, what, bytes, memory);
    }
}
