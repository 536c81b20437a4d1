namespace SampleCmdlets;

public enum Finish
{
    Rough,
    Polished,
    Painted,
}

/// <summary>What New-Thing makes; no public constructor without parameters, as for every type that a pipeline takes.</summary>
public sealed record Thing(string Name, int Size, Finish Finish);

/// <summary>Has a table view in the format file.</summary>
public sealed record Measured(string Name, double Mass);

/// <summary>Has a list view in the format file.</summary>
public sealed record Described(string Text);

/// <summary>More properties than a table shows.</summary>
public sealed record Wide(int A, int B, int C, int D, int E, int F, int G);
