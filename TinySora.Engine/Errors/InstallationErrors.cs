namespace TinySora.Engine.Errors;

/// <summary>Errors in installing and verifying the native libraries.</summary>
public static class InstallationErrors
{
    /// <param name="sources">Package sources, in quotation marks.</param>
    public static TinySoraException PackageMissing(string package, string sources) => new(
        "TinySora.Runtime.PackageMissing", ErrorKind.ObjectNotFound, package,
        $"{package} was not found in {sources}.",
        "Add a folder or feed that contains the package to -Source. Install-TinySoraRuntime -WhatIf lists the required packages.");

    public static TinySoraException PackageChanged(string package, string source, string expected, string found) => new(
        "TinySora.Runtime.PackageChanged", ErrorKind.SecurityError, package,
        $"{package} from '{source}' was rejected: it is not the package that this module was tested with. Its SHA-512 hash is {found}; expected {expected}.",
        "Download the package again. If the error persists, do not use this file; specify another source with -Source.");

    public static TinySoraException PackageTooLong(string package, string source, long limit) => new(
        "TinySora.Runtime.PackageTooLong", ErrorKind.SecurityError, package,
        $"{package} from '{source}' was rejected: it is larger than {limit} bytes, the limit for this package.",
        "Download the package again. If the error persists, do not use this file; specify another source with -Source.");

    public static TinySoraException InsecureSource(string source) => new(
        "TinySora.Runtime.InsecureSource", ErrorKind.SecurityError, source,
        $"'{source}' was rejected: packages must come from a folder or over HTTPS; HTTP is accepted only for this machine (127.0.0.1, localhost).",
        "Use an address that begins with https://, or copy the packages into a folder and specify it with -Source.");

    public static TinySoraException UnsafePackage(string package, string entry) => new(
        "TinySora.Runtime.UnsafePackage", ErrorKind.SecurityError, package,
        $"{package} was rejected: its entry '{entry}' points outside the target folder. Nothing was installed.",
        "Do not use this file. Specify another source with -Source.");

    public static TinySoraException DamagedPackage(string package, string reason) => new(
        "TinySora.Runtime.DamagedPackage", ErrorKind.InvalidData, package,
        $"{package} cannot be extracted: {reason}. Nothing was installed.",
        "Reinstall the TinySora module, which contains the list of required packages, then run Install-TinySoraRuntime.");

    public static TinySoraException DownloadFailed(string address, Exception inner) => new(
        "TinySora.Runtime.DownloadFailed", ErrorKind.ResourceUnavailable, address,
        $"'{address}' cannot be downloaded: {inner.Message}",
        "Try again, or put the packages into a folder and specify the folder with -Source. Install-TinySoraRuntime -WhatIf lists the packages.", inner);

    public static TinySoraException NoPackages(string platform, string backend) => new(
        "TinySora.Runtime.NoPackages", ErrorKind.ResourceUnavailable, platform,
        $"This build of TinySora provides no native libraries for the platform {platform} and the backend {backend}.",
        "Use -Backend cpu, or build TinySora from source. A build from source uses the packages of your package registry.");

    public static TinySoraException NotLibTorch(string path) => new(
        "TinySora.Runtime.NotLibTorch", ErrorKind.ObjectNotFound, path,
        $"There is no libtorch in '{path}' or its subfolder lib.",
        "Set -LibTorchPath to the folder of an extracted libtorch or of Python's torch package.");

    public static TinySoraException FileChanged(string path, string reason) => new(
        "TinySora.Runtime.FileChanged", ErrorKind.InvalidData, path,
        $"'{path}' has changed since it was installed: {reason.TrimEnd('.')}.",
        "Run Install-TinySoraRuntime, which reinstalls changed files.");

    public static TinySoraException BadTable(string path, Exception inner) => new(
        "TinySora.Runtime.BadTable", ErrorKind.InvalidData, path,
        $"'{path}', the list of this module's native libraries, cannot be read: {inner.Message}",
        "Reinstall the TinySora module.", inner);

    public static TinySoraException InstallBusy(string folder) => new(
        "TinySora.Runtime.InstallBusy", ErrorKind.ResourceBusy, folder,
        $"Another process is installing to '{folder}'.",
        "Wait until it has finished, then run Install-TinySoraRuntime again.");

    public static TinySoraException CannotInstall(string folder, Exception inner) => new(
        "TinySora.Runtime.CannotInstall", ErrorKind.WriteError, folder,
        $"The native libraries cannot be installed to '{folder}': {inner.Message}",
        "Free disk space, and close other PowerShell sessions that use TinySora, because they lock the files. "
            + "You can also specify another folder with the environment variable TINYSORA_RUNTIME.", inner);
}
