using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using TinySora.Build;

namespace TinySora.PowerShell.Tests.Cmdlets;

/// <summary>The package for the PowerShell Gallery that build/ makes from the module's folder.</summary>
public sealed class ModulePackageTests : IDisposable
{
    private static readonly XNamespace Nuspec = "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd";

    private readonly string folder = Directory.CreateTempSubdirectory("tinysora-package-").FullName;
    private readonly string path;
    private readonly ZipArchive package;

    public ModulePackageTests()
    {
        var stage = Path.Combine(folder, "TinySora");
        ModulePackage.Stage(Workspace.ModuleFolder, stage);
        ModulePackage.WriteFileList(stage);
        path = ModulePackage.Write(stage, folder);
        package = ZipFile.OpenRead(path);
    }

    public void Dispose()
    {
        package.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Package_contains_exactly_the_files_of_the_manifest()
    {
        var list = Regex.Match(Text("TinySora.psd1"), @"FileList\s*=\s*@\((.*?)\)", RegexOptions.Singleline).Groups[1].Value;
        var files = Regex.Matches(list, "'([^']+)'").Select(m => m.Groups[1].Value).ToList();
        Assert.Superset(new HashSet<string> { "TinySora.psd1", "TinySora.psm1", "TinySora.Engine.dll", "YamlDotNet.dll", "LICENSE", "models/emoji.safetensors",
            "models/shapes-lean.safetensors",
            "en-US/TinySora.PowerShell.dll-Help.xml" }, files.ToHashSet());
        Assert.Equal(
            files.Concat(["[Content_Types].xml", "_rels/.rels", "TinySora.nuspec"]).Order(StringComparer.Ordinal),
            package.Entries.Select(e => e.FullName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Package_contains_the_kernels_but_no_other_native_libraries_and_no_symbols()
    {
        package.ExtractToDirectory(Path.Combine(folder, "out"));
        Assert.Equal(Natives(Workspace.ModuleFolder).Intersect(ModulePackage.Kernels), Natives(Path.Combine(folder, "out")));
        Assert.DoesNotContain(package.Entries, entry => entry.Name.EndsWith(".pdb", StringComparison.Ordinal));
        Assert.NotEmpty(Natives(Workspace.ModuleFolder).Except(ModulePackage.Kernels));

        static IEnumerable<string> Natives(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Where(ModulePackage.IsNative).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);
    }

    /// <summary>Otherwise, clones in different folders would give different packages.</summary>
    [Fact]
    public void Assemblies_do_not_contain_paths_of_this_machine()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TestCoverage") == "true", "Coverage needs the paths of the sources.");
        var own = package.Entries.Where(entry => entry.Name.StartsWith("TinySora.", StringComparison.Ordinal) && entry.Name.EndsWith(".dll", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, own.Count);
        Assert.All(own, entry =>
        {
            using var reader = new StreamReader(entry.Open(), Encoding.Latin1);
            Assert.DoesNotContain(Repository.At(), reader.ReadToEnd(), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Description_is_that_of_the_manifest()
    {
        var metadata = Xml("TinySora.nuspec").Element(Nuspec + "metadata")!;
        string Value(string name) => metadata.Element(Nuspec + name)!.Value;
        Assert.Equal("TinySora", Value("id"));
        Assert.Equal(Path.GetFileName(path), $"TinySora.{Value("version")}.nupkg");
        Assert.Contains($"'{Value("version")}'", Text("TinySora.psd1"), StringComparison.Ordinal);
        string[] texts = ["authors", "owners", "description", "copyright", "licenseUrl", "projectUrl", "iconUrl", "releaseNotes"];
        Assert.All(texts, name => Assert.NotEmpty(Value(name)));
        var tags = Value("tags").Split(' ');
        Assert.Superset(new HashSet<string> { "PSModule", "PSEdition_Core", "Windows", "Linux", "text-to-video", "PSIncludes_Cmdlet" }, tags.ToHashSet());
        Assert.Equal(Workspace.CmdletNames.Order(StringComparer.Ordinal),
            tags.Where(t => t.StartsWith("PSCmdlet_", StringComparison.Ordinal)).Select(t => t["PSCmdlet_".Length..]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_part_has_a_content_type_and_the_description_is_found()
    {
        var types = Xml("[Content_Types].xml").Elements().ToLookup(e => e.Name.LocalName, e => e.Attributes().First().Value);
        Assert.All(package.Entries.Where(e => e.FullName != "[Content_Types].xml"), entry => Assert.True(
            types["Default"].Contains(Path.GetExtension(entry.FullName).TrimStart('.')) || types["Override"].Contains("/" + entry.FullName), entry.FullName));
        Assert.Equal("/TinySora.nuspec", Xml("_rels/.rels").Elements().Single().Attribute("Target")!.Value);
    }

    [Fact]
    public void Equal_modules_give_identical_packages() => Assert.Equal(
        File.ReadAllBytes(path), File.ReadAllBytes(ModulePackage.Write(Path.Combine(folder, "TinySora"), Path.Combine(folder, "again"))));

    private XElement Xml(string name)
    {
        using var stream = package.GetEntry(name)!.Open();
        return XElement.Load(stream);
    }

    private string Text(string name)
    {
        using var reader = new StreamReader(package.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }
}
