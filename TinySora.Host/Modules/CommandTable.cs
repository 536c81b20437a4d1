using System.Management.Automation;
using TinySora.Host.Binding;

namespace TinySora.Host.Modules;

/// <summary>All commands by name and alias.</summary>
internal sealed class CommandTable(IReadOnlyList<CmdletDefinition> cmdlets)
{
    private readonly Dictionary<string, CmdletDefinition> byName = cmdlets
        .SelectMany(c => c.Aliases.Prepend(c.Name).Select(name => (Name: name, Cmdlet: c)))
        .GroupBy(c => c.Name, StringComparer.OrdinalIgnoreCase)
        .ToDictionary(g => g.Key, g => g.First().Cmdlet, StringComparer.OrdinalIgnoreCase);

    /// <summary>In name order.</summary>
    public IEnumerable<CmdletDefinition> All => cmdlets.OrderBy(c => c.Name, StringComparer.OrdinalIgnoreCase);

    /// <exception cref="CommandNotFoundException">There is no such command.</exception>
    public CmdletDefinition Find(string name) => byName.GetValueOrDefault(name)
        ?? throw new CommandNotFoundException(
            $"The term '{name}' is not recognized as a name of a cmdlet.{Nearest.Hint(name, byName.Keys)} " +
            "Get-Command lists them all.")
        { CommandName = name };
}
