using System.Reflection;
using System.Xml.Linq;

namespace TinySora.Help;

/// <summary>
/// Writes the files that PowerShell reads beside the module. Get-Help's texts and examples of cmdlets come from one page each (docs/cmdlets),
/// everything else from the cmdlets themselves, so that neither can say what the other denies; about_ topics come from the pages in docs.
/// How objects are shown comes from TinySora.views.
/// </summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        if (args is not [var assembly, var docs, var views, var output])
        {
            Console.Error.WriteLine("usage: TinySora.Help ASSEMBLY DOCS-FOLDER VIEWS OUTPUT-FOLDER");
            return 2;
        }

        try
        {
            // PowerShell's own assembly is not in the module's folder; this program brings its own.
            var cmdlets = Assembly.LoadFrom(Path.GetFullPath(assembly)).GetExportedTypes()
                .Select(CmdletFacts.Of).OfType<CmdletFacts>().OrderBy(c => c.Name, StringComparer.Ordinal).ToList();
            var help = Maml.File(cmdlets.Select(c => Maml.Command(c, HelpPage.Read(Path.Combine(docs, "cmdlets", c.Name + ".md"), c))));
            Views.Write(views, Path.GetDirectoryName(Path.GetFullPath(assembly))!);
            Directory.CreateDirectory(output);
            foreach (var (topic, page) in AboutTopic.Pages)
            {
                File.WriteAllText(Path.Combine(output, topic + ".help.txt"), AboutTopic.Text(topic, File.ReadAllText(Path.Combine(docs, page))));
            }

            // The last one, because its time tells the build that all are there.
            new XDocument(help).Save(Path.Combine(output, Path.GetFileName(assembly) + "-Help.xml"));
            return 0;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // The form that MSBuild shows as an error of its own.
            Console.Error.WriteLine($"{docs}: error HELP0001: {e.Message}");
            return 1;
        }
    }
}
