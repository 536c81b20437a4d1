using System.Management.Automation.Internal;

namespace System.Management.Automation;

/// <summary>Makes a property a parameter, in one parameter set or in all of them.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = true)]
public sealed class ParameterAttribute : ParsingBaseAttribute
{
    /// <summary>The set name that stands for every set.</summary>
    public const string AllParameterSets = "__AllParameterSets";

    private string setName = AllParameterSets;

    /// <summary>Place on the command line counted from 0; negative: by name only.</summary>
    public int Position { get; set; } = int.MinValue;

    public string ParameterSetName
    {
        get => setName;
        set => setName = string.IsNullOrEmpty(value) ? AllParameterSets : value;
    }

    public bool Mandatory { get; set; }

    public bool ValueFromPipeline { get; set; }

    public bool ValueFromPipelineByPropertyName { get; set; }

    /// <summary>Hides the parameter from help and completion.</summary>
    public bool DontShow { get; set; }
}
