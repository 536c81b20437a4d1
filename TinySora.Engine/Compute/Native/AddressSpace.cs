using TinySora.Engine.Errors;

namespace TinySora.Engine.Compute.Native;

/// <summary>The addresses that this process may use, which a shell or scheduler can limit (<c>ulimit -v</c>).</summary>
internal static class AddressSpace
{
    /// <summary>What the system's loader says of a library for which it gets no memory; it does not say why.</summary>
    private static readonly string[] NoRoom = ["failed to map segment", "allocate memory", "cannot map", "cannot create shared object descriptor"];

    /// <summary>Maximum number of bytes; <c>null</c> if there is no limit, and where the system does not tell.</summary>
    public static long? Limit
    {
        get
        {
            try
            {
                var lines = OperatingSystem.IsLinux() ? File.ReadLines("/proc/self/limits") : [];
                var line = lines.FirstOrDefault(line => line.StartsWith("Max address space", StringComparison.Ordinal));
                var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return words is [_, _, _, var limit, ..] && long.TryParse(limit, out var bytes) ? bytes : null;
            }
            catch (Exception e) when (FileFailure.Is(e))
            {
                return null;
            }
        }
    }

    /// <summary>The error of native libraries that cannot be loaded: there is no room for them, or they are missing or damaged.</summary>
    public static TinySoraException NotLoaded(Exception failure) => NotLoaded(failure, Limit);

    /// <inheritdoc cref="NotLoaded(Exception)"/>
    internal static TinySoraException NotLoaded(Exception failure, long? limit)
    {
        var reason = failure.InnerException ?? failure;
        return limit is long bytes && NoRoom.Any(words => reason.Message.Contains(words, StringComparison.OrdinalIgnoreCase))
            ? RuntimeErrors.AddressSpaceLimited(bytes, reason)
            : RuntimeErrors.LibTorchMissing(failure);
    }
}
