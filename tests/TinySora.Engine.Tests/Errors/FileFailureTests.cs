using System.IO.Pipes;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Tests.Errors;

public sealed class FileFailureTests
{
    /// <summary>What the system itself says of a disk that is full, and the same as an error of ours and out of ffmpeg's mouth.</summary>
    [Fact]
    public void A_full_disk_is_told_from_other_failures()
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

    /// <summary>Such as that of a folder that cannot be listed: the readers of single files have errors of their own.</summary>
    [Fact]
    public void What_the_file_system_says_anywhere_is_an_error_of_its_own_and_no_internal_one()
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
