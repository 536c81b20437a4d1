using System.Net;
using System.Net.Sockets;

namespace TinySora.Engine.Tests.Installation;

/// <summary>
/// Serves the packages of a folder as NuGet's flat container does, on this machine only. Below /error all is an error, below
/// /cut the connection ends after half of a file, below /stall it stays open without a byte.
/// </summary>
internal sealed class Feed : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly string folder;

    public Feed(string folder)
    {
        this.folder = folder;
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        Address = $"http://127.0.0.1:{port}/feed";
        listener.Prefixes.Add(Address + "/");
        listener.Start();
        _ = Serve();
    }

    public event Action? Stalled;

    public string Address { get; }

    public List<string> Asked { get; } = [];

    public void Dispose() => listener.Close();

    private async Task Serve()
    {
        while (listener.IsListening)
        {
            try
            {
                Answer(await listener.GetContextAsync());
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var path = context.Request.Url!.AbsolutePath;
        Asked.Add(path);
        var file = Directory.EnumerateFiles(folder).FirstOrDefault(f => Path.GetFileName(f).Equals(Path.GetFileName(path), StringComparison.OrdinalIgnoreCase));
        var response = context.Response;
        if (path.Contains("/error/", StringComparison.Ordinal) || file is null)
        {
            response.StatusCode = file is null && !path.Contains("/error/", StringComparison.Ordinal) ? 404 : 500;
            response.Close();
            return;
        }

        var bytes = File.ReadAllBytes(file);
        response.ContentLength64 = bytes.Length;
        if (path.Contains("/cut/", StringComparison.Ordinal))
        {
            response.OutputStream.Write(bytes, 0, bytes.Length / 2);
            response.OutputStream.Flush();
            response.Abort();
        }
        else if (path.Contains("/stall/", StringComparison.Ordinal))
        {
            response.OutputStream.Write(bytes, 0, 1);
            response.OutputStream.Flush();
            Stalled?.Invoke();
        }
        else
        {
            response.Close(bytes, willBlock: true);
        }
    }
}
