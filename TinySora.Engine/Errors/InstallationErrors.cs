namespace TinySora.Engine.Errors;

/// <summary>Errors in installing and verifying the native libraries.</summary>
public static class InstallationErrors
{
    /// <param name="sources">Package sources, in quotation marks.</param>
    public static TinySoraException PackageMissing(string package, string sources) => new(
        "TinySora.Runtime.PackageMissing", ErrorKind.ObjectNotFound, package,
        $"{package} was not found in {sources}.",
        "Add a folder or feed that has the package to -Source; Install-TinySoraRuntime -WhatIf lists the required packages.");

    public static TinySoraException PackageChanged(string package, string source, string expected, string found) => new(
        "TinySora.Runtime.PackageChanged", ErrorKind.SecurityError, package,
        $"{package} from '{source}' was refused: it is not the package that this module was tested with. Its SHA-512 is {found}; expected {expected}.",
        "Download it again. If the error persists, use another source with -Source, and do not use this file.");

    public static TinySoraException PackageTooLong(string package, string source, long limit) => new(
        "TinySora.Runtime.PackageTooLong", ErrorKind.SecurityError, package,
        $"{package} from '{source}' was refused: it is larger than {limit} bytes, the limit for this package.",
        "Download it again. If the error persists, use another source with -Source, and do not use this file.");

    public static TinySoraException InsecureSource(string source) => new(
        "TinySora.Runtime.InsecureSource", ErrorKind.SecurityError, source,
        $"'{source}' was refused: packages must come from a folder or over https; http is accepted only from this machine (127.0.0.1, localhost).",
        "Use an address that begins with https://, or copy the packages into a folder and specify it with -Source.");

    public static TinySoraException UnsafePackage(string package, string entry) => new(
        "TinySora.Runtime.UnsafePackage", ErrorKind.SecurityError, package,
        $"{package} was refused: its entry '{entry}' points outside the folder. Nothing was installed.",
        "Do not use this file; download it from another source with -Source.");

    public static TinySoraException DamagedPackage(string package, string reason) => new(
        "TinySora.Runtime.DamagedPackage", ErrorKind.InvalidData, package,
        $"{package} cannot be extracted: {reason}. Nothing was installed.",
        "Reinstall the TinySora module, which lists the packages that it needs, then run Install-TinySoraRuntime.");

    public static TinySoraException DownloadFailed(string address, Exception inner) => new(
        "TinySora.Runtime.DownloadFailed", ErrorKind.ResourceUnavailable, address,
        $"'{address}' cannot be downloaded: {inner.Message}",
        "Try again, or put the packages into a folder and specify it with -Source; Install-TinySoraRuntime -WhatIf lists them.", inner);

    public static TinySoraException NoPackages(string platform, string backend) => new(
        "TinySora.Runtime.NoPackages", ErrorKind.ResourceUnavailable, platform,
        $"This build of TinySora has no native libraries for {platform} with the backend {backend}.",
        "Use -Backend cpu, or build TinySora from source, which uses the packages of your registry.");

    public static TinySoraException NotLibTorch(string path) => new(
        "TinySora.Runtime.NotLibTorch", ErrorKind.ObjectNotFound, path,
        $"There is no libtorch in '{path}' or its subfolder lib.",
        "Use -LibTorchPath with the folder of an extracted libtorch or of Python's torch package.");

    public static TinySoraException FileChanged(string path, string reason) => new(
        "TinySora.Runtime.FileChanged", ErrorKind.InvalidData, path,
        $"'{path}' has changed since it was installed: {reason.TrimEnd('.')}.",
        "Run Install-TinySoraRuntime, which reinstalls changed files.");

    public static TinySoraException BadTable(string path, Exception inner) => new(
        "TinySora.Runtime.BadTable", ErrorKind.InvalidData, path,
        $"'{path}', the list of this module's native libraries, cannot be read: {inner.Message}",
        "Reinstall the TinySora module.", inner);

    public static TinySoraException InstallBusy(string folder, Exception inner) => new(
        "TinySora.Runtime.InstallBusy", ErrorKind.ResourceBusy, folder,
        $"Another process is installing to '{folder}': {inner.Message}",
        "Wait until it has finished, then run Install-TinySoraRuntime again.", inner);

    public static TinySoraException CannotInstall(string folder, Exception inner) => new(
        "TinySora.Runtime.CannotInstall", ErrorKind.WriteError, folder,
        $"The native libraries cannot be installed to '{folder}': {inner.Message}",
        "Free disk space and close other PowerShell sessions that use TinySora, which lock the files, "
            + "or specify another folder with the environment variable TINYSORA_RUNTIME.", inner);
}
