using System.Net;
using System.Security.Cryptography;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Installation;

/// <summary>A source of packages: a folder, or the address of a NuGet feed (flat container).</summary>
/// <param name="place">Full path of a folder, or an https:// address; an http:// address is allowed only for this machine.</param>
/// <param name="patience">Maximum time for the next <see cref="MinBytes"/> of a package to arrive.</param>
internal sealed class PackageSource(string place, TimeSpan patience)
{
    /// <summary>Number of bytes that must arrive within the time limit. A server that sends fewer is considered to have stalled.</summary>
    private const int MinBytes = 1 << 14;

    public const string Default = "https://api.nuget.org/v3-flatcontainer";

    private const int BufferBytes = 1 << 20;

    public static bool IsAddress(string place) => Uri.TryCreate(place, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";

    /// <summary>
    /// Returns whether a source is a folder, or an address whose traffic cannot be read or changed in transit. The hash of a package is always checked, but
    /// plain HTTP would reveal which packages are installed, and would deliver arbitrary data before the check.
    /// </summary>
    public static bool IsSafe(string place) => !IsAddress(place) || IsSafe(new Uri(place));

    private static bool IsSafe(Uri uri) => uri.Scheme == Uri.UriSchemeHttps || uri.IsLoopback;

    /// <summary>Fetches a package and verifies its hash; returns <c>null</c> if the source does not have the package.</summary>
    /// <param name="folder">Folder for the downloaded file, which is deleted when the stream is closed.</param>
    /// <param name="report">Action that receives the fraction of the package that has been read.</param>
    /// <returns>A stream with the content of the package, positioned at its beginning.</returns>
    /// <exception cref="TinySoraException">PackageTooLong, PackageChanged, DownloadFailed, InsecureSource.</exception>
    public Stream? TryOpen(NativePackage package, string folder, Action<double> report, CancellationToken cancellationToken)
    {
        var stream = IsAddress(place) ? Download(package, folder, report, cancellationToken) : OpenFile(package);
        if (stream is null)
        {
            return null;
        }

        try
        {
            CheckLength(package, stream.Length);
            var hash = Convert.ToHexString(SHA512.HashData(stream));
            if (!hash.Equals(package.Sha512, StringComparison.OrdinalIgnoreCase))
            {
                throw InstallationErrors.PackageChanged(package.FileName, place, package.Sha512, hash);
            }

            stream.Position = 0;
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Opens a package in a folder, which may be flat or have the layout of a feed or of NuGet's own package folder.</summary>
    private FileStream? OpenFile(NativePackage package)
    {
        var nested = Path.Combine(place, package.Id.ToLowerInvariant(), package.Version.ToLowerInvariant());
        var path = new[] { place, nested }.Where(Directory.Exists).SelectMany(Directory.EnumerateFiles)
            .FirstOrDefault(file => Path.GetFileName(file).Equals(package.FileName, StringComparison.OrdinalIgnoreCase));
        return path is null ? null : RegularFile.Open(path, followsLink: true);
    }

    private FileStream? Download(NativePackage package, string folder, Action<double> report, CancellationToken cancellationToken)
    {
        var address = $"{place.TrimEnd('/')}/{package.Id.ToLowerInvariant()}/{package.Version.ToLowerInvariant()}/{package.FileName}";
        var file = new FileStream(
            Path.Combine(folder, package.FileName), FileMode.Create, FileAccess.ReadWrite, FileShare.None, BufferBytes, FileOptions.DeleteOnClose);
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        idle.CancelAfter(patience);
        try
        {
            using var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(30) };
            using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using var response = client.Send(request, HttpCompletionOption.ResponseHeadersRead, idle.Token);
            if (response.RequestMessage?.RequestUri is Uri last && !IsSafe(last))
            {
                throw InstallationErrors.InsecureSource(last.AbsoluteUri);
            }

            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                file.Dispose();
                return null;
            }

            response.EnsureSuccessStatusCode();
            var length = response.Content.Headers.ContentLength;
            CheckLength(package, length ?? 0);
            using var content = response.Content.ReadAsStream(idle.Token);
            Copy(package, content, file, report, length ?? package.Length, idle);
            file.Position = 0;
            return file;
        }
        catch (Exception e)
        {
            file.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            if (idle.IsCancellationRequested)
            {
                throw InstallationErrors.DownloadFailed(address, new TimeoutException($"the server sent nothing for {patience.TotalSeconds:0.#} seconds."));
            }

            if (e is HttpRequestException or HttpIOException)
            {
                throw InstallationErrors.DownloadFailed(address, e);
            }

            throw;
        }
    }

    private void Copy(NativePackage package, Stream from, FileStream to, Action<double> report, long? length, CancellationTokenSource idle)
    {
        // Reading ignores the cancellation token, so close the source to end it.
        using var stop = idle.Token.Register(from.Dispose);
        var buffer = new byte[BufferBytes];
        var counted = 0L;
        try
        {
            for (int read; (read = Read()) > 0;)
            {
                CheckLength(package, to.Position + read);
                to.Write(buffer, 0, read);
                report(length > 0 ? Math.Min(1, (double)to.Position / length.Value) : 0);
                if (to.Position - counted >= MinBytes)
                {
                    counted = to.Position;
                    idle.CancelAfter(patience);
                }
            }
        }
        finally
        {
            idle.Token.ThrowIfCancellationRequested();
        }

        int Read()
        {
            try
            {
                return from.Read(buffer);
            }
            catch (IOException e) when (e is not HttpIOException)
            {
                throw new HttpIOException(HttpRequestError.ResponseEnded, e.Message, e); // not a problem of this machine's disk
            }
        }
    }

    /// <exception cref="TinySoraException">PackageTooLong.</exception>
    private void CheckLength(NativePackage package, long length)
    {
        if (length > package.Limit)
        {
            throw InstallationErrors.PackageTooLong(package.FileName, place, package.Limit);
        }
    }
}
