using System.Management.Automation.Internal;

namespace System.Management.Automation;

/// <summary>Says in help that the parameter takes wildcards.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class SupportsWildcardsAttribute : ParsingBaseAttribute;
