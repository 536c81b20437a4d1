using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Text;

namespace TinySora.Commands;

/// <summary>
/// The commands of PowerShell that its engine has not by itself, as far as pipelines here need them, and a session with them: what the program
/// <c>tinysora</c> opens.
/// </summary>
public static class HostCommands
{
    /// <summary>PowerShell's own assemblies of commands; where they lie beside the engine, the host's commands are not used.</summary>
    private static readonly string[] Real = ["Microsoft.PowerShell.Commands.Utility.dll", "Microsoft.PowerShell.Commands.Management.dll"];

    /// <summary>The version of PowerShell whose engine this is.</summary>
    public static string EngineVersion { get; } =
        typeof(PSObject).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split(' ', '+')[0];

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
        StaySilent();
        var state = InitialSessionState.CreateDefault2();
        AddTo(state);
        if (moduleFolder is not null)
        {
            state.ImportPSModule([Path.Combine(moduleFolder, "TinySora.psd1")]);
        }

        return state;
    }

    /// <summary>What the process does that Start-Job starts, which is PowerShell's where that is installed.</summary>
    /// <param name="words">Its command line.</param>
    public static void ServeJob(string[] words)
    {
        ArgumentNullException.ThrowIfNull(words);
        StaySilent();
        var script = After("-EncodedCommand") is { } encoded ? Encoding.Unicode.GetString(Convert.FromBase64String(encoded)) : "";
        // The engine would go to the folder before there is a command for it.
        var folder = Quoted(After("-wd") ?? Environment.CurrentDirectory);
        Internals.Serve($"Import-Module {Quoted(typeof(HostCommands).Assembly.Location)}\nSet-Location -LiteralPath {folder}\n{script}");

        string? After(string word) => Array.FindIndex(words, w => w.Equals(word, StringComparison.OrdinalIgnoreCase)) is >= 0 and var at
            ? words.ElementAtOrDefault(at + 1) : null;
        static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    // PowerShell's makers would like to know who uses it; whoever uses this has not been asked.
    private static void StaySilent() => Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

    /// <summary>Lets commands that PowerShell has and this module has not say so; for a runspace that is open.</summary>
    public static void TellWhatIsMissing(Runspace runspace) => MissingCommand.StandIn(runspace);

    /// <summary>An error to be shown as one by Out-Default.</summary>
    public static PSObject AsError(ErrorRecord error) => Internals.AsError(error);

    /// <summary>Lets <c>exit</c> in a script end the host.</summary>
    public static void LetScriptsExit(Runspace runspace) => Internals.LetScriptsExit(runspace);

    /// <summary>The category of the newest error; null: there was none.</summary>
    public static ErrorCategory? LastError(Runspace runspace)
    {
        ArgumentNullException.ThrowIfNull(runspace);
        var errors = (System.Collections.ArrayList)runspace.SessionStateProxy.GetVariable("Error");
        return errors.Count == 0 ? null
            : (errors[0] is IContainsErrorRecord { ErrorRecord: var inner } ? inner : errors[0] as ErrorRecord)?.CategoryInfo.Category;
    }
}
