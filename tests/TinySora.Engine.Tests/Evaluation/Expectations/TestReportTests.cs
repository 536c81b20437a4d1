using System.Xml.Linq;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation.Expectations;

namespace TinySora.Engine.Tests.Evaluation.Expectations;

public sealed class TestReportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void JUnit_has_a_suite_per_model_and_a_case_per_row()
    {
        var root = Written(TestReportFormat.JUnit);
        Assert.Equal(("testsuites", "3", "1", "3.500"), (root.Name.LocalName, (string?)root.Attribute("tests"), (string?)root.Attribute("failures"), (string?)root.Attribute("time")));
        Assert.Equal(["a", "b"], root.Elements("testsuite").Select(suite => (string?)suite.Attribute("name")));
        var cases = root.Descendants("testcase").ToList();
        Assert.Equal("row 2: <&\uFFFD (seed 4)", (string?)cases[1].Attribute("name"));
        var failure = Assert.Single(root.Descendants("failure"));
        Assert.Same(cases[1], failure.Parent);
        Assert.Equal(("Color: a", "Color: a\nShape: <b>"), ((string?)failure.Attribute("message"), failure.Value));
    }

    [Fact]
    public void NUnit_has_a_suite_per_model_and_a_case_per_row()
    {
        var root = Written(TestReportFormat.NUnit);
        Assert.Equal(("test-run", "3", "2", "1", "Failed"),
            (root.Name.LocalName, (string?)root.Attribute("total"), (string?)root.Attribute("passed"), (string?)root.Attribute("failed"), (string?)root.Attribute("result")));
        Assert.Equal(["Failed", "Passed"], root.Elements("test-suite").Select(suite => (string?)suite.Attribute("result")));
        Assert.Equal(["Passed", "Failed", "Passed"], root.Descendants("test-case").Select(test => (string?)test.Attribute("result")));
        Assert.Equal(5, root.DescendantsAndSelf().Attributes("id").Select(id => id.Value).Distinct().Count() - 1);
        Assert.Equal("Color: a\nShape: <b>", Assert.Single(root.Descendants("message")).Value);
    }

    [Theory]
    [InlineData("a.xml", TestReportFormat.JUnit)]
    [InlineData("a.junit.xml", TestReportFormat.JUnit)]
    [InlineData("a.NUnit.xml", TestReportFormat.NUnit)]
    public void File_name_determines_the_format(string path, TestReportFormat format) => Assert.Equal(format, TestReport.FormatOf(path));

    /// <summary>Nightly runs replace their own reports, but not files that were edited.</summary>
    [Fact]
    public void Only_an_unchanged_report_is_replaced_without_a_request()
    {
        var path = folder.File("own.xml");
        Assert.False(TestReport.IsOwn(path));
        TestReport.Write(path, TestReportFormat.JUnit, [new(1, "one", 3, "a")], overwrite: false);
        Assert.True(TestReport.IsOwn(path));
        TestReport.Write(path, TestReportFormat.NUnit, [new(1, "two", 3, "a")], overwrite: false);
        Assert.Contains("two", File.ReadAllText(path), StringComparison.Ordinal);

        File.WriteAllText(path, File.ReadAllText(path).Replace("two", "three", StringComparison.Ordinal));
        Assert.False(TestReport.IsOwn(path));
        Assert.Equal(
            "TinySora.Runtime.NameTaken",
            Assert.Throws<TinySoraException>(() => TestReport.Write(path, TestReportFormat.JUnit, [new(1, "one", 3, "a")], overwrite: false)).Id);
        TestReport.Write(path, TestReportFormat.JUnit, [new(1, "one", 3, "a")]);
        Assert.True(TestReport.IsOwn(path));
        File.WriteAllText(path, "short");
        Assert.False(TestReport.IsOwn(path));
    }

    private XElement Written(TestReportFormat format)
    {
        TestReport.Write(folder.File("r.xml"), format,
        [
            new ModelTestResult(1, "one", 3, "a") { Elapsed = TimeSpan.FromSeconds(1) },
            new ModelTestResult(2, "<&\u0001", 4, "a") { Elapsed = TimeSpan.FromSeconds(2), Failures = ["Color: a", "Shape: <b>"] },
            new ModelTestResult(1, "one", 3, "b") { Elapsed = TimeSpan.FromSeconds(0.5) },
        ]);
        return XDocument.Load(folder.File("r.xml")).Root!;
    }
}
