using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Evaluation.Expectations;

/// <summary>Writes the results of model tests for build servers. The report has one test suite per checkpoint and one test case per row.</summary>
public static class TestReport
{
    /// <summary>Maximum size in bytes of an existing file that may be an unchanged report. Larger files are not checked.</summary>
    private const int LongestOwn = 1 << 28;

    private static readonly int MarkLength = Mark([]).Length;

    /// <summary>Returns the format for a file name: NUnit for .nunit.xml, otherwise JUnit.</summary>
    public static TestReportFormat FormatOf(string path) =>
        path.EndsWith(".nunit.xml", StringComparison.OrdinalIgnoreCase) ? TestReportFormat.NUnit : TestReportFormat.JUnit;

    /// <param name="overwrite">Whether to replace any existing file; unchanged reports that this class wrote are always replaced.</param>
    /// <exception cref="TinySoraException">NameTaken, CannotWrite.</exception>
    public static void Write(string path, TestReportFormat format, IReadOnlyList<ModelTestResult> results, bool overwrite = true)
    {
        var suites = results.GroupBy(result => result.Checkpoint).Select(suite => (suite.Key, Cases: suite.ToList())).ToList();
        var document = format == TestReportFormat.JUnit ? JUnit(results, suites) : NUnit(results, suites);
        using var content = new MemoryStream();
        using (var writer = XmlWriter.Create(content, new XmlWriterSettings { Indent = true }))
        {
            document.WriteTo(writer);
        }

        content.Write(Mark(content.ToArray()));
        AtomicFile.WriteStream(path, content.WriteTo, WeightFileErrors.CannotWrite, overwrite || IsOwn(path));
    }

    /// <summary>
    /// Returns whether a file is an unchanged report that this class wrote, so that nightly runs can replace their own reports. The last line of a report is a
    /// comment with the hash of all content before this line.
    /// </summary>
    public static bool IsOwn(string path) => OnFailure.Return(false, () =>
    {
        ReadOnlySpan<byte> content = File.Exists(path) ? RegularFile.ReadAllBytes(path, LongestOwn) : [];
        var length = content.Length - MarkLength;
        return length > 0 && content[length..].SequenceEqual(Mark(content[..length]));
    });

    /// <summary>Creates the folder and checks that the file can be written, before the tests run.</summary>
    /// <inheritdoc cref="Write"/>
    public static void Check(string path) => AtomicFile.Check(path, WeightFileErrors.CannotWrite);

    private static byte[] Mark(ReadOnlySpan<byte> content) => Encoding.ASCII.GetBytes($"\n<!-- TinySora {XxHash128.HashToUInt128(content):x32} -->\n");

    private static XElement JUnit(IReadOnlyList<ModelTestResult> results, IEnumerable<(string Name, List<ModelTestResult> Cases)> suites) => new(
        "testsuites", JUnitCounts(results), suites.Select(suite => new XElement(
            "testsuite", new XAttribute("name", Clean(suite.Name)), JUnitCounts(suite.Cases), suite.Cases.Select(result => new XElement(
                "testcase", new XAttribute("classname", Clean(Path.GetFileNameWithoutExtension(suite.Name))), new XAttribute("name", Name(result)),
                new XAttribute("time", Seconds([result])),
                result.Passed ? null : new XElement("failure", new XAttribute("message", Clean(result.Failures[0])), Failures(result)))))));

    private static XElement NUnit(IReadOnlyList<ModelTestResult> results, List<(string Name, List<ModelTestResult> Cases)> suites) => new(
        "test-run", new XAttribute("id", 0), NUnitCounts(results), suites.Select((suite, number) => new XElement(
            "test-suite", new XAttribute("type", "TestSuite"), new XAttribute("id", Id(number)), new XAttribute("name", Clean(suite.Name)),
            new XAttribute("fullname", Clean(suite.Name)), NUnitCounts(suite.Cases), suite.Cases.Select((result, index) => new XElement(
                "test-case", new XAttribute("id", $"{Id(number)}-{index}"), new XAttribute("name", Name(result)),
                new XAttribute("fullname", $"{Clean(suite.Name)}.{Name(result)}"), Outcome([result]), new XAttribute("duration", Seconds([result])),
                result.Passed ? null : new XElement("failure", new XElement("message", Failures(result))))))));

    private static XAttribute[] JUnitCounts(IReadOnlyList<ModelTestResult> results) =>
    [
        new("tests", results.Count), new("failures", results.Count(result => !result.Passed)), new("time", Seconds(results)),
    ];

    private static XAttribute[] NUnitCounts(IReadOnlyList<ModelTestResult> results) =>
    [
        new("testcasecount", results.Count), Outcome(results), new("total", results.Count), new("passed", results.Count(result => result.Passed)),
        new("failed", results.Count(result => !result.Passed)), new("inconclusive", 0), new("skipped", 0), new("asserts", 0),
        new("duration", Seconds(results)),
    ];

    private static XAttribute Outcome(IReadOnlyList<ModelTestResult> results) => new("result", results.All(result => result.Passed) ? "Passed" : "Failed");

    private static string Id(int suite) => FormattableString.Invariant($"1-{suite}");

    private static string Name(ModelTestResult result) => Clean(FormattableString.Invariant($"row {result.Row}: {result.Prompt} (seed {result.Seed})"));

    private static string Failures(ModelTestResult result) => Clean(string.Join("\n", result.Failures));

    private static string Seconds(IEnumerable<ModelTestResult> results) =>
        results.Sum(result => result.Elapsed.TotalSeconds).ToString("0.000", CultureInfo.InvariantCulture);

    private static string Clean(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\uFFFD" : rune.ToString()));
}

public enum TestReportFormat
{
    JUnit,

    NUnit,
}
