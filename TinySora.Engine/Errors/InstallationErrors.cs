namespace TinySora.Engine.Errors;

/// <summary>Failures of getting the native libraries, and of keeping them as they were.</summary>
public static class InstallationErrors
{
    /// <param name="sources">In quotes.</param>
    public static TinySoraException PackageMissing(string package, string sources) => new(
        "TinySora.Runtime.PackageMissing", ErrorKind.ObjectNotFound, package,
        $"There is no {package} in {sources}.",
        "Add a folder or feed that has it to -Source; Install-TinySoraRuntime -WhatIf lists what is needed.");

    public static TinySoraException PackageChanged(string package, string source, string expected, string found) => new(
        "TinySora.Runtime.PackageChanged", ErrorKind.SecurityError, package,
        $"{package} from '{source}' is refused: it is not the package that this module was tested with. Its SHA-512 is {found}, and {expected} was expected.",
        "Get it again; if it stays so, name another place with -Source, and do not use this file.");

    public static TinySoraException PackageTooLong(string package, string source, long limit) => new(
        "TinySora.Runtime.PackageTooLong", ErrorKind.SecurityError, package,
        $"{package} from '{source}' is refused: it has more than the {limit} bytes that the package of this module may have.",
        "Get it again; if it stays so, name another place with -Source, and do not use this file.");

    public static TinySoraException InsecureSource(string source) => new(
        "TinySora.Runtime.InsecureSource", ErrorKind.SecurityError, source,
        $"'{source}' is refused: packages come by https or from a folder; http is accepted only from this machine (127.0.0.1, localhost).",
        "Name an address that begins with https://, or copy the packages into a folder and name that with -Source.");

    public static TinySoraException UnsafePackage(string package, string entry) => new(
        "TinySora.Runtime.UnsafePackage", ErrorKind.SecurityError, package,
        $"{package} is refused: its entry '{entry}' leads out of the folder. Nothing was installed.",
        "Do not use this file; get it from another place, which -Source names.");

    public static TinySoraException DamagedPackage(string package, string reason) => new(
        "TinySora.Runtime.DamagedPackage", ErrorKind.InvalidData, package,
        $"{package} cannot be unpacked: {reason}. Nothing was installed.",
        "Install the module itself again, which names what it needs; then run Install-TinySoraRuntime.");

    public static TinySoraException DownloadFailed(string address, Exception inner) => new(
        "TinySora.Runtime.DownloadFailed", ErrorKind.ResourceUnavailable, address,
        $"'{address}' cannot be fetched: {inner.Message}",
        "Try again, or get the packages elsewhere into a folder and name that with -Source; Install-TinySoraRuntime -WhatIf lists them.", inner);

    public static TinySoraException NoPackages(string platform, string backend) => new(
        "TinySora.Runtime.NoPackages", ErrorKind.ResourceUnavailable, platform,
        $"This package of TinySora has no native libraries for {platform} with the backend {backend}.",
        "Give -Backend cpu, or build TinySora from its sources, which take the packages of your registry.");

    public static TinySoraException NotLibTorch(string path) => new(
        "TinySora.Runtime.NotLibTorch", ErrorKind.ObjectNotFound, path,
        $"There is no libtorch in '{path}' or its folder lib.",
        "Name with -LibTorchPath the folder of an unpacked libtorch, or of Python's torch package.");

    public static TinySoraException FileChanged(string path, string reason) => new(
        "TinySora.Runtime.FileChanged", ErrorKind.InvalidData, path,
        $"'{path}' is not what was installed: {reason.TrimEnd('.')}.",
        "Run Install-TinySoraRuntime, which installs anew what has changed.");

    public static TinySoraException BadTable(string path, Exception inner) => new(
        "TinySora.Runtime.BadTable", ErrorKind.InvalidData, path,
        $"'{path}', which names the native libraries of this module, cannot be read: {inner.Message}",
        "Install the module again.", inner);

    public static TinySoraException InstallBusy(string folder, Exception inner) => new(
        "TinySora.Runtime.InstallBusy", ErrorKind.ResourceBusy, folder,
        $"'{folder}' is being installed by another process: {inner.Message}",
        "Wait until it has ended; then run Install-TinySoraRuntime again, which finds everything there.", inner);

    public static TinySoraException CannotInstall(string folder, Exception inner) => new(
        "TinySora.Runtime.CannotInstall", ErrorKind.WriteError, folder,
        $"The native libraries cannot be installed in '{folder}': {inner.Message}",
        "Free disk space and end other PowerShell sessions with TinySora, which hold the files; "
            + "or name another folder with the environment variable TINYSORA_RUNTIME.", inner);
}
