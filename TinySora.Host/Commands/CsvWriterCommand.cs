namespace TinySora.Commands;

/// <summary>What Export-Csv and ConvertTo-Csv have in common: the first object says which columns there are.</summary>
public abstract class CsvWriterCommand : PSCmdlet
{
    private IReadOnlyList<string>? names;

    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 1)]
    public char Delimiter { get; set; } = ',';

    [Parameter]
    [Alias("UQ")]
    public QuoteKind UseQuotes { get; set; } = QuoteKind.Always;

    [Parameter]
    public SwitchParameter NoHeader { get; set; }

    [Parameter]
    [Alias("ITI")]
    public SwitchParameter IncludeTypeInformation { get; set; }

    /// <summary>A switch without effect, since no type information is written; older scripts still give it.</summary>
    [Parameter]
    [Alias("NTI")]
    public SwitchParameter NoTypeInformation { get; set; }

    protected abstract void WriteLine(string line);

    /// <summary>The columns of a table that is gone on with, which has its header already.</summary>
    protected void GoOnWith(IReadOnlyList<string> columns) => names = columns;

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            return;
        }

        if (names is null)
        {
            names = CsvText.Names(InputObject);
            if (IncludeTypeInformation)
            {
                WriteLine($"#TYPE {InputObject.TypeNames[0]}");
            }

            if (!NoHeader)
            {
                WriteLine(CsvText.Row(names, Delimiter, UseQuotes));
            }
        }

        WriteLine(CsvText.Row(InputObject, names, Delimiter, UseQuotes));
    }
}
