using System.Management.Automation.Runspaces;
using System.Reflection;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace TinySora.Commands;

/// <summary>
/// What PowerShell's own commands use of its engine and others cannot name. That it is there in the version at hand is shown by the tests of
/// the commands, each of which fails where one of these is not found.
/// </summary>
internal static class Internals
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
    private const string Format = "Microsoft.PowerShell.Commands.Internal.Format.";

    /// <summary>Makes of a command one that formats in a shape: Table, List or Wide.</summary>
    public static void Formats(FrontEndCommandBase command, string shape) =>
        Implement(command, Make(Format + "InnerFormatShapeCommand", Enum.Parse(Find(Format + "FormatShape"), shape)));

    /// <summary>Makes of a command one that takes what was formatted, or formats it.</summary>
    public static void Prints(FrontEndCommandBase command) => Implement(command, Make(Format + "OutputManagerInner"));

    /// <summary>Sets where lines are written, before the first object comes.</summary>
    public static void PrintTo(FrontEndCommandBase command, TextWriter writer, int width, bool noNewline)
    {
        var implementation = Implementation.GetValue(command)!;
        implementation.GetType().GetProperty("LineOutput", Hidden)!
            .SetValue(implementation, Make(Format + "TextWriterLineOutput", writer, width, noNewline));
    }

    /// <summary>What a command throws that needs nothing more from the commands before it.</summary>
    public static Exception StopUpstream(Cmdlet command) => (Exception)Make("System.Management.Automation.StopUpstreamCommandsException", command);

    /// <summary>An error that is shown as one, wherever it comes from.</summary>
    public static PSObject AsError(ErrorRecord error)
    {
        PSObject shown = new(error);
        Set(shown, "WriteStream", Enum.Parse(Find("System.Management.Automation.WriteStreamType"), "Error"));
        return shown;
    }

    /// <summary>Lets an error be one of the script that calls a command, and not of the command.</summary>
    public static void BlameCaller(ErrorRecord error, InvocationInfo caller)
    {
        typeof(ErrorRecord).GetMethod("SetInvocationInfo", Hidden)!.Invoke(error, [caller]);
        Set(error, "PreserveInvocationInfoOnce", true);
    }

    /// <summary>Lets <c>exit</c> in a script end the host with its code, as PowerShell does for a script on its command line.</summary>
    public static void LetScriptsExit(Runspace runspace) =>
        Set(typeof(Runspace).GetProperty("ExecutionContext", Hidden)!.GetValue(runspace)!, "ScriptCommandProcessorShouldRethrowExit", true);

    /// <summary>Is the other end of a job of Start-Job, which talks over standard input and output, until that closes.</summary>
    public static void Serve(string initialCommand) =>
        Find("System.Management.Automation.Remoting.Server.StdIOProcessMediator").GetMethod("Run", BindingFlags.Static | BindingFlags.NonPublic)!
            .Invoke(null, [initialCommand, null, null, null, false]);

    private static void Set(object target, string property, object value) => target.GetType().GetProperty(property, Hidden)!.SetValue(target, value);

    private static readonly FieldInfo Implementation = typeof(FrontEndCommandBase).GetField("implementation", Hidden)!;

    private static void Implement(FrontEndCommandBase command, object implementation) => Implementation.SetValue(command, implementation);

    private static Type Find(string name) => typeof(PSObject).Assembly.GetType(name, throwOnError: true)!;

    private static object Make(string type, params object[] arguments) =>
        Activator.CreateInstance(Find(type), Hidden, null, arguments, null)!;
}
