using System.Management.Automation;
using System.Reflection;

namespace TinySora.PowerShell.Tests.Shell;

/// <summary>Helpers around PowerShell's metadata of a cmdlet.</summary>
internal static class CmdletInfos
{
    extension(CmdletInfo cmdlet)
    {
        /// <summary>Returns the visible parameters that a cmdlet declares itself.</summary>
        public IEnumerable<ParameterMetadata> Own => cmdlet.Parameters.Values
            .Where(p => !Cmdlet.CommonParameters.Contains(p.Name) && !Cmdlet.OptionalCommonParameters.Contains(p.Name)
                && !p.Attributes.OfType<ParameterAttribute>().All(attribute => attribute.DontShow));

        public CmdletAttribute Attribute => cmdlet.ImplementingType.GetCustomAttribute<CmdletAttribute>()!;
    }

    extension(ParameterMetadata parameter)
    {
        public IEnumerable<string> Names => parameter.Aliases.Prepend(parameter.Name);
    }
}
