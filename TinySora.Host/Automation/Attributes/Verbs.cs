namespace System.Management.Automation;

/// <summary>Approved verbs for things every module does; here and below those of the host's own commands.</summary>
public static class VerbsCommon
{
    public const string Format = "Format";
    public const string Get = "Get";
    public const string Select = "Select";
}

/// <summary>Approved verbs for data.</summary>
public static class VerbsData
{
    public const string ConvertFrom = "ConvertFrom";
    public const string ConvertTo = "ConvertTo";
    public const string Export = "Export";
    public const string Import = "Import";
}
