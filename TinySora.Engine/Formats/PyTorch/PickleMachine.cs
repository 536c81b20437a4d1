using TinySora.Engine.Errors;

namespace TinySora.Engine.Formats.PyTorch;

/// <summary>
/// The stack machine of Python's pickle format (protocols 2 to 5), restricted to data. Names have the meaning defined in <see cref="PickleGlobals"/>, using
/// any other name is rejected, and memory use is proportional to the file size.
/// </summary>
/// <param name="source">Stream at the start of the pickle. It is left just after the end of the pickle.</param>
/// <param name="path">Path of the file to name in messages.</param>
/// <param name="holdsStorages">Whether the pickle may contain storages as embedded files.</param>
internal sealed class PickleMachine(Stream source, string path, bool holdsStorages = false)
{
    /// <summary>Maximum number of values in one pickle. A state dict has about twenty values per tensor.</summary>
    private const int MaxValues = 2_000_000;

    private readonly PickleReader reader = new(source);
    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = [];
    private readonly List<object?> memo = [];
    private long valuesMade;

    /// <summary>All storages that the pickle refers to; a key may occur more than once.</summary>
    public List<PickledStorage> Storages { get; } = [];

    /// <summary>Runs one pickle to its end.</summary>
    /// <exception cref="TinySoraException">RunsCode: the pickle would call or modify something that is not data.</exception>
    /// <exception cref="InvalidDataException">The pickle is invalid or too large.</exception>
    /// <exception cref="EndOfStreamException">The pickle is truncated.</exception>
    public object? Load()
    {
        if ((PickleOpcode)reader.Byte() != PickleOpcode.Proto || reader.Byte() is < 2 or > 5)
        {
            throw new InvalidDataException("it does not begin with a pickle of protocol 2 to 5");
        }

        while (true)
        {
            var opcode = (PickleOpcode)reader.Byte();
            if (opcode == PickleOpcode.Stop)
            {
                return Pop();
            }

            Execute(opcode);
        }
    }

    private void Execute(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Proto: reader.Byte(); break;
            case PickleOpcode.Frame: reader.ULong(); break;
            case PickleOpcode.Mark: marks.Push(stack.Count); Charge(1); break;
            case PickleOpcode.Pop: Pop(); break;
            case PickleOpcode.PopMark: PopToMark(); break;
            case PickleOpcode.Put: Remember(reader.Byte()); break;
            case PickleOpcode.LongPut: Remember(reader.UInt()); break;
            case PickleOpcode.Memoize: Remember((uint)memo.Count); break;
            case PickleOpcode.Get: Push(Remembered(reader.Byte())); break;
            case PickleOpcode.LongGet: Push(Remembered(reader.UInt())); break;

            case PickleOpcode.None: Push(null); break;
            case PickleOpcode.True: Push(true); break;
            case PickleOpcode.False: Push(false); break;
            case PickleOpcode.Int: Push((long)(int)reader.UInt()); break;
            case PickleOpcode.Int1: Push((long)reader.Byte()); break;
            case PickleOpcode.Int2: Push((long)reader.UShort()); break;
            case PickleOpcode.Long1: PushInteger(reader.Byte()); break;
            case PickleOpcode.Long4: PushInteger(reader.UInt()); break;
            case PickleOpcode.Float: Push(reader.Double()); break;
            case PickleOpcode.ShortPython2String or PickleOpcode.ShortUnicode: Push(reader.Text(reader.Byte())); break;
            case PickleOpcode.Python2String or PickleOpcode.Unicode: Push(reader.Text(reader.UInt())); break;
            case PickleOpcode.Unicode8: Push(reader.Text(reader.ULong())); break;
            case PickleOpcode.ShortBytes: Push(reader.Bytes(reader.Byte())); break;
            case PickleOpcode.Bytes: Push(reader.Bytes(reader.UInt())); break;
            case PickleOpcode.Bytes8 or PickleOpcode.ByteArray8: Push(reader.Bytes(reader.ULong())); break;

            case PickleOpcode.EmptyTuple: Push(Array.Empty<object?>()); break;
            case PickleOpcode.Tuple: Push(PopToMark().ToArray()); break;
            case PickleOpcode.Tuple1: Push(PopLast(1)); break;
            case PickleOpcode.Tuple2: Push(PopLast(2)); break;
            case PickleOpcode.Tuple3: Push(PopLast(3)); break;
            case PickleOpcode.EmptyList or PickleOpcode.EmptySet: Push(new List<object?>()); break;
            case PickleOpcode.List or PickleOpcode.FrozenSet: Push(PopToMark()); break;
            case PickleOpcode.Append: Append([Pop()]); break;
            case PickleOpcode.Appends or PickleOpcode.AddItems: Append(PopToMark()); break;
            case PickleOpcode.EmptyDictionary: Push(new PickledDictionary()); break;
            case PickleOpcode.Dictionary: var items = PopToMark(); Push(new PickledDictionary()); SetItems(items); break;
            case PickleOpcode.SetItem: SetItems(PopLast(2)); break;
            case PickleOpcode.SetItems: SetItems(PopToMark()); break;

            case PickleOpcode.Global: Push(Global($"{reader.Line()}.{reader.Line()}")); break;
            case PickleOpcode.StackGlobal: Push(StackGlobal()); break;
            case PickleOpcode.Reduce or PickleOpcode.NewObject: var call = PopLast(2); Push(InertObjects.Attribute(call) ?? Call(call)); break;
            case PickleOpcode.Build: Build(Pop()); break;
            case PickleOpcode.PersistentId: Push(Storage(Pop())); break;
            default: throw Unneeded(opcode);
        }
    }

    private object Global(string name)
    {
        Charge(Weight(name));
        return PickleGlobals.Find(name)
            ?? (holdsStorages && name == RawPickle.StorageFunction ? new PickledFunction(name, args => RawPickle.Storage(args, path)) : null)
            ?? (object)new PickledName(name);
    }

    private object StackGlobal() => PopLast(2) is [string module, string name]
        ? Global($"{module}.{name}")
        : throw new InvalidDataException("it refers to a Python object without giving its name");

    /// <summary>Returns a value that an operation calls, changes or uses as a type. A name without a known meaning is rejected.</summary>
    private object? Target(object? value) => value is PickledName { Name: var name } ? throw WeightFileErrors.RunsCode(path, name) : value;

    /// <summary>Returns the error for an operation that plain data does not need, with the name of the function that it would call, if any.</summary>
    private InvalidDataException Unneeded(PickleOpcode opcode)
    {
        Target(opcode switch
        {
            PickleOpcode.Instance => Global($"{reader.Line()}.{reader.Line()}"),
            PickleOpcode.Object when marks.TryPeek(out var mark) => stack.ElementAtOrDefault(mark),
            PickleOpcode.NewObjectByKeywords => stack.ElementAtOrDefault(stack.Count - 3),
            _ => null,
        });
        return new InvalidDataException($"it contains the operation 0x{(byte)opcode:X2}, which plain data does not need");
    }

    private object? Call(object?[] functionAndArguments)
    {
        Target(functionAndArguments[0]);
        if (functionAndArguments is not [PickledFunction function, object?[] arguments])
        {
            throw new InvalidDataException("it calls a value that is not a function");
        }

        foreach (var argument in function.RefusesNames ? arguments : [])
        {
            Target(argument);
        }

        Charge(arguments.Sum(Weight) + arguments.Length);
        return function.Call(arguments);
    }

    private void Build(object? state)
    {
        if (Target(Top()) is not IPickledObject target)
        {
            throw new InvalidDataException("it sets attributes of a value that cannot have any");
        }

        Charge(Weight(state));
        target.SetState(state);
    }

    /// <summary>Returns the number of items that copying a value would create, because a stored value can be used any number of times.</summary>
    private static long Weight(object? value) => value switch
    {
        string text => text.Length / 16,
        byte[] bytes => bytes.Length / 16,
        object?[] tuple => tuple.Length,
        List<object?> list => list.Count,
        PickledDictionary dictionary => dictionary.Items.Count,
        _ => 0,
    };

    /// <summary>Returns the storage of a PyTorch reference: type, key, device and number of elements; in old files, a view or None follows.</summary>
    private PickledStorage Storage(object? id)
    {
        if (id is not object?[] { Length: 5 or 6 } parts
            || Target(parts[1]) is not PickledStorageType type
            || parts is not ["storage", _, string key, string, long and >= 0 and var count, ..]
            || (parts.Length == 6 && parts[5] is not null))
        {
            throw new InvalidDataException("it refers to external data in an unknown format");
        }

        var storage = new PickledStorage(key, type.Type, count) { Unsupported = type.Unsupported };
        Storages.Add(storage);
        return storage;
    }

    private void Append(List<object?> items)
    {
        switch (Target(Top()))
        {
            case List<object?> list: list.AddRange(items); break;
            case PickledInert: break;
            default: throw new InvalidDataException("it adds items to a value that is not a list");
        }
    }

    private void SetItems(IReadOnlyList<object?> items)
    {
        var target = Target(Top());
        if (target is not (PickledDictionary or PickledInert) || items.Count % 2 != 0)
        {
            throw new InvalidDataException("it adds items to a value that is not a dictionary");
        }

        for (var i = 0; target is PickledDictionary dictionary && i < items.Count; i += 2)
        {
            dictionary.Items.Add((items[i], items[i + 1]));
        }
    }

    private void Push(object? value)
    {
        Charge(1);
        stack.Add(value);
    }

    private void Charge(long values)
    {
        valuesMade += values;
        if (valuesMade > MaxValues)
        {
            throw new InvalidDataException($"it describes more than {MaxValues:N0} values");
        }
    }

    /// <summary>Checks that there are enough values above the last mark. Values below the mark cannot be reached until it is removed.</summary>
    private void Need(int count)
    {
        if (stack.Count - (marks.Count > 0 ? marks.Peek() : 0) < count)
        {
            throw new InvalidDataException("it removes more values from its stack than the stack contains");
        }
    }

    private object? Top()
    {
        Need(1);
        return stack[^1];
    }

    private object? Pop() => PopLast(1)[0];

    private object?[] PopLast(int count)
    {
        Need(count);
        var values = stack[^count..].ToArray();
        stack.RemoveRange(stack.Count - count, count);
        return values;
    }

    private List<object?> PopToMark()
    {
        var mark = marks.TryPop(out var position) ? position : throw new InvalidDataException("it refers to a mark on its stack that does not exist");
        var values = stack[mark..];
        stack.RemoveRange(mark, stack.Count - mark);
        return values;
    }

    /// <summary>Stores a value in the memo. Python numbers entries from 0, old versions from 1; larger gaps are rejected.</summary>
    private void Remember(uint index)
    {
        if (index > memo.Count + 1)
        {
            throw new InvalidDataException($"it stores value {index} in its memo, which contains only {memo.Count} values");
        }

        Charge(1);
        while (memo.Count <= index)
        {
            memo.Add(null);
        }

        memo[(int)index] = Top();
    }

    private object? Remembered(uint index) =>
        index < memo.Count ? memo[(int)index] : throw new InvalidDataException($"it reads value {index} from its memo, which it has not stored");

    private void PushInteger(ulong length)
    {
        var number = reader.Integer(length);
        if (number >= long.MinValue && number <= long.MaxValue)
        {
            Push((long)number);
        }
        else
        {
            Push(number);
        }
    }
}
