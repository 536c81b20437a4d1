using System.Reflection;
using TinySora.Help;
using TinySora.PowerShell.Tests.Cmdlets;

namespace TinySora.PowerShell.Tests.Errors;

/// <summary>All errors of the module, created in its load context.</summary>
public static class Catalogue
{
    public static readonly Assembly Engine = Workspace.Cmdlets.SelectMany(c => c.OutputType).Select(t => t.Type?.Assembly).OfType<Assembly>()
        .First(a => a.GetName().Name == "TinySora.Engine");

    public static readonly IReadOnlyList<ErrorEntry> Entries = ErrorCatalogue.Entries(Engine, Workspace.Cmdlets[0].ImplementingType.Assembly);
}
