using System.Reflection;
using System.Runtime.CompilerServices;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Tests;

/// <summary>
/// Initializes the static fields of the changed code and of the tests before `build.sh mutate` tests the first change. Stryker tests all changes in one
/// process, so otherwise a change would remain in effect in these fields for all later changes, and make their tests fail.
/// </summary>
internal static class InitializedStatics
{
    [ModuleInitializer]
    internal static void Initialize()
    {
        var engine = typeof(TinySoraException).Assembly;
        var control = engine.GetTypes().FirstOrDefault(type => type.Name == "MutantControl");
        if (control == null || Field("CaptureCoverage").GetValue(null) is true)
        {
            return;
        }

        Set(isFileKnown: true, activeChange: -1);
        var tests = typeof(InitializedStatics).Assembly.GetTypes();
        var tested = tests.Select(type => type.Namespace?.Replace(".Tests", "", StringComparison.Ordinal)).ToHashSet();
        foreach (var type in engine.GetTypes().Where(type => tested.Contains(type.Namespace)).Concat(tests).Where(type => !type.ContainsGenericParameters))
        {
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        }

        Set(isFileKnown: false, activeChange: (int)Field("ActiveMutantNotInitValue").GetValue(null)!);

        void Set(bool isFileKnown, int activeChange)
        {
            Field("_mutantFilePathCached").SetValue(null, isFileKnown);
            Field("ActiveMutant").SetValue(null, activeChange);
        }

        FieldInfo Field(string name) =>
            control.GetField(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic) ?? throw new MissingFieldException(control.Name, name);
    }
}
