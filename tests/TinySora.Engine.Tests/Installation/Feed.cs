using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinySora.Engine.Tests.Installation;

/// <summary>
/// Serves the packages of a folder like NuGet's flat container, on this machine only. Every path below /error fails, below
/// /cut the connection ends after half of a file, and below /stall it stays open without sending.
/// </summary>
internal sealed class Feed : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closed = new();
    private readonly string folder;

    public Feed(string folder)
    {
        this.folder = folder;
        listener.Start();
        Address = $"http://{listener.LocalEndpoint}/feed";
        _ = Serve();
    }

    public event Action? Stalled;

    public string Address { get; }

    public List<string> Asked { get; } = [];

    public void Dispose()
    {
        closed.Cancel();
        listener.Stop();
    }

    private async Task Serve()
    {
        while (true)
        {
            _ = Answer(await listener.AcceptTcpClientAsync(closed.Token));
        }
    }

    /// <summary>Handles one request, then closes the connection.</summary>
    private async Task Answer(TcpClient client)
    {
        using var _ = client;
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream);
        if (await reader.ReadLineAsync(closed.Token) is not { } request)
        {
            return;
        }

        while (await reader.ReadLineAsync(closed.Token) is { Length: > 0 })
        {
        }

        var path = request.Split(' ')[1];
        lock (Asked)
        {
            Asked.Add(path);
        }

        var file = Directory.EnumerateFiles(folder).FirstOrDefault(f => Path.GetFileName(f).Equals(Path.GetFileName(path), StringComparison.OrdinalIgnoreCase));
        var status = path.Contains("/error/", StringComparison.Ordinal) ? "500 Internal Server Error" : file is null ? "404 Not Found" : "200 OK";
        var bytes = status == "200 OK" ? File.ReadAllBytes(file!) : [];
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {bytes.Length}\r\nConnection: close\r\n\r\n"), closed.Token);
        if (path.Contains("/cut/", StringComparison.Ordinal))
        {
            await stream.WriteAsync(bytes.AsMemory(0, bytes.Length / 2), closed.Token);
        }
        else if (path.Contains("/stall/", StringComparison.Ordinal))
        {
            await stream.WriteAsync(bytes.AsMemory(0, 1), closed.Token);
            Stalled?.Invoke();
            await Task.Delay(Timeout.Infinite, closed.Token);
        }
        else
        {
            await stream.WriteAsync(bytes, closed.Token);
        }
    }
}
