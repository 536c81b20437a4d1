namespace TinySora.Build;

/// <summary>Programs that the build and the product need from the operating system, and how to get them.</summary>
internal static class Prerequisites
{
    /// <param name="Package">Name of the Debian package.</param>
    /// <param name="Purpose">Purpose of the program, for a message.</param>
    /// <param name="IsThere">Function that returns whether the program, or an equivalent one, is already installed.</param>
    private sealed record Requirement(string Package, string Purpose, Func<bool> IsThere);

    private static readonly Requirement FFmpeg =
        new("ffmpeg", "reading and writing video files", () => Shell.Find("ffmpeg") is not null);

    private static readonly Requirement Compiler = new(
        "g++", "compiling the fused kernels, which are two to three times as fast on a CPU",
        () => !Machine.TakesKernels || Shell.Find("g++") is not null);

    /// <summary>Programs that some tests require.</summary>
    private static readonly Requirement[] ForTests =
    [
        new("openmpi-bin", "testing training with several processes", () => Shell.Find("mpiexec.openmpi") is not null),
        new("mpich", "testing training with several processes on a second MPI implementation", () => Shell.Find("mpiexec.mpich") is not null),
    ];

    /// <summary>Whether packages are installed without asking.</summary>
    internal static bool IsAgreed { get; set; }

    internal static void Install() => Install([FFmpeg, Compiler]);

    /// <summary>Installs programs that enable further tests.</summary>
    internal static void InstallForTests() => Install(OperatingSystem.IsLinux() ? ForTests : []);

    /// <summary>Installs a program that only one step needs.</summary>
    /// <param name="package">Name of the Debian package, if it differs from the name of the program.</param>
    internal static void Install(string program, string purpose, string? package = null) =>
        Install([new(package ?? program, purpose, () => Shell.Find(program) is not null)]);

    private static void Install(Requirement[] all)
    {
        var missing = all.Where(requirement => !requirement.IsThere()).ToArray();
        if (missing.Length == 0)
        {
            return;
        }
        foreach (var requirement in missing)
        {
            Console.WriteLine($"Missing: {requirement.Package}, for {requirement.Purpose}.");
        }
        string[] packages = [.. missing.Select(requirement => requirement.Package)];
        if (!OperatingSystem.IsLinux() || Shell.Find("apt-get") is null)
        {
            Refuse(packages, "apt-get is not available");
            return;
        }
        string[] sudo = Environment.UserName == "root" ? [] : ["sudo", "-n"];
        if (sudo.Length > 0 && Shell.Capture("sudo", "-n", "true") is null)
        {
            Refuse(packages, "you are not root");
            return;
        }
        var user = sudo.Length > 0 ? "root, with sudo" : "root";
        Console.WriteLine($"To be installed from Debian's packages, as {user}: {string.Join(", ", packages)}, and their dependencies.");
        if (!IsAgreed && !Agrees())
        {
            Refuse(packages, "you declined");
            return;
        }
        Environment.SetEnvironmentVariable("DEBIAN_FRONTEND", "noninteractive");
        if (Apt(sudo, "update", "-q") != 0 || Apt(sudo, ["install", "-y", "-q", "--no-install-recommends", .. packages]) != 0)
        {
            Refuse(packages, "apt-get could not reach its package servers or failed");
        }
    }

    /// <summary>Asks the user for consent if there is a terminal; without one, assumes consent to the printed list of packages.</summary>
    private static bool Agrees()
    {
        if (Console.IsInputRedirected || (Console.IsOutputRedirected && Console.IsErrorRedirected))
        {
            return true;
        }
        (Console.IsOutputRedirected ? Console.Error : Console.Out).Write("Install them now? [Y/n] (--yes skips this question) ");
        return IsYes(Console.ReadLine());
    }

    /// <summary>Returns whether an answer means yes; Enter alone does, but the end of the input does not.</summary>
    internal static bool IsYes(string? answer) => answer?.Trim().ToUpperInvariant() is "" or "Y" or "YES";

    private static int Apt(string[] sudo, params string[] arguments)
    {
        string[] command = [.. sudo, "apt-get", "-o", "DPkg::Lock::Timeout=600", .. arguments]; // another apt-get may be running
        return Shell.Try(command[0], command[1..]);
    }

    // Do not stop: without ffmpeg, only video files do not work; without g++, computing is slower; and tests skip the parts that are missing.
    private static void Refuse(string[] packages, string reason)
    {
        var command = OperatingSystem.IsWindows() ? "winget install ffmpeg"
            : OperatingSystem.IsMacOS() ? "brew install ffmpeg"
            : $"sudo apt-get install {string.Join(' ', packages)}";
        var message = $"Cannot install {string.Join(", ", packages)}: {reason}. To install manually, run: {command}";
        if (packages.Except(ForTests.Append(FFmpeg).Append(Compiler).Select(requirement => requirement.Package)).Any())
        {
            throw new BuildFailed(message);
        }
        Console.WriteLine(message);
    }
}
