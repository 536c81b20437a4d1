using System.Xml.Linq;

namespace TinySora.Build;

/// <summary>Counts the tests of one or more test programs.</summary>
/// <param name="Failures">The name, message and stack trace of each failed test.</param>
internal sealed record TestResults(int Passed, int Skipped, params IReadOnlyList<string> Failures)
{
    internal static TestResults None { get; } = new(0, 0);

    public static TestResults operator +(TestResults a, TestResults b) => new(a.Passed + b.Passed, a.Skipped + b.Skipped, [.. a.Failures, .. b.Failures]);

    /// <summary>Reads the TRX file of a test program.</summary>
    /// <param name="running">File with the name of the test that was running when the program ended; empty if none was.</param>
    /// <returns>An additional failure if the program crashed.</returns>
    internal static TestResults Read(string path, string running)
    {
        var results = Read(path);
        return File.ReadAllText(running) is { Length: > 0 } test ? results + new TestResults(0, 0, $"{test}: the test program crashed or hung.") : results;
    }

    private static TestResults Read(string path)
    {
        if (!File.Exists(path))
        {
            return new(0, 0, $"{Path.GetFileName(path)}: the test program crashed or hung before it wrote its results.");
        }
        var tests = XDocument.Load(path).Descendants().Where(e => e.Name.LocalName == "UnitTestResult").ToLookup(e => (string?)e.Attribute("outcome"));
        return new(tests["Passed"].Count(), tests["NotExecuted"].Count(), [.. tests["Failed"].Select(Failure)]);

        static string Failure(XElement test) => $"{(string?)test.Attribute("testName")}: {Text(test, "Message")}\n{Text(test, "StackTrace")}";

        static string Text(XElement test, string name) => string.Join('\n', test.Descendants().Where(e => e.Name.LocalName == name).Select(e => e.Value));
    }

    /// <summary>Prints the failures, and then the last line of a test run.</summary>
    /// <remarks>The failures come last because the output of several test programs is mixed and long.</remarks>
    /// <returns>The exit code.</returns>
    internal int Report()
    {
        foreach (var failure in Failures)
        {
            Console.WriteLine($"FAILED {failure}\n");
        }
        Console.WriteLine(this);
        return Failures.Count == 0 ? 0 : 1;
    }

    public override string ToString() => $"{Passed} passed, {Failures.Count} failed" + (Skipped > 0 ? $", {Skipped} skipped" : "");
}
