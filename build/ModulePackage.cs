using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace TinySora.Build;

/// <summary>
/// A module folder as a package for the PowerShell Gallery: a zip file with the module's files and their description, as
/// Publish-PSResource creates it. The same files always yield the same bytes.
/// </summary>
internal static partial class ModulePackage
{
    private const string Manifest = "TinySora.psd1";

    private static readonly XNamespace NuSpec = "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd";
    private static readonly XNamespace Types = "http://schemas.openxmlformats.org/package/2006/content-types";
    private static readonly XNamespace Relations = "http://schemas.openxmlformats.org/package/2006/relationships";

    /// <summary>File names of the fused kernels, which exist for Linux and Windows on x64.</summary>
    internal static IReadOnlyList<string> Kernels { get; } = ["libtinysora_kernels.so", "tinysora_kernels.dll"];

    /// <summary>Copies a module without symbols, and without native libraries except for the kernels.</summary>
    internal static void Stage(string module, string target)
    {
        foreach (var file in Files(module).Where(
            name => Path.GetExtension(name) != ".pdb" && (Kernels.Contains(name) || !IsNative(Path.Combine(module, name)))))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(target, file))!);
            File.Copy(Path.Combine(module, file), Path.Combine(target, file));
        }
    }

    internal static bool IsNative(string path)
    {
        if (Path.GetExtension(path) != ".dll")
        {
            return LibraryName().IsMatch(Path.GetFileName(path));
        }

        using var stream = File.OpenRead(path);
        using var file = new PEReader(stream);
        return !file.HasMetadata;
    }

    /// <summary>Writes the list of all files to the manifest; must be called before the manifest is signed.</summary>
    internal static void WriteFileList(string folder)
    {
        var path = Path.Combine(folder, Manifest);
        var names = string.Join("\n", Files(folder).Select(name => $"        '{name}'"));
        var text = File.ReadAllText(path);
        File.WriteAllText(path, text.Insert(text.IndexOf("    PrivateData", StringComparison.Ordinal), $"    FileList             = @(\n{names}\n    )\n\n"));
    }

    /// <returns>Path of the package: ID.VERSION.nupkg in <paramref name="output"/>.</returns>
    internal static string Write(string folder, string output)
    {
        var manifest = File.ReadAllText(Path.Combine(folder, Manifest));
        var cmdlets = Quoted()
            .Matches(Regex.Match(manifest, @"CmdletsToExport\s*=\s*@\((.*?)\)", RegexOptions.Singleline).Value).Select(m => m.Groups[1].Value).ToList();
        var tags = Quoted().Matches(Regex.Match(manifest, @"Tags\s*=\s*@\((.*?)\)", RegexOptions.Singleline).Value).Select(m => m.Groups[1].Value);
        return Write(folder, output, new XElement(NuSpec + "metadata",
            new XElement(NuSpec + "id", "TinySora"),
            new XElement(NuSpec + "version", Value("ModuleVersion")),
            new XElement(NuSpec + "authors", Value("Author")),
            new XElement(NuSpec + "owners", Value("CompanyName")),
            new XElement(NuSpec + "requireLicenseAcceptance", false),
            new XElement(NuSpec + "licenseUrl", Value("LicenseUri")),
            new XElement(NuSpec + "projectUrl", Value("ProjectUri")),
            new XElement(NuSpec + "iconUrl", Value("IconUri")),
            new XElement(NuSpec + "releaseNotes", Value("ReleaseNotes")),
            new XElement(NuSpec + "description", Value("Description")),
            new XElement(NuSpec + "copyright", Value("Copyright")),
            new XElement(NuSpec + "tags", string.Join(' ',
                ["PSModule", .. tags, "PSIncludes_Cmdlet", .. cmdlets.SelectMany(name => new[] { $"PSCmdlet_{name}", $"PSCommand_{name}" })]))));

        string Value(string key) => Regex.Match(manifest, $@"(?m)^\s*{key}\s*=\s*'([^']*)'").Groups[1].Value;
    }

    /// <summary>Writes a package with any content.</summary>
    /// <param name="metadata">Metadata with ID, version, authors and description.</param>
    internal static string Write(string folder, string output, XElement metadata)
    {
        // The description may lack the namespace.
        foreach (var element in metadata.DescendantsAndSelf())
        {
            element.Name = NuSpec + element.Name.LocalName;
        }

        string Text(string name) => metadata.Element(NuSpec + name)!.Value;
        var path = Path.Combine(output, $"{Text("id")}.{Text("version")}.nupkg");
        Directory.CreateDirectory(output);
        File.Delete(path);
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Add("_rels/.rels", Save(new XElement(Relations + "Relationships", new XElement(Relations + "Relationship",
            new XAttribute("Type", "http://schemas.microsoft.com/packaging/2010/07/manifest"),
            new XAttribute("Target", $"/{Text("id")}.nuspec"), new XAttribute("Id", "R1")))));
        Add($"{Text("id")}.nuspec", Save(new XElement(NuSpec + "package", metadata)));
        Add("[Content_Types].xml", Save(ContentTypes(Files(folder))));
        foreach (var file in Files(folder))
        {
            Add(file, output => CopyTo(Path.Combine(folder, file), output));
        }

        return path;

        void Add(string name, Action<Stream> write)
        {
            var entry = zip.CreateEntry(name, CompressionLevel.Optimal);
            entry.LastWriteTime = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var stream = entry.Open();
            write(stream);
        }
    }

    /// <summary>Declares a content type for every extension, and for each file without an extension.</summary>
    private static XElement ContentTypes(IReadOnlyList<string> files) => new(Types + "Types",
        Default("rels", "application/vnd.openxmlformats-package.relationships+xml"),
        files.Select(name => Path.GetExtension(name).TrimStart('.')).Append("nuspec").Where(e => e.Length > 0).Distinct()
            .Order(StringComparer.Ordinal).Select(extension => Default(extension, "application/octet")),
        files.Where(name => Path.GetExtension(name).Length == 0).Select(name => new XElement(Types + "Override",
            new XAttribute("PartName", $"/{name}"), new XAttribute("ContentType", "application/octet"))));

    private static XElement Default(string extension, string type) =>
        new(Types + "Default", new XAttribute("Extension", extension), new XAttribute("ContentType", type));

    private static Action<Stream> Save(XElement root) => output => new XDocument(root).Save(output);

    private static void CopyTo(string file, Stream output)
    {
        using var input = File.OpenRead(file);
        input.CopyTo(output);
    }

    /// <summary>Returns the paths of the files in a folder, with slashes, in the same order on every system.</summary>
    private static IReadOnlyList<string> Files(string folder) => [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\.(so|dylib)(\.[\d.]+)?$")]
    private static partial Regex LibraryName();
}
