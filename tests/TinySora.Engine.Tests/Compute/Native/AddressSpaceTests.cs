using TinySora.Engine.Compute.Native;

namespace TinySora.Engine.Tests.Compute.Native;

public sealed class AddressSpaceTests
{
    /// <summary>Messages of the system's loader, which are the same for a file system mounted with noexec.</summary>
    [Theory]
    [InlineData("failed to map segment from shared object", 3L << 30, "TinySora.Runtime.AddressSpaceLimited")]
    [InlineData("cannot create shared object descriptor: Cannot allocate memory", 3L << 30, "TinySora.Runtime.AddressSpaceLimited")]
    [InlineData("failed to map segment from shared object", null, "TinySora.Runtime.LibTorchMissing")]
    [InlineData("cannot open shared object file: No such file or directory", 3L << 30, "TinySora.Runtime.LibTorchMissing")]
    public void Limited_address_space_is_not_reported_as_a_missing_library(string reason, long? limit, string id)
    {
        var failure = new DllNotFoundException($"Unable to load shared library.\nlibtorch_cpu.so: {reason}\n");
        Assert.Equal(id, AddressSpace.NotLoaded(failure, limit).Id);
        Assert.Equal(id, AddressSpace.NotLoaded(new TypeInitializationException("torch", failure), limit).Id);
    }
}
