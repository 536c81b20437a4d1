using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Installation;

namespace TinySora.Engine.Tests.Installation;

/// <summary>A server that sends too much or nothing, implemented with sockets.</summary>
public sealed class PackageDownloadTests : IDisposable
{
    private const string Head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
    private const int Length = 1000;

    /// <summary>Many times the size of the system's buffers.</summary>
    private const long Little = 64 << 20;

    private readonly TemporaryFolder folder = new();
    private readonly string? before = Environment.GetEnvironmentVariable(InstalledRuntime.FolderVariable);
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closed = new();
    private long sent;

    public PackageDownloadTests()
    {
        Environment.SetEnvironmentVariable(InstalledRuntime.FolderVariable, folder.File("runtimes"));
        listener.Start();
    }

    public void Dispose()
    {
        closed.Cancel();
        listener.Stop();
        Environment.SetEnvironmentVariable(InstalledRuntime.FolderVariable, before);
        folder.Dispose();
    }

    [Theory]
    [InlineData("\r\n", "PackageTooLong")]
    [InlineData("Content-Length: 6442450944\r\n\r\n", "PackageTooLong")]
    [InlineData("Content-Length: 1001\r\n\r\n", "PackageTooLong")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n100000\r\n", "PackageTooLong")]
    [InlineData("Content-Length: 1000\r\n\r\n", "PackageChanged")]
    public void Endless_body_is_abandoned_at_the_length_of_the_package(string rest, string error)
    {
        Serve(async stream =>
        {
            await Send(stream, Encoding.ASCII.GetBytes(Head + rest));
            for (var block = new byte[1 << 16]; sent < 2 * Little;)
            {
                await Send(stream, block);
            }
        });
        Refused($"TinySora.Runtime.{error}", TimeSpan.FromMinutes(1));
        Assert.InRange(sent, 0, Little);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Head)]
    [InlineData(Head + "\r\n")]
    [InlineData(Head + "Content-Length: 1000\r\n\r\nhalf")]
    public void Stalled_server_is_abandoned(string begin)
    {
        Serve(stream => Send(stream, Encoding.ASCII.GetBytes(begin)), standsStill: true);
        Assert.Contains("nothing", Refused("TinySora.Runtime.DownloadFailed", TimeSpan.FromMilliseconds(300)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reset_connection_is_a_failed_download()
    {
        Serve(async stream =>
        {
            await Send(stream, Encoding.ASCII.GetBytes(Head + "Content-Length: 1000\r\n\r\nhalf"));
            await Task.Delay(100, closed.Token);
            stream.Socket.LingerState = new LingerOption(true, 0);
            stream.Socket.Close();
        });
        Refused("TinySora.Runtime.DownloadFailed", TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Server_that_sends_a_byte_now_and_then_is_abandoned()
    {
        Serve(async stream =>
        {
            await Send(stream, Encoding.ASCII.GetBytes(Head + "\r\n"));
            while (true)
            {
                await Send(stream, new byte[1]);
                await Task.Delay(20, closed.Token);
            }
        });
        Refused("TinySora.Runtime.DownloadFailed", TimeSpan.FromMilliseconds(300));
    }

    [Theory]
    [InlineData("http://example.com/feed")]
    [InlineData("HTTP://192.0.2.1/feed")]
    [InlineData("http://localhost.example.com")]
    [InlineData("http://127.0.0.1.example.com")]
    public void Plain_http_is_accepted_only_from_this_machine(string source)
    {
        var error = Assert.Throws<TinySoraException>(() => new RuntimeInstaller(Table(), [source], "cpu", null));
        Assert.Equal("TinySora.Runtime.InsecureSource", error.Id);
        Assert.NotNull(new RuntimeInstaller(Table(), [source.Replace("http:", "https:", StringComparison.OrdinalIgnoreCase)], "cpu", null));
        Assert.NotNull(new RuntimeInstaller(Table(), ["http://localhost:8080/feed"], "cpu", null));
    }

    [Fact]
    public void File_that_is_too_long_or_not_a_file_is_refused_unread()
    {
        File.WriteAllBytes(folder.File("bridge.1.0.0.nupkg"), new byte[Length + 1]);
        Assert.Equal("TinySora.Runtime.PackageTooLong", Install(folder.Path, TimeSpan.FromMinutes(1)).Id);
        Needs.Program("mkfifo");
        File.Delete(folder.File("bridge.1.0.0.nupkg"));
        using (var mkfifo = Process.Start("mkfifo", [folder.File("bridge.1.0.0.nupkg")]))
        {
            mkfifo.WaitForExit();
        }

        Assert.Equal("TinySora.Runtime.CannotInstall", Install(folder.Path, TimeSpan.FromMinutes(1)).Id);
    }

    private static PackageTable Table() => new("test-1.0", [new NativePackage("bridge", "1.0.0", new string('0', 128), null, null, Length)]);

    private static TinySoraException Install(string source, TimeSpan patience)
    {
        var work = Task.Run(() => Assert.Throws<TinySoraException>(() =>
            new RuntimeInstaller(Table(), [source], "cpu", null) { Patience = patience }.Install(null, default)));
        Assert.True(work.Wait(TimeSpan.FromMinutes(1)), "It waits.");
        return work.Result;
    }

    private TinySoraException Refused(string id, TimeSpan patience)
    {
        var error = Install($"http://{listener.LocalEndpoint}/feed", patience);
        Assert.Equal(id, error.Id);
        Assert.Empty(Directory.GetFileSystemEntries(folder.File("runtimes")));
        return error;
    }

    private async Task Send(NetworkStream stream, byte[] bytes)
    {
        await stream.WriteAsync(bytes, closed.Token);
        sent += bytes.Length;
    }

    private void Serve(Func<NetworkStream, Task> answer, bool standsStill = false) => Task.Run(async () =>
    {
        using var client = await listener.AcceptTcpClientAsync(closed.Token);
        await answer(client.GetStream());
        await Task.Delay(standsStill ? Timeout.Infinite : 0, closed.Token);
    });
}
