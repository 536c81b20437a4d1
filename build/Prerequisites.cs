namespace TinySora.Build;

/// <summary>What the build and the product need from the operating system, and how to get it.</summary>
internal static class Prerequisites
{
    /// <param name="Package">Debian's name.</param>
    /// <param name="Purpose">What it is for, in a message.</param>
    /// <param name="IsThere">Whether it, or something that does its job, is there already.</param>
    private sealed record Requirement(string Package, string Purpose, Func<bool> IsThere);

    private static readonly Requirement FFmpeg =
        new("ffmpeg", "reading and writing video files", () => Shell.Find("ffmpeg") is not null);

    private static readonly Requirement Compiler = new(
        "g++", "compiling the fused kernels, which make it two to three times as fast on a CPU",
        () => !Machine.TakesKernels || Shell.Find("g++") is not null);

    /// <summary>Programs without which some tests are skipped.</summary>
    private static readonly Requirement[] ForTests =
    [
        new("openmpi-bin", "trying training by several processes", () => Shell.Find("mpiexec.openmpi") is not null),
        new("mpich", "trying it with the other MPI", () => Shell.Find("mpiexec.mpich") is not null),
    ];

    /// <summary>Whether packages are installed without a question.</summary>
    internal static bool IsAgreed { get; set; }

    internal static void Install() => Install([FFmpeg, Compiler]);

    /// <summary>Programs that more tests run with where they are installed.</summary>
    internal static void InstallForTests() => Install(OperatingSystem.IsLinux() ? ForTests : []);

    /// <summary>A program that only some step needs.</summary>
    /// <param name="package">Debian's name, where that is not the program's.</param>
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
            Refuse(packages, "there is no apt-get here");
            return;
        }
        string[] sudo = Environment.UserName == "root" ? [] : ["sudo", "-n"];
        if (sudo.Length > 0 && Shell.Ask("sudo", "-n", "true") is null)
        {
            Refuse(packages, "you are not root");
            return;
        }
        var user = sudo.Length > 0 ? "root, by sudo" : "root";
        Console.WriteLine($"To be installed from Debian's packages, as {user}: {string.Join(", ", packages)}, and what they need.");
        if (!IsAgreed && !Agrees())
        {
            Refuse(packages, "you said no");
            return;
        }
        Environment.SetEnvironmentVariable("DEBIAN_FRONTEND", "noninteractive");
        if (Apt(sudo, "update", "-q") != 0 || Apt(sudo, ["install", "-y", "-q", "--no-install-recommends", .. packages]) != 0)
        {
            Refuse(packages, "apt-get could not reach its package servers or failed");
        }
    }

    /// <summary>Asks whoever sits at the terminal; without a terminal nobody can be asked, and what was printed is done.</summary>
    private static bool Agrees()
    {
        if (Console.IsInputRedirected || (Console.IsOutputRedirected && Console.IsErrorRedirected))
        {
            return true;
        }
        (Console.IsOutputRedirected ? Console.Error : Console.Out).Write("Install them now? [Y/n] (--yes does not ask) ");
        return IsYes(Console.ReadLine());
    }

    /// <summary>Whether an answer is a yes: Enter alone is one, the end of the input is none.</summary>
    internal static bool IsYes(string? answer) => answer?.Trim().ToUpperInvariant() is "" or "Y" or "YES";

    private static int Apt(string[] sudo, params string[] arguments)
    {
        string[] command = [.. sudo, "apt-get", "-o", "DPkg::Lock::Timeout=600", .. arguments]; // another one may be at work
        return Shell.Try(command[0], command[1..]);
    }

    // Without ffmpeg everything but video files works, without g++ all is slower, and tests that lack something are skipped: no reason to stop.
    private static void Refuse(string[] packages, string reason)
    {
        var command = OperatingSystem.IsWindows() ? "winget install ffmpeg"
            : OperatingSystem.IsMacOS() ? "brew install ffmpeg"
            : $"sudo apt-get install {string.Join(' ', packages)}";
        var message = $"Cannot install {string.Join(", ", packages)}: {reason}. Get it with: {command}";
        if (packages.Except(ForTests.Append(FFmpeg).Append(Compiler).Select(requirement => requirement.Package)).Any())
        {
            throw new BuildFailed(message);
        }
        Console.WriteLine(message);
    }
}
