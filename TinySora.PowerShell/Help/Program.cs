using System.Reflection;
using System.Xml.Linq;

namespace TinySora.Help;

/// <summary>
/// Writes the file that Get-Help reads. Texts and examples come from one page per cmdlet (docs/cmdlets), everything else
/// from the cmdlets themselves, so that neither can say what the other denies.
/// </summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        if (args is not [var assembly, var pages, var output])
        {
            Console.Error.WriteLine("usage: TinySora.Help ASSEMBLY PAGES-FOLDER OUTPUT-FILE");
            return 2;
        }

        try
        {
            // PowerShell's own assembly is not in the module's folder; this program brings the reference one.
            var cmdlets = Assembly.LoadFrom(Path.GetFullPath(assembly)).GetExportedTypes()
                .Select(CmdletFacts.Of).OfType<CmdletFacts>().OrderBy(c => c.Name, StringComparer.Ordinal).ToList();
            var help = Maml.File(cmdlets.Select(c => Maml.Command(c, HelpPage.Read(Path.Combine(pages, c.Name + ".md"), c))));
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
            new XDocument(help).Save(output);
            return 0;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // The form that MSBuild shows as an error of its own.
            Console.Error.WriteLine($"{pages}: error HELP0001: {e.Message}");
            return 1;
        }
    }
}
