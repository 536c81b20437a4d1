using System.Management.Automation.Runspaces;
using System.Reflection;

namespace TinySora.Commands;

/// <summary>
/// The commands of PowerShell that its engine has not by itself, as far as pipelines here need them, and a session with them: what the program
/// <c>tinysora</c> opens.
/// </summary>
public static class HostCommands
{
    /// <summary>Of PowerShell itself: where they lie beside the engine nobody needs those here.</summary>
    private static readonly string[] Real = ["Microsoft.PowerShell.Commands.Utility.dll", "Microsoft.PowerShell.Commands.Management.dll"];

    /// <summary>Adds the commands, unless PowerShell's own are there.</summary>
    public static void AddTo(InitialSessionState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var engine = Path.GetDirectoryName(typeof(PSObject).Assembly.Location)!;
        if (Real.All(file => File.Exists(Path.Combine(engine, file))))
        {
            return;
        }

        foreach (var type in typeof(HostCommands).Assembly.GetTypes())
        {
            if (type.GetCustomAttribute<CmdletAttribute>() is { } cmdlet)
            {
                state.Commands.Add(new SessionStateCmdletEntry($"{cmdlet.VerbName}-{cmdlet.NounName}", type, null));
            }
        }
    }

    /// <summary>What a session begins with: PowerShell's engine, these commands, and a module where one is named.</summary>
    /// <param name="moduleFolder">The folder with TinySora.psd1; null: without it.</param>
    public static InitialSessionState CreateState(string? moduleFolder)
    {
        // PowerShell's makers would like to know who uses it; whoever uses this has not been asked.
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        var state = InitialSessionState.CreateDefault2();
        AddTo(state);
        if (moduleFolder is not null)
        {
            state.ImportPSModule([Path.Combine(moduleFolder, "TinySora.psd1")]);
        }

        return state;
    }
}
