using System.Globalization;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation.Expectations;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Evaluation.Expectations;

public sealed class ExpectationTableTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Row_holds_its_cells_and_empty_cells_expect_nothing()
    {
        ClipFile.Write(folder.File("ref.gif"), Clip.Black(2, 8, 8, 3));
        var rows = Read("""
            prompt,Seed,COLOR,Shape,Motion,Reference,MinPsnr,MinSsim,MinChange,MaxChange,Moves,Palette,Remark
            a red circle growing,7,Red,circle,growing,,,,,,,,of note
            "a man, walking",,,,,ref.gif,20.5,0.5,1e-3,0.2,LEFT,grey brown,
            """);

        Assert.Equal(new Expectation(1, "a red circle growing", 7) { Color = "red", Shape = "circle", Motion = "growing", Palette = rows[0].Palette }, rows[0]);
        Assert.Empty(rows[0].Palette);
        var second = rows[1];
        Assert.Equal((2, "a man, walking", 5L, "left"), (second.Row, second.Prompt, second.Seed, second.Moves));
        Assert.Equal((20.5, 0.5, 0.001, 0.2), (second.MinPsnr, second.MinSsim, second.MinChange, second.MaxChange));
        Assert.Equal(["grey", "brown"], second.Palette);
        Assert.Equal(2, second.Reference!.Frames);
        Assert.Null(second.Color);
    }

    [Fact]
    public void All_errors_are_reported_together_with_line_and_column()
    {
        var error = Assert.Throws<TinySoraException>(() => Read("""
            Prompt,Seed,Color,Shpae,Reference,MinPsnr,MinChange
            a cow,1,rde,star,,,
            ,x,red,,,,
            a cow,2,,,,,2
            a cow,3,,,absent.gif,20,
            a cow,4,,,,20,
            a cow,5,,,,,
            """));
        Assert.Equal("TinySora.Evaluation.BadExpectations", error.Id);
        Assert.Equal(folder.File("e.csv"), error.Target);
        string[] problems =
        [
            "line 1, column Shpae: there is no such column; did you mean Shape?", "line 2, column Color: 'rde' is not one of red, green,",
            "line 3, column Seed: 'x' is not a whole number", "line 3, column Prompt: it is empty", "line 4, column MinChange: '2' is not a number from 0 to 1",
            $"line 5, column Reference: The file '{folder.File("absent.gif")}' does not exist", "line 6, column Reference: a reference requires MinPsnr or MinSsim",
            "line 7: it contains no expectation",
        ];
        Assert.All(problems, problem => Assert.Contains("\n  " + problem, error.Message, StringComparison.Ordinal));
        Assert.Equal(problems.Length, error.Message.Split('\n').Length - 1);
    }

    /// <summary>Export-Csv and spreadsheets format numbers by the current culture.</summary>
    [Fact]
    public void Decimal_commas_are_read_in_cultures_that_use_them()
    {
        const string Text = "Prompt,MinChange\na cow,\"0,25\"\na cow,0.5";
        var before = CultureInfo.CurrentCulture;
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture = culture;
        try
        {
            Assert.Equal([0.25, 0.5], Read(Text).Select(row => row.MinChange));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        Assert.Contains("'0,25' is not a number", Assert.Throws<TinySoraException>(() => Read(Text)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Prompt,Color", "TinySora.Evaluation.NoExpectations")]
    [InlineData("Prompt,Color\n\"a red", "TinySora.Evaluation.ExpectationsUnreadable")]
    [InlineData("Prompt,Reference,MinPsnr\na cow,b\0.gif,20", "TinySora.Evaluation.BadExpectations")]
    public void Invalid_table_is_refused(string text, string id) => Assert.Equal(id, Assert.Throws<TinySoraException>(() => Read(text)).Id);

    [Fact]
    public void Missing_file_is_named()
    {
        var error = Assert.Throws<TinySoraException>(() => ExpectationTable.Read(folder.File("absent.csv")));
        Assert.Equal(("TinySora.Evaluation.ExpectationsUnreadable", folder.File("absent.csv")), (error.Id, error.Target));
    }

    [Fact]
    public void Clip_passes_if_it_meets_all_expectations_and_each_miss_is_a_sentence()
    {
        var clip = ShapesWorld.Render(new ShapesCombination("red", "star", "moving up"), 3);
        var row = new Expectation(1, "a cow", 0)
        {
            Color = "red", Shape = "star", Motion = "moving up", Moves = "up", Palette = ["red", "black"], MinChange = 0.001, MaxChange = 0.5,
            Reference = clip, MinSsim = 1, MinPsnr = 100,
        };
        var good = ModelTest.Judge(row, clip, "m");
        Assert.True(good.Passed, $"{good}");
        Assert.Equal(("red", "star", "moving up", "up"), (good.Color, good.Shape, good.Motion, good.Moves));

        var other = row with
        {
            Color = "blue", Shape = "circle", Motion = "growing", Moves = "nowhere", Palette = ["pink", "red"], MinChange = 0.5, MaxChange = 0.001,
            Reference = Clip.Black(5, 32, 32, 3),
        };
        var bad = ModelTest.Judge(other, clip, "m");
        Assert.False(bad.Passed);
        Assert.Equal(
            ["Color", "Shape", "Motion", "Psnr", "Ssim", "Change", "Change", "Moves", "Palette"], bad.Failures.Select(failure => failure.Split(':')[0]));
        Assert.Contains("Color: blue expected, found red", bad.Failures);
        Assert.Contains("Palette: pink expected, found black, red", bad.Failures);

        Assert.Contains("Color: red expected, not recognizable in the clip", ModelTest.Judge(row, Clip.Black(5, 32, 32, 3), "m").Failures);
    }

    [Fact]
    public void Reference_of_another_size_or_length_is_compared_where_both_overlap()
    {
        var small = ShapesWorld.Render(new ShapesCombination("red", "circle", "growing"), 3, size: 32, frames: 5);
        var large = ShapesWorld.Render(new ShapesCombination("red", "circle", "growing"), 3, size: 64, frames: 5);
        var first = large with { Frames = 1, Pixels = large.Frame(0).ToArray() };
        Assert.InRange(ModelTest.Judge(new Expectation(1, "", 0) { Reference = large }, small, "").Psnr!.Value, 20, 60);
        Assert.InRange(ModelTest.Judge(new Expectation(1, "", 0) { Reference = first }, small, "").Psnr!.Value, 20, 60);
    }

    private IReadOnlyList<Expectation> Read(string text)
    {
        File.WriteAllText(folder.File("e.csv"), text);
        return ExpectationTable.Read(folder.File("e.csv"), seed: 5);
    }
}
