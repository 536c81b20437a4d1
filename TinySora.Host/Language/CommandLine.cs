namespace TinySora.Host.Language;

/// <summary>One command of a pipeline as typed.</summary>
internal sealed record CommandLine(string Name, IReadOnlyList<CommandElement> Elements);

/// <summary>A part of a command after its name.</summary>
internal abstract record CommandElement;

/// <summary><c>-Name</c> or <c>-Name:value</c>.</summary>
internal sealed record ParameterElement(string Name, bool HasValue = false, object? Value = null) : CommandElement;

/// <summary>A value; whose it is depends on the parameter before it.</summary>
internal sealed record ArgumentElement(object? Value) : CommandElement;
