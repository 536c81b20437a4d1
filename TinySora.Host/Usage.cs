using TinySora.Host.Binding;
using TinySora.Host.Commands;

namespace TinySora.Host;

/// <summary>The page that the program shows without arguments.</summary>
internal static class Usage
{
    public static void Write(HostSession session, string? problem, TextWriter writer)
    {
        writer.WriteLine("""
            tinysora runs pipelines of TinySora's cmdlets where PowerShell is not installed.

                tinysora COMMAND ARGUMENTS '|' COMMAND ARGUMENTS ...
                tinysora "COMMAND ARGUMENTS | COMMAND ARGUMENTS"
                tinysora help COMMAND            (or a topic: tinysora help about_*)
                tinysora --version
            """);
        if (problem is not null)
        {
            writer.WriteLine();
            writer.WriteLine(problem);
        }

        foreach (var group in session.Commands.All.GroupBy(c => c.Info.Module is not null).OrderByDescending(g => g.Key))
        {
            writer.WriteLine();
            writer.WriteLine(group.Key ? "Commands of TinySora:" : "Commands of the host:");
            var width = group.Max(c => c.Name.Length) + 2;
            foreach (var cmdlet in group)
            {
                writer.WriteLine($"    {cmdlet.Name.PadRight(width)}{CmdletHelp.For(cmdlet, session).Synopsis}".TrimEnd());
            }
        }
    }
}
