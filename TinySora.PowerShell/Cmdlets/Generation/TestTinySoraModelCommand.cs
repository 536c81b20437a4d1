using System.Collections;
using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation.Expectations;
using TinySora.Engine.Media;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>Tests a model by generating a clip for each table row, and comparing it with the expectations in the row.</summary>
[Cmdlet(VerbsDiagnostic.Test, "TinySoraModel", SupportsShouldProcess = true, DefaultParameterSetName = FileSet,
    HelpUri = HelpPages.Root + "Test-TinySoraModel.md")]
[OutputType(typeof(ModelTestResult))]
public sealed class TestTinySoraModelCommand : EvaluationCmdlet
{
    private const string FileSet = "File";
    private const string RowsSet = "Rows";

    /// <summary>Scripts that check the clip of a row in addition to the row's cells, by row number.</summary>
    private readonly Dictionary<int, ScriptBlock> scripts = [];

    private readonly List<ModelTestResult> results = [];
    private readonly List<TinySoraException> shortfalls = [];
    private IReadOnlyList<Expectation>? fromFile;
    private ExpectationTable? piped;
    private int rows;
    private string? report;

    [Parameter(Position = 0, ParameterSetName = FileSet, ValueFromPipeline = true)]
    [Parameter(Position = 0, ParameterSetName = RowsSet)]
    [Alias("ModelPath")]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    [CheckpointPath]
    [ValidateNotNullOrEmpty]
    public string? Checkpoint { get; set; }

    [Parameter(Position = 1, Mandatory = true, ParameterSetName = FileSet)]
    [PathOf("Path", "FullName")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = RowsSet, ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? Expect { get; set; }

    [Parameter]
    [ValidateRange(0.0, 1.0)]
    [Number]
    public double? MinShare { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReportPath { get; set; }

    [Parameter]
    public TestReportFormat? ReportFormat { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void BeginProcessing()
    {
        report = ReportPath is null ? null : Require(() => Absolute(ReportPath) is var path && TestReport.IsOwn(path) ? path : OutputFile(ReportPath, Force));
        if (report is not null && ShouldProcess(report, "Write the results as a report"))
        {
            Require(() => TestReport.Check(report));
        }
        else
        {
            report = null;
        }

        fromFile = ParameterSetName == FileSet ? Require(() => ExpectationTable.Read(Absolute(Path!), Seed, Expect is not null)) : null;
    }

    private ExpectationTable Piped => piped ??= new ExpectationTable("the rows of the pipeline", Absolute, Seed);

    protected override void ProcessRecord()
    {
        if (ParameterSetName == RowsSet)
        {
            Require(() => Take(PipedObject.Of(InputObject, ++rows)));
            return;
        }

        Test(fromFile!);
    }

    protected override void EndProcessing()
    {
        if (ParameterSetName == RowsSet)
        {
            Test(Require(() => Piped.Rows)); // throws if there are no rows, because an empty table must not pass
        }

        if (report is not null && results.Count > 0)
        {
            Try(() => TestReport.Write(report, ReportFormat ?? TestReport.FormatOf(report), results, overwrite: Force));
        }

        // Write this last, because an error may end the script.
        shortfalls.ForEach(shortfall => WriteError(ErrorRecords.From(shortfall)));
    }

    /// <summary>Writes the result of a row after running its scripts, which must run on the pipeline's thread.</summary>
    private protected override void WriteResult(object value)
    {
        var (result, clip) = ((ModelTestResult, Clip))value;
        foreach (var script in new[] { Expect, scripts.GetValueOrDefault(result.Row) }.OfType<ScriptBlock>())
        {
            if (Failure(script, result, clip) is string failure)
            {
                result = result with { Failures = [.. result.Failures, failure] };
            }
        }

        results.Add(result);
        WriteObject(result);
    }

    /// <summary>Returns the reason why a script rejects a clip; <c>null</c> if the clip passes.</summary>
    private static string? Failure(ScriptBlock script, ModelTestResult result, Clip clip)
    {
        try
        {
            var said = script.InvokeWithContext(null, [new PSVariable("_", result)], clip);
            return said.All(LanguagePrimitives.IsTrue) ? null : $"Expect: {{{script.ToString().Trim()}}} is false";
        }
        catch (RuntimeException e) when (!ErrorRecords.IsFlowControl(e))
        {
            return $"Expect: {e.Message}";
        }
    }

    /// <summary>Adds a row from the pipeline. Errors in the row are reported together with those in other rows. A line of text is a prompt.</summary>
    private void Take(PipedObject row)
    {
        var cells = row.IsText
            ? [KeyValuePair.Create(nameof(Expectation.Prompt), row.Input?.BaseObject)]
            : row.Input!.Properties.Where(cell => cell.IsGettable).Select(cell => KeyValuePair.Create(cell.Name, CellAttribute.Plain(cell.Value))).ToList();
        if (cells.FirstOrDefault(cell => cell.Key.Equals(nameof(Expect), StringComparison.OrdinalIgnoreCase)).Value is ScriptBlock script)
        {
            scripts[rows] = script;
        }

        Piped.CheckColumns($"row {rows}", cells.Select(cell => cell.Key));
        Piped.Add($"row {rows}", cells.Select(cell => KeyValuePair.Create(cell.Key, Cell(cell.Value))), scripts.ContainsKey(rows) || Expect is not null);
    }

    /// <summary>Converts a value to the text of a table cell.</summary>
    private static string Cell(object? value) => CellAttribute.Plain(value) switch
    {
        null => "",
        string text => text,
        IEnumerable several => string.Join(" ", several.Cast<object?>().Select(Cell)),
        var other => LanguagePrimitives.ConvertTo<string>(other),
    };

    private void Test(IReadOnlyList<Expectation> table)
    {
        var before = results.Count;
        var bundled = BundledModels.For([.. table.Select(row => row.Prompt)]);
        var isTested = Evaluate(Checkpoint, "Testing a model", table.Count, bundled, (generator, settings, progress, cancellation) =>
            ModelTest.Run(generator, table, settings, progress, cancellation).Cast<object>());
        var passed = results.Skip(before).Count(result => result.Passed);
        if (isTested && (double)passed / table.Count < MinShare)
        {
            shortfalls.Add(EvaluationErrors.TooFewPassed(results[^1].Checkpoint, passed, table.Count, MinShare.Value));
        }
    }
}
