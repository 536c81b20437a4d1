using System.Reflection;
using System.Runtime.Loader;

namespace TinySora.PowerShell.Tests.Host;

/// <summary>The host's System.Management.Automation is a part of PowerShell's: same names, signatures and numbers.</summary>
public sealed class ApiTests
{
    private static readonly Assembly Ours = typeof(System.Management.Automation.Cmdlet).Assembly;

    private static readonly Assembly Theirs = new AssemblyLoadContext("reference")
        .LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, "Reference", "System.Management.Automation.dll"));

    public static TheoryData<string> Types => new(Ours.GetExportedTypes().Select(t => t.FullName!));

    // Stands for a class of PowerShell that cmdlets only name.
    private const string StandIn = "System.Management.Automation.Language.CommandAst";

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_public_member_is_PowerShells(string type)
    {
        var ours = Ours.GetType(type, throwOnError: true)!;
        var theirs = Theirs.GetType(type);
        Assert.True(theirs is not null, $"{type} is not in PowerShell.");
        Assert.Equal(theirs.IsInterface, ours.IsInterface);
        Assert.Equal(theirs.IsValueType, ours.IsValueType);
        if (type != StandIn)
        {
            Assert.Equal(theirs.BaseType?.ToString(), ours.BaseType?.ToString()); // Full names of generic types hold the version.
        }

        HashSet<string> known = [.. Members(theirs)];
        Assert.All(Members(ours), member => Assert.Contains(member, known));
    }

    private static IEnumerable<string> Members(Type type)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;
        var constants = type.GetFields(all).Where(f => f.IsPublic && f.IsLiteral).Select(f => $"{f.Name} = {f.GetRawConstantValue()}");
        var methods = type.GetMembers(all).OfType<MethodBase>()
            .Where(m => (m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly) && m.DeclaringType!.Assembly == type.Assembly
                && (m as MethodInfo)?.GetBaseDefinition().DeclaringType != typeof(object))
            .Select(m => $"{(m as MethodInfo)?.ReturnType.Name ?? "Void"} {m.Name}({string.Join(", ", m.GetParameters().Select(p => p.ParameterType.Name))})");
        return constants.Concat(methods);
    }
}
