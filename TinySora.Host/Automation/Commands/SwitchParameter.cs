namespace System.Management.Automation;

/// <summary>A parameter that is set by being named.</summary>
public struct SwitchParameter : IEquatable<SwitchParameter>
{
    public SwitchParameter(bool isPresent) => IsPresent = isPresent;

    public bool IsPresent { get; }

    public static implicit operator bool(SwitchParameter switchParameter) => switchParameter.IsPresent;

    // Conversion finds it by reflection.
    public static implicit operator SwitchParameter(bool value) => new(value);

    public static bool operator ==(SwitchParameter first, SwitchParameter second) => first.IsPresent == second.IsPresent;

    public static bool operator !=(SwitchParameter first, SwitchParameter second) => first.IsPresent != second.IsPresent;

    bool IEquatable<SwitchParameter>.Equals(SwitchParameter other) => IsPresent == other.IsPresent;

    public override bool Equals(object? obj) => obj switch
    {
        SwitchParameter other => IsPresent == other.IsPresent,
        bool value => IsPresent == value,
        _ => false,
    };

    public override int GetHashCode() => IsPresent.GetHashCode();

    public override string ToString() => IsPresent.ToString();
}
