using System.Text.RegularExpressions;

namespace TinySora.Engine.Tests.Architecture;

/// <summary>No two folders of the engine use each other; docs/architecture.md draws their order.</summary>
public sealed partial class FloorsTests
{
    private static readonly Floors.Source[] Engine =
    [
        .. Repository.Sources("TinySora.Engine", ".cs")
            .Select(name => new Floors.Source(name["TinySora.Engine/".Length..], File.ReadAllText(Repository.At(name)))),
    ];

    [Fact]
    public void Folders_use_only_lower_layers()
    {
        Assert.NotEmpty(Engine);
        var problems = Floors.Problems(Engine);
        Assert.True(problems.Count == 0, string.Join("\n", problems));
    }

    [Fact]
    public void Sub_folders_have_no_cyclic_dependencies()
    {
        var circles = Rooms.Circles(Engine);
        Assert.True(circles.Count == 0, string.Join("\n", circles));
    }

    [Theory]
    [InlineData("Data/A.cs", "using TinySora.Engine.Data.Store;", "Data/Store/B.cs", "    private readonly A a;", 2)]
    [InlineData("Data/A.cs", "using TinySora.Engine.Data.Store;", "Data/Store/B.cs", "    // no A, and none in \"A\"", 0)]
    [InlineData("Data/Views/A.cs", "using TinySora.Engine.Data.Store;", "Data/Store/B.cs", "using TinySora.Engine.Data.Views;", 2)]
    [InlineData("Families/One/A.cs", "using TinySora.Engine.Families.One.Networks;", "Families/One/Networks/B.cs", "    private readonly A a;", 2)]
    [InlineData("Families/A.cs", "", "Families/One/B.cs", "    private readonly A a;", 0)]
    public void Cycle_of_sub_folders_is_detected(string one, string oneLine, string two, string twoLine, int lines) => Assert.Equal(
        lines, Rooms.Circles([new(one, $"{oneLine}\npublic sealed class A;\n"), new(two, $"{twoLine}\npublic sealed class B;\n")]).Count);

    [Fact]
    public void Every_folder_has_a_layer_and_is_on_the_page()
    {
        var there = Engine.Select(source => source.Folder is "Families.BuiltIn" || !source.Folder.Contains('.') ? source.Folder : "Families.*").Distinct();
        Assert.Equal(Floors.LowestFirst.SelectMany(floor => floor).Order(StringComparer.Ordinal), there.Order(StringComparer.Ordinal));

        var page = File.ReadLines(Repository.At("docs", "architecture.md")).Select(line => FloorRow().Match(line)).Where(row => row.Success);
        Assert.Equal(
            Floors.LowestFirst.SelectMany((floor, number) => floor.Select(folder => $"{number} {folder}")),
            page.Select(row => $"{row.Groups["floor"].Value} {row.Groups["folder"].Value.Replace('/', '.')}"));
    }

    /// <summary>With TINYSORA_WRITE_DOCS=1 in the environment, rewrites the drawing instead.</summary>
    [Fact]
    public void Drawing_on_the_page_matches_the_code()
    {
        var path = Repository.At("docs", "architecture.md");
        var page = File.ReadAllText(path).ReplaceLineEndings("\n");
        var drawn = Drawing.Into(page, Drawing.Of(Floors.Arrows(Engine)));
        if (Environment.GetEnvironmentVariable("TINYSORA_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, page = drawn);
        }

        Assert.True(drawn == page, "The drawing in docs/architecture.md is older than the code. Run this test with TINYSORA_WRITE_DOCS=1 to draw it anew.");
    }

    [Fact]
    public void Drawing_omits_transitive_arrows() => Assert.Equal(
        """
        ```mermaid
        flowchart TB
            subgraph floor6 [floor 6]
                Families_One["Families/One"]
            end
            subgraph floor3 [floor 3]
                Data["Data"]
                Text["Text"]
            end
            subgraph floor0 [floor 0]
                Errors["Errors"]
            end
            Families_One --> Data
            Data --> Text
            Text --> Errors
        ```

        """.ReplaceLineEndings("\n"),
        Drawing.Of([Arrow("Data", "Errors"), Arrow("Families.One", "Text"), Arrow("Families.One", "Data"), Arrow("Data", "Text"), Arrow("Text", "Errors")]));

    [Fact]
    public void Files_of_the_walkthroughs_exist()
    {
        var lines = File.ReadAllLines(Repository.At("docs", "architecture.md"))
            .SkipWhile(line => !line.StartsWith("## The journey", StringComparison.Ordinal))
            .TakeWhile(line => !line.StartsWith("## Dependencies", StringComparison.Ordinal));
        var rooms = lines.SelectMany(line => RoomName().Matches(line)).Select(match => match.Groups["room"].Value).ToList();
        Assert.True(rooms.Count > 25);
        Assert.All(rooms, room => Assert.True(
            File.Exists(Repository.At($"{room}.cs")) || File.Exists(Repository.At("TinySora.Engine", $"{room}.cs")), $"There is no {room}.cs."));
    }

    /// <summary>A global using in the project file would not appear in any line of source.</summary>
    [Fact]
    public void Project_files_have_no_global_usings_of_folders()
    {
        string[] files = ["TinySora.Engine/TinySora.Engine.csproj", "Directory.Build.props", "Directory.Build.targets"];
        Assert.All(files, file => Assert.DoesNotMatch(@"<Using\s[^>]*TinySora\.Engine", File.ReadAllText(Repository.At(file))));
    }

    [Theory]
    [InlineData("using TinySora.Engine.Training;")]
    [InlineData("using static TinySora.Engine.Training.Trainer;")]
    [InlineData("using Loop = TinySora.Engine.Training.Trainer;")]
    [InlineData("    private readonly TinySora.Engine.Training.Trainer trainer;")]
    [InlineData("    private readonly global::TinySora.Engine.Training.Trainer trainer;")]
    [InlineData("    private readonly Engine.Training.Trainer trainer;")]
    [InlineData("    private readonly Training.Trainer trainer;")]
    [InlineData("    public int Count => Training.Trainer.Count;")]
    public void Use_of_a_higher_layer_is_detected(string line) => Assert.Equal(
        ["TinySora.Engine/Media/Gif/Planted.cs:3 uses Training, which is above it"], Planted("Media/Gif/Planted.cs", line));

    [Theory]
    [InlineData("// using TinySora.Engine.Training;")]
    [InlineData("    /// <see cref=\"Training.Trainer\"/>")]
    [InlineData("    var length = Training.Length; // a property, say")]
    [InlineData("using TinySora.Engine.Errors;")]
    [InlineData("using TinySora.Engine.Media;")]
    public void Use_of_a_lower_layer_and_mere_text_are_not_reported(string line) => Assert.Empty(Planted("Media/Gif/Planted.cs", line));

    [Theory]
    [InlineData("Families/PixelUNet/Planted.cs", "TinySora.Engine.Training")]
    [InlineData("Training/Planted.cs", "TinySora.Engine.Diffusion")]
    public void Lower_layers_can_be_used(string path, string folder) => Assert.Empty(Planted(path, $"using {folder};"));

    [Fact]
    public void Folders_of_the_same_layer_can_be_used_without_a_cycle()
    {
        Floors.Source data = Line("Data/A.cs", "using TinySora.Engine.Text;"), text = Line("Text/B.cs", "using TinySora.Engine.Layers;");
        Assert.Empty(Floors.Problems([data, text]));
        Assert.Equal(
            [
                "TinySora.Engine/Data/A.cs:3 uses Text, which in turn uses Data: a circle",
                "TinySora.Engine/Text/B.cs:3 uses Layers, which in turn uses Text: a circle",
                "TinySora.Engine/Layers/C.cs:3 uses Data, which in turn uses Layers: a circle",
            ],
            Floors.Problems([data, text, Line("Layers/C.cs", "using TinySora.Engine.Data;")]));
    }

    [Fact]
    public void Families_have_no_cyclic_dependencies()
    {
        Floors.Source one = Line("Families/One/A.cs", "using TinySora.Engine.Families.Two;"), two = Line("Families/Two/B.cs", "");
        Assert.Empty(Floors.Problems([one, two]));
        Assert.Equal(2, Floors.Problems([one, two, Line("Families/Two/C.cs", "using TinySora.Engine.Families.One;")]).Count);
        Floors.Source network = new("Families/One/Net.cs", "namespace TinySora.Engine.Families.One;\n\npublic sealed class Net;\n");
        Assert.Equal(2, Floors.Problems([one, two, network, Line("Families/Two/C.cs", "    private readonly One.Net net;")]).Count);
        Assert.Single(Floors.Problems([network, Line("Layers/C.cs", "    private readonly Families.One.Net net;")]));
    }

    [Fact]
    public void Hidden_dependencies_are_detected()
    {
        Found("is a global using", Planted("Training/Planted.cs", "global using TinySora.Engine.Data;"));
        Found("on no floor", Planted("Training/Planted.cs", "using TinySora.Engine.Cellar;"));
        Found("has not the namespace of its folder", Floors.Problems([new("Data/A.cs", "namespace TinySora.Engine.Training;\n")]));
    }

    private static void Found(string what, IReadOnlyList<string> problems) =>
        Assert.Contains(what, Assert.Single(problems), StringComparison.Ordinal);

    private static IReadOnlyList<string> Planted(string path, string line) =>
        Floors.Problems([Line(path, line), new("Training/Trainer.cs", "namespace TinySora.Engine.Training;\n\npublic sealed class Trainer;\n")]);

    private static Floors.Arrow Arrow(string from, string to) => new(from, to, "A.cs", 1);

    private static Floors.Source Line(string path, string line) => new(path, $"namespace {"TinySora.Engine"}.{Floors.FolderOf(path)};\n\n{line}\n");

    [GeneratedRegex(@"^\| (?<floor>\d) \| `(?<folder>[\w/*]+)/` \|")]
    private static partial Regex FloorRow();

    [GeneratedRegex(@"`(?<room>\w[\w.]*(?:/\w+)+)`")]
    private static partial Regex RoomName();
}
