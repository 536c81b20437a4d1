using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using TinySora.PowerShell.Tests.Cmdlets;
using TinySora.PowerShell.Tests.Shell;

namespace TinySora.PowerShell.Tests.Output;

/// <summary>Metadata of objects and parameters, for all cmdlets.</summary>
[Collection(nameof(CmdletTests))]
public sealed partial class TypedTests : IDisposable
{
    private readonly Workspace workspace = new();

    /// <summary>Parameters with a finite set of values, and where these come from.</summary>
    private static readonly Dictionary<string, string[]> Completers = new()
    {
        ["Checkpoint"] = ["CheckpointCompleter", "AutoencoderCompleter"],
        ["InitialCheckpoint"] = ["CheckpointCompleter"],
        ["ResultsPath"] = ["RunCompleter"],
        ["Config"] = ["PresetCompleter"],
        ["Preset"] = ["PresetCompleter"],
        ["Kind"] = ["DatasetKindCompleter"],
        ["Sampler"] = ["SamplerCompleter"],
        ["Device"] = ["DeviceCompleter"],
        ["Format"] = ["FormatCompleter", "DatasetFormatCompleter"],
    };

    private static readonly Type[] Written =
        [.. Workspace.Cmdlets.SelectMany(c => c.OutputType).Select(t => t.Type!).Where(t => t.FullName!.StartsWith("TinySora.", StringComparison.Ordinal)).Distinct()];

    /// <summary>All displayed types: output of cmdlets, and objects that the script of -OnEvent receives and may write itself.</summary>
    internal static readonly Type[] Types =
    [
        .. Written,
        Written.Single(type => type.Name == "TrainingStep").Assembly.GetType("TinySora.Engine.Training.Reports.RunEvent", throwOnError: true)!,
    ];

    public void Dispose() => workspace.Dispose();

    [Fact]
    public void Every_cmdlet_declares_its_output() => Assert.All(Workspace.Cmdlets, c => Assert.NotEmpty(c.OutputType));

    [Theory]
    [InlineData("TableControl", "TableColumnItem")]
    [InlineData("ListControl", "ListItem")]
    public void Every_object_has_a_view_of_existing_properties(string control, string item)
    {
        var views = Read("TinySora.format.ps1xml").Descendants("View").Where(v => v.Element(control) is not null).ToList();
        Assert.NotEmpty(Types);
        Assert.All(Types, type =>
        {
            var view = Assert.Single(views, v => v.Descendants("TypeName").Any(t => t.Value == type.FullName));
            var names = view.Descendants(item).Select(PropertyOf).ToList();
            Assert.NotEmpty(names);
            Assert.All(names, name => Assert.NotNull(type.GetProperty(name)));
        });
        Assert.Equal(Types.Length, views.Count);
    }

    [Fact]
    public void Every_object_has_existing_default_properties()
    {
        var types = Read("TinySora.types.ps1xml").Descendants("Type").ToDictionary(t => t.Element("Name")!.Value);
        Assert.Equal(Types.Select(t => t.FullName!).Order(StringComparer.Ordinal), types.Keys.Order(StringComparer.Ordinal));
        Assert.All(Types, type => Assert.All(
            types[type.FullName!].Descendants("ReferencedProperties").Elements("Name"), name => Assert.NotNull(type.GetProperty(name.Value))));
    }

    [Fact]
    public void Sizes_and_losses_are_rounded_for_display()
    {
        var items = Read("TinySora.format.ps1xml").Descendants().Where(e => e.Name == "TableColumnItem" || e.Name == "ListItem");
        Assert.All(items.Where(i => PropertyOf(i) is "Length" or "Bytes" or "Loss" or "Share"),
            i => Assert.NotNull(i.Element("FormatString")));
    }

    /// <summary>The distance between unrelated sets may be a very large power of ten, whose digits neither fit a column nor help a reader.</summary>
    [Fact]
    public void Values_of_any_magnitude_are_shown_with_their_leading_digits()
    {
        string[] unbounded = ["RandomFeatureDistance", "ReferenceHalvesDistance", "GradientNorm"];
        var items = Read("TinySora.format.ps1xml").Descendants().Where(e => e.Name == "TableColumnItem" || e.Name == "ListItem")
            .Where(i => unbounded.Contains(PropertyOf(i))).ToList();
        Assert.Equal(unbounded.Order(StringComparer.Ordinal), items.Select(PropertyOf).Distinct().Order(StringComparer.Ordinal));
        Assert.All(items, i =>
        {
            string Shown(double value) => string.Format(CultureInfo.InvariantCulture, i.Element("FormatString")!.Value, value);
            Assert.Equal(("1.305E+10", "14.02", "-0.194", "1.235E-05"), (Shown(13054963680.25), Shown(14.0195), Shown(-0.19400), Shown(1.2351e-5)));
        });
    }

    /// <summary>Export-Csv writes the text form of a value, which for .NET's lists is the name of their type.</summary>
    [Fact]
    public void Lists_show_their_elements()
    {
        var lists = Types.SelectMany(type => type.GetProperties())
            .Where(p => p.PropertyType != typeof(string) && p.PropertyType.IsAssignableTo(typeof(System.Collections.IEnumerable))).ToList();
        Assert.NotEmpty(lists);
        Assert.All(lists, p => Assert.Matches("^TinySora.Engine.Formats.Text(List|Table)`1$", p.PropertyType.GetGenericTypeDefinition().FullName!));
    }

    [Fact]
    public void Times_are_TimeSpans_everywhere_and_are_shown_in_one_format()
    {
        var times = Types.SelectMany(type => type.GetProperties()).Where(p => p.Name is "Elapsed" or "Duration" or "Remaining").ToList();
        Assert.All(times, p => Assert.Equal(typeof(TimeSpan), Nullable.GetUnderlyingType(p.PropertyType) ?? p.PropertyType));
        var shown = Read("TinySora.format.ps1xml").Descendants().Where(e => e.Name == "TableColumnItem" || e.Name == "ListItem")
            .Where(item => times.Any(time => time.Name == PropertyOf(item))).ToList();
        Assert.NotEmpty(shown);
        Assert.All(shown, item => Assert.Contains("Show-Time $_.", item.Element("ScriptBlock")?.Value, StringComparison.Ordinal));
        var texts = workspace.Good("$m = Get-Module TinySora; 2.74, 3605.04, 176405.9 | ForEach-Object { & $m Show-Time ([timespan]::FromSeconds($_)) }").Objects;
        Assert.Equal(["0:00:02.7", "1:00:05.0", "2.01:00:05"], texts);
    }

    /// <summary>Years in the Thai, Hijri and Persian calendars look like those of ISO 8601 but are different ones.</summary>
    [Fact]
    public void Dates_use_ISO_8601_in_every_culture()
    {
        Type[] dates = [typeof(DateTime), typeof(DateTimeOffset)];
        var views = Read("TinySora.format.ps1xml").Descendants("View").ToList();
        var shown = Types.SelectMany(type => views.Where(view => view.Descendants("TypeName").Any(name => name.Value == type.FullName))
            .SelectMany(view => view.Descendants().Where(e => e.Name == "TableColumnItem" || e.Name == "ListItem"))
            .Where(item => type.GetProperty(PropertyOf(item))!.PropertyType is var own && dates.Contains(Nullable.GetUnderlyingType(own) ?? own))).ToList();
        Assert.True(shown.Count > 5);
        Assert.All(shown, item => Assert.Contains("Show-Date $_.", item.Element("ScriptBlock")?.Value, StringComparison.Ordinal));
        foreach (var culture in ((string[])["", "de-DE", "th-TH", "ar-SA", "fa-IR", "fi-FI"]).Where(IsThere))
        {
            var texts = workspace.Good($$"""
                $before = [cultureinfo]::CurrentCulture
                [cultureinfo]::CurrentCulture = '{{culture}}'
                $m = Get-Module TinySora
                try { & $m Show-Date ([datetime]'2026-11-28 09:05:07') 16; & $m Show-Date ([datetimeoffset]'2026-11-28 09:05:07') 19; & $m Show-Date $null 16 }
                finally { [cultureinfo]::CurrentCulture = $before }
                """).Objects;
            Assert.Equal(["2026-11-28 09:05", "2026-11-28 09:05:07"], texts);
        }

        // Without ICU there is only the invariant culture.
        static bool IsThere(string culture)
        {
            try
            {
                return CultureInfo.GetCultureInfo(culture) is not null;
            }
            catch (CultureNotFoundException)
            {
                return false;
            }
        }
    }

    /// <summary>The text form of an object says what it is, without type or record syntax.</summary>
    [Fact]
    public void Objects_have_a_meaningful_text_form() => Assert.All(
        Types, type => Assert.Null(type.GetMethod(nameof(ToString), [])!.GetCustomAttribute<CompilerGeneratedAttribute>(inherit: false)));

    /// <summary>A table has room for only some properties, so a list shows the others.</summary>
    [Fact]
    public void Lists_show_every_property()
    {
        var views = Read("TinySora.format.ps1xml").Descendants("View").Where(v => v.Element("ListControl") is not null).ToList();
        Assert.All(Types, type =>
        {
            var view = views.Single(v => v.Descendants("TypeName").Any(t => t.Value == type.FullName));
            // Get-TinySoraRecipe shows how to reproduce a video, and Get-TinySoraConfig a configuration.
            var elsewhere = type.BaseType == typeof(object) ? ["ConfigYaml"] : type.BaseType!.GetProperties().Select(p => p.Name).Append("OutputName").Append("Format");
            Assert.Empty(type.GetProperties().Select(p => p.Name).Except(elsewhere).Except(view.Descendants("ListItem").Select(PropertyOf)));
        });
    }

    [Fact]
    public void Costs_are_listed_under_the_names_of_their_properties()
    {
        var view = Read("TinySora.format.ps1xml").Descendants("View").Single(v => v.Element("Name")!.Value == "TinySora.TrainingCost.List");
        Assert.All(view.Descendants("ListItem"), item => Assert.Equal(PropertyOf(item), item.Element("Label")?.Value ?? PropertyOf(item)));
    }

    [Fact]
    public void Parameters_with_finite_values_are_completed()
    {
        var listable = Workspace.Cmdlets.SelectMany(c => c.Own).Where(p => Completers.ContainsKey(p.Name) && p.ParameterType == typeof(string)).ToList();
        Assert.Superset(Completers.Keys.ToHashSet(), listable.Select(p => p.Name).ToHashSet());
        Assert.All(listable, p => Assert.Contains(p.Attributes.OfType<ArgumentCompleterAttribute>().SingleOrDefault()?.Type.Name, Completers[p.Name]));
    }

    [Fact]
    public void Checkpoints_and_devices_are_accepted_in_any_form() => Assert.All(
        Workspace.Cmdlets.SelectMany(c => c.Own).Where(p => p.Name is "Checkpoint" or "InitialCheckpoint" or "Device"),
        p => Assert.NotEmpty(p.Attributes.OfType<ArgumentTransformationAttribute>()));

    /// <summary>A terminal of 80 columns has room for every table column, and longer values continue on the next line.</summary>
    [Fact]
    public void Tables_fit_into_80_columns_without_truncation()
    {
        var tables = Read("TinySora.format.ps1xml").Descendants("TableControl").ToList();
        Assert.True(tables.Count > 20);
        Assert.All(tables, table =>
        {
            var widths = table.Descendants("TableColumnHeader").Select(header => (int?)header.Element("Width") ?? 0).ToList();
            var left = 80 - widths.Sum() - (widths.Count - 1);
            Assert.InRange(left, widths.Count(width => width == 0) * 8, 80);
            Assert.NotNull(table.Descendants("TableRowEntry").Single().Element("Wrap"));
        });
    }

    [Fact]
    public void Every_cmdlet_has_its_online_help_page() => Assert.All(
        Workspace.Cmdlets, c => Assert.Equal($"https://github.com/tinysora/tinysora/blob/main/docs/cmdlets/{c.Name}.md",
            workspace.Good($"(Get-Command {c.Name}).HelpUri").Objects[0]));

    private static string PropertyOf(XElement item) => item.Element("PropertyName")?.Value ?? ShownProperty().Match(item.Element("ScriptBlock")!.Value).Groups[1].Value;

    [GeneratedRegex(@"Show-\w+ \$_\.(\w+)")]
    private static partial Regex ShownProperty();

    private static XDocument Read(string file) => XDocument.Load(Path.Combine(Workspace.ModuleFolder, file));
}
