using System.Reflection;
using System.Xml.Linq;

namespace TinySora.Help;

/// <summary>
/// Writes the help and formatting files that PowerShell loads with the module. The text and examples of a cmdlet come from its page in docs/cmdlets, its
/// syntax and parameters from the cmdlet itself, about_ topics from pages in docs, about_TinySora_Errors from the error factories, and the formats
/// from TinySora.views.
/// </summary>
internal static class Program
{
    private const string ErrorTopic = "about_TinySora_Errors";

    public static int Main(string[] args)
    {
        if (args is not [var assembly, var docs, var views, var output])
        {
            Console.Error.WriteLine("usage: TinySora.Help ASSEMBLY DOCS-FOLDER VIEWS OUTPUT-FOLDER");
            return 2;
        }

        try
        {
            // PowerShell's assembly is not in the module folder; this program has its own copy.
            var module = Assembly.LoadFrom(Path.GetFullPath(assembly));
            var cmdlets = module.GetExportedTypes()
                .Select(CmdletFacts.Of).OfType<CmdletFacts>().OrderBy(c => c.Name, StringComparer.Ordinal).ToList();
            var help = Maml.File(cmdlets.Select(c => Maml.Command(c, HelpPage.Read(Path.Combine(docs, "cmdlets", c.Name + ".md"), c))));
            Views.Write(views, Path.GetDirectoryName(Path.GetFullPath(assembly))!);
            Directory.CreateDirectory(output);
            foreach (var topic in Directory.GetFiles(output, "about_*.help.txt"))
            {
                File.Delete(topic);
            }

            foreach (var (topic, page) in AboutTopic.Pages)
            {
                File.WriteAllText(Path.Combine(output, topic + ".help.txt"), AboutTopic.Text(topic, File.ReadAllText(Path.Combine(docs, page))));
            }

            var engine = Assembly.LoadFrom(Path.Combine(Path.GetDirectoryName(module.Location)!, "TinySora.Engine.dll"));
            File.WriteAllText(
                Path.Combine(output, ErrorTopic + ".help.txt"), AboutTopic.Text(ErrorTopic, ErrorCatalogue.Page(ErrorCatalogue.Entries(engine, module))));

            // Write this file last, because the build uses its timestamp for all files.
            new XDocument(help).Save(Path.Combine(output, Path.GetFileName(assembly) + "-Help.xml"));
            return 0;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // MSBuild reports this format as an error.
            Console.Error.WriteLine($"{docs}: error HELP0001: {e.Message}");
            return 1;
        }
    }
}
