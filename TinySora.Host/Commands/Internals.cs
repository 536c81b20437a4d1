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

    /// <summary>Says where lines go, before the first object comes.</summary>
    public static void PrintTo(FrontEndCommandBase command, TextWriter writer, int width, bool noNewline)
    {
        var implementation = Implementation.GetValue(command)!;
        implementation.GetType().GetProperty("LineOutput", Hidden)!
            .SetValue(implementation, Make(Format + "TextWriterLineOutput", writer, width, noNewline));
    }

    /// <summary>What a command throws that needs nothing more from the commands before it.</summary>
    public static Exception StopUpstream(Cmdlet command) => (Exception)Make("System.Management.Automation.StopUpstreamCommandsException", command);

    private static readonly FieldInfo Implementation = typeof(FrontEndCommandBase).GetField("implementation", Hidden)!;

    private static void Implement(FrontEndCommandBase command, object implementation) => Implementation.SetValue(command, implementation);

    private static Type Find(string name) => typeof(PSObject).Assembly.GetType(name, throwOnError: true)!;

    private static object Make(string type, params object[] arguments) =>
        Activator.CreateInstance(Find(type), Hidden, null, arguments, null)!;
}
