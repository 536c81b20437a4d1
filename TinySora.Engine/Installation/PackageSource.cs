using System.Net;
using System.Security.Cryptography;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Installation;

/// <summary>Where packages come from: a folder that holds them, or the address of a feed (NuGet's flat container).</summary>
/// <param name="place">A full path, or http(s)://...</param>
internal sealed class PackageSource(string place)
{
    public const string Default = "https://api.nuget.org/v3-flatcontainer";

    private const int BufferBytes = 1 << 20;

    public static bool IsAddress(string place) => Uri.TryCreate(place, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";

    /// <summary>Fetches a package and compares it with the recorded hash.</summary>
    /// <param name="folder">For a file that is downloaded; it disappears when the stream is closed.</param>
    /// <param name="progress">Told the share that has been read.</param>
    /// <returns>At its beginning.</returns>
    /// <exception cref="TinySoraException">PackageMissing, PackageChanged, DownloadFailed.</exception>
    public Stream Open(NativePackage package, string folder, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var stream = IsAddress(place) ? Download(package, folder, progress, cancellationToken) : OpenFile(package);
        try
        {
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

    /// <summary>Lying side by side, or laid out as a feed and NuGet's own folder are.</summary>
    private FileStream OpenFile(NativePackage package)
    {
        if (!Directory.Exists(place))
        {
            throw InstallationErrors.PackageMissing(package.FileName, place);
        }

        var nested = Path.Combine(place, package.Id.ToLowerInvariant(), package.Version.ToLowerInvariant());
        var path = new[] { place, nested }.Where(Directory.Exists).SelectMany(Directory.EnumerateFiles)
            .FirstOrDefault(file => Path.GetFileName(file).Equals(package.FileName, StringComparison.OrdinalIgnoreCase));
        return path is null ? throw InstallationErrors.PackageMissing(package.FileName, place) : File.OpenRead(path);
    }

    private FileStream Download(NativePackage package, string folder, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var address = $"{place.TrimEnd('/')}/{package.Id.ToLowerInvariant()}/{package.Version.ToLowerInvariant()}/{package.FileName}";
        var file = new FileStream(
            Path.Combine(folder, package.FileName), FileMode.Create, FileAccess.ReadWrite, FileShare.None, BufferBytes, FileOptions.DeleteOnClose);
        try
        {
            using var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(30) };
            using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using var response = client.Send(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                throw InstallationErrors.PackageMissing(package.FileName, place);
            }

            response.EnsureSuccessStatusCode();
            using var content = response.Content.ReadAsStream(cancellationToken);
            Copy(content, file, response.Content.Headers.ContentLength, progress, cancellationToken);
            file.Position = 0;
            return file;
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is HttpRequestException or HttpIOException)
            {
                throw InstallationErrors.DownloadFailed(address, e);
            }

            throw;
        }
    }

    private static void Copy(Stream from, FileStream to, long? length, IProgress<double> progress, CancellationToken cancellationToken)
    {
        // A read does not see the token, but closing what it reads from ends it.
        using var stop = cancellationToken.Register(from.Dispose);
        var buffer = new byte[BufferBytes];
        try
        {
            for (int read; (read = from.Read(buffer)) > 0;)
            {
                to.Write(buffer, 0, read);
                progress.Report(length > 0 ? (double)to.Position / length.Value : 0);
            }
        }
        finally
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
