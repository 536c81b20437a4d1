using System.Collections;
using System.Management.Automation;

namespace SampleCmdlets;

/// <summary>One parameter per type of value; writes the one that was bound.</summary>
[Cmdlet(VerbsCommon.Show, "Value")]
public sealed class ShowValueCommand : PSCmdlet
{
    [Parameter] public long Long { get; set; }

    [Parameter] public double Double { get; set; }

    [Parameter] public bool Bool { get; set; }

    [Parameter] public TimeSpan TimeSpan { get; set; }

    [Parameter] public int? Nullable { get; set; }

    [Parameter] public FileInfo? File { get; set; }

    [Parameter] public int[]? Ints { get; set; }

    [Parameter] public List<string>? Texts { get; set; }

    [Parameter] public Hashtable? Table { get; set; }

    [Parameter] public object? Anything { get; set; }

    [Parameter] public string? Text { get; set; }

    [Parameter] public Uri? Address { get; set; }

    [Parameter] public DateTime Time { get; set; }

    [Parameter, ValidateNotNullOrEmpty] public string? Filled { get; set; }

    [Parameter, ValidatePattern("^[a-z]+$")] public string? Lower { get; set; }

    [Parameter, Doubled] public int Doubled { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var value in MyInvocation.BoundParameters.Values)
        {
            WriteObject(value);
        }
    }
}

/// <summary>Changes what is typed before it is converted.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DoubledAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        int.TryParse(inputData.ToString(), out var number)
            ? number * 2
            : throw new ArgumentTransformationMetadataException($"'{inputData}' cannot be doubled.");
}
