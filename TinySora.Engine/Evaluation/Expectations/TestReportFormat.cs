namespace TinySora.Engine.Evaluation.Expectations;

/// <summary>The XML formats of test reports that build servers read.</summary>
public enum TestReportFormat
{
    /// <summary>What most build servers read.</summary>
    JUnit,

    /// <summary>Version 3 of NUnit's.</summary>
    NUnit,
}
