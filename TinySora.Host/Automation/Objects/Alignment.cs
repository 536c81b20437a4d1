namespace System.Management.Automation;

/// <summary>The side of a column that text stands on.</summary>
public enum Alignment
{
    Undefined = 0,
    Left = 1,
    Center = 2,
    Right = 3,
}
