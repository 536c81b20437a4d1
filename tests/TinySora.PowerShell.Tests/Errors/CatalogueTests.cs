using System.Management.Automation;
using System.Text.RegularExpressions;
using TinySora.PowerShell.Tests.Cmdlets;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Errors;

[Collection(nameof(CmdletTests))]
public sealed partial class CatalogueTests
{
    /// <summary>The category of an unexpected error is unknown by nature.</summary>
    private const string Unexpected = "TinySora.Internal.Unexpected";

    [Fact]
    public void Every_error_has_id_category_target_and_advice()
    {
        Assert.True(Catalogue.Entries.Count > 80);
        Assert.All(Catalogue.Entries, e =>
        {
            Assert.Matches(@"^TinySora\.[A-Z][A-Za-z]+\.[A-Z][A-Za-z]+$", e.Id);
            Assert.True(Enum.TryParse<ErrorCategory>(e.Kind, out var category), $"{e.Kind} is no category.");
            Assert.Equal(e.Id == Unexpected, category == ErrorCategory.NotSpecified);
            Assert.NotNull(e.Target);
            Assert.Matches(@"^\S.{15,}", e.Message);
            Assert.Matches(@"^[A-Z].{10,}", e.Advice);
            Assert.NotEqual(e.Message, e.Advice);
        });
    }

    [Fact]
    public void Error_ids_are_unique() => Assert.All(
        Catalogue.Entries.GroupBy(e => e.Id), errors => Assert.Single(errors.Select(e => e.Kind).Distinct()));

    [Fact]
    public void Parameters_named_in_advice_exist()
    {
        var parameters = Workspace.Cmdlets.SelectMany(c => c.Parameters.Values).SelectMany(p => p.Names).ToHashSet(StringComparer.Ordinal);
        Assert.All(Catalogue.Entries, e => Assert.All(
            ParameterName().Matches(e.Message + " " + e.Advice).Select(m => m.Groups["name"].Value), name => Assert.Contains(name, parameters)));
        Assert.All(Catalogue.Entries, e => Assert.All(
            CmdletName().Matches(e.Message + " " + e.Advice).Select(m => m.Value), name => Assert.Contains(name, Workspace.CmdletNames)));
    }

    [Theory]
    [InlineData("[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes.")]
    [InlineData("CUDA out of memory. Tried to allocate 2.00 GiB")]
    public void Insufficient_memory_has_its_own_error(string message)
    {
        var records = Workspace.Cmdlets[0].ImplementingType.Assembly.GetType("TinySora.PowerShell.Errors.ErrorRecords", throwOnError: true)!;
        var record = (ErrorRecord)records.GetMethod("From")!.Invoke(null, [new InvalidOperationException(message)])!;
        Assert.StartsWith("TinySora.Runtime.OutOfMemory", record.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-BatchSize", record.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_are_written_only_in_the_catalogue()
    {
        var sources = new[] { "TinySora.Engine", "TinySora.PowerShell" }.SelectMany(folder => Repository.Sources(folder, ".cs")).ToList();
        Assert.NotEmpty(sources);
        Assert.All(sources.Where(f => !f.EndsWith("Errors.cs", StringComparison.Ordinal)), file =>
            Assert.DoesNotMatch(@"""TinySora\.[A-Z]\w+\.[A-Z]\w+""", File.ReadAllText(Repository.At(file))));
    }

    [Fact]
    public void Help_topic_lists_every_error()
    {
        var help = File.ReadAllText(Path.Combine(Workspace.ModuleFolder, "en-US", "about_TinySora_Errors.help.txt"));
        Assert.All(Catalogue.Entries, e => Assert.Contains($"{e.Id} ({e.Kind})", help, StringComparison.Ordinal));
        Assert.Contains("Install it: {command}", help, StringComparison.Ordinal);
        Assert.DoesNotContain("apt-get install ffmpeg", help, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"(?<![\w-])-(?<name>[A-Z][A-Za-z]+)(?![\w-])")]
    private static partial Regex ParameterName();

    [GeneratedRegex(@"\b[A-Z][A-Za-z]+-TinySora[A-Z]\w+")]
    private static partial Regex CmdletName();
}
