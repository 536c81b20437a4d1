using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace TinySora.Host;

/// <summary>The program as PowerShell's engine sees it.</summary>
internal sealed class ConsoleHost : PSHost
{
    private readonly ConsoleScreen screen = new();

    /// <summary>The code that <c>exit</c> named; null: nothing has.</summary>
    public int? AskedToExit { get; private set; }

    public override string Name => "TinySoraHost";

    public override Version Version { get; } = typeof(ConsoleHost).Assembly.GetName().Version!;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface UI => screen;

    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    public override void SetShouldExit(int exitCode) => AskedToExit ??= exitCode;

    /// <summary>Removes the progress bars of commands that have ended.</summary>
    public void EndProgress() => screen.EndProgress();

    public override void EnterNestedPrompt() => throw new PSNotSupportedException("A prompt within a command is known to PowerShell alone.");

    public override void ExitNestedPrompt() => throw new PSNotSupportedException("A prompt within a command is known to PowerShell alone.");

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }
}
