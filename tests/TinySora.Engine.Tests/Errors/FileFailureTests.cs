using System.IO.Pipes;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Tests.Errors;

public sealed class FileFailureTests
{
    /// <summary>The system's own error for a full disk, as an exception of ours and as ffmpeg's message.</summary>
    [Fact]
    public void Full_disk_is_distinguished_from_other_failures()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux has a device that is always full.");
        var full = Assert.ThrowsAny<IOException>(() => File.WriteAllText("/dev/full", "text"));
        Assert.True(FileFailure.Is(full));
        Assert.True(FileFailure.IsDiskFull(full));
        Assert.True(FileFailure.IsDiskFull(MediaErrors.CannotWrite("clip.gif", full)));
        Assert.True(FileFailure.IsDiskFull(MediaErrors.FFmpegFailed("clip.mp4", "ffmpeg", "Error writing trailer: No space left on device")));

        var missing = Assert.ThrowsAny<IOException>(() => File.WriteAllText("/dev/none/clip.gif", "text"));
        Assert.True(FileFailure.Is(missing));
        Assert.False(FileFailure.IsDiskFull(missing));
        Assert.False(FileFailure.IsDiskFull(MediaErrors.CannotWrite("clip.gif", missing)));
        Assert.False(FileFailure.Is(new InvalidDataException()));
    }

    /// <summary>For example, a folder that cannot be listed; readers of single files have their own errors.</summary>
    [Fact]
    public void File_system_error_anywhere_is_reported_as_such_and_not_as_internal()
    {
        var error = RuntimeErrors.From(new IOException("Input/output error : '/data/clips'"));
        Assert.Equal("TinySora.Runtime.FileFailed", error.Id);
        Assert.Contains("'/data/clips'", error.Message, StringComparison.Ordinal);
        Assert.Equal("TinySora.Runtime.FileFailed", RuntimeErrors.From(new UnauthorizedAccessException("Access to '/data' is denied.")).Id);
        using var pipe = new AnonymousPipeServerStream();
        Assert.Equal("TinySora.Runtime.FileFailed", RuntimeErrors.From(Assert.Throws<NotSupportedException>(() => pipe.Length)).Id);
        Assert.Equal("TinySora.Internal.Unexpected", RuntimeErrors.From(new NotSupportedException("no kernel")).Id);
    }

}
