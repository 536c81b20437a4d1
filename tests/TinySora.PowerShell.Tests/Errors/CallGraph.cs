using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace TinySora.PowerShell.Tests.Errors;

/// <summary>
/// Computes from compiled code which methods of some assemblies can call which others. It overestimates: a call of an interface or virtual
/// method counts as a call of every implementation, from anywhere on the way, and values are unknown.
/// </summary>
public sealed class CallGraph
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly OpCode[] OneByte = new OpCode[256];
    private static readonly OpCode[] TwoBytes = new OpCode[256];

    private readonly HashSet<Assembly> assemblies;
    private readonly Dictionary<MethodBase, List<MethodBase>> overriders = [];
    private readonly ConcurrentDictionary<MethodBase, Uses> known = [];

    static CallGraph()
    {
        foreach (var field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var code = (OpCode)field.GetValue(null)!;
            (code.Size == 1 ? OneByte : TwoBytes)[code.Value & 0xff] = code;
        }
    }

    public CallGraph(IEnumerable<Assembly> assemblies)
    {
        this.assemblies = [.. assemblies];
        foreach (var type in this.assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type => !type.IsInterface))
        {
            foreach (var method in type.GetMethods(Declared).Where(method => method.IsVirtual))
            {
                Add(method.GetBaseDefinition(), method);
            }

            foreach (var map in type.GetInterfaces().Where(IsOurs).Where(_ => !type.IsGenericTypeDefinition).Select(type.GetInterfaceMap))
            {
                for (var i = 0; i < map.InterfaceMethods.Length; i++)
                {
                    Add(map.InterfaceMethods[i], map.TargetMethods[i]);
                }
            }
        }

        void Add(MethodBase from, MethodBase to)
        {
            if (from != to)
            {
                (overriders.TryGetValue(Definition(from), out var list) ? list : overriders[Definition(from)] = []).Add(Definition(to));
            }
        }
    }

    /// <summary>Returns all methods that can be reached.</summary>
    /// <param name="made">Types that have instances from the beginning.</param>
    /// <param name="isOther">Whether the type of a virtual method is outside the analysis.</param>
    public IReadOnlyCollection<MethodBase> Reachable(IEnumerable<MethodBase> roots, IEnumerable<Type> made, Func<Type, bool> isOther)
    {
        var reached = new HashSet<MethodBase>();
        var there = new HashSet<Type>();
        var waiting = new Dictionary<Type, List<MethodBase>>();
        var open = new Stack<MethodBase>();
        foreach (var root in roots)
        {
            Reach(root);
        }

        foreach (var type in made)
        {
            Make(type);
        }

        while (open.TryPop(out var method))
        {
            var uses = known.GetOrAdd(method, Read);
            foreach (var type in uses.Made)
            {
                Make(type);
            }

            foreach (var called in uses.Called)
            {
                Reach(called);
            }
        }

        return reached;

        void Reach(MethodBase method)
        {
            method = Definition(method);
            if (!IsOurs(method.DeclaringType) || isOther(method.DeclaringType!) || !reached.Add(method))
            {
                return;
            }

            open.Push(method);
            foreach (var target in overriders.GetValueOrDefault(method) ?? [])
            {
                var type = target.DeclaringType!;
                if (there.Contains(type))
                {
                    Reach(target);
                }
                else
                {
                    (waiting.TryGetValue(type, out var list) ? list : waiting[type] = []).Add(target);
                }
            }
        }

        void Make(Type? type)
        {
            // Implementations in a base class exist with the class itself.
            for (; type is not null && IsOurs(type); type = type.BaseType)
            {
                type = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
                if (there.Add(type) && waiting.Remove(type, out var targets))
                {
                    targets.ForEach(Reach);
                }
            }
        }
    }

    /// <summary>Returns the definition of a method with type arguments or of a generic type.</summary>
    private static MethodBase Definition(MethodBase method) => method switch
    {
        { DeclaringType: { IsGenericType: true, IsGenericTypeDefinition: false } } => method.Module.ResolveMethod(method.MetadataToken)!,
        MethodInfo { IsGenericMethod: true, IsGenericMethodDefinition: false } generic => generic.GetGenericMethodDefinition(),
        _ => method,
    };

    private bool IsOurs(Type? type) => type is not null && assemblies.Contains(type.Assembly);

    private Uses Read(MethodBase method)
    {
        var uses = new Uses([], []);
        if (method.GetMethodBody()?.GetILAsByteArray() is not byte[] code)
        {
            return uses;
        }

        var ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var operation = code[at] == 0xfe ? TwoBytes[code[at + 1]] : OneByte[code[at]];
            at += operation.Size;
            switch (operation.OperandType)
            {
                case OperandType.InlineMethod:
                    if (method.Module.ResolveMethod(BitConverter.ToInt32(code, at), ofType, ofMethod) is MethodBase called)
                    {
                        Use(called, operation);
                    }

                    break;
                case OperandType.InlineField:
                    if (method.Module.ResolveField(BitConverter.ToInt32(code, at), ofType, ofMethod) is { IsStatic: true } field)
                    {
                        Initialized(field.DeclaringType!);
                    }

                    break;
            }

            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }

        return uses;

        void Use(MethodBase called, OpCode operation)
        {
            uses.Called.Add(called);
            if (operation == OpCodes.Newobj)
            {
                uses.Made.Add(called.DeclaringType!);
                Hidden(called.DeclaringType!);
            }

            if (called.IsStatic)
            {
                Initialized(called.DeclaringType!);
            }

            foreach (var argument in called.IsGenericMethod ? called.GetGenericArguments() : [])
            {
                Hidden(argument);
            }
        }

        // Iterators and asynchronous methods continue in a type that the compiler generates and .NET calls.
        void Hidden(Type type)
        {
            if (IsOurs(type) && type.IsDefined(typeof(CompilerGeneratedAttribute)) && type.IsNested && type.Name.Contains(">d", StringComparison.Ordinal))
            {
                uses.Called.AddRange((type.IsGenericType ? type.GetGenericTypeDefinition() : type).GetMethods(Declared));
            }
        }

        void Initialized(Type type)
        {
            if (IsOurs(type) && (type.IsGenericType ? type.GetGenericTypeDefinition() : type).TypeInitializer is ConstructorInfo initializer)
            {
                uses.Called.Add(initializer);
            }
        }
    }

    private sealed record Uses(List<MethodBase> Called, List<Type> Made);
}
