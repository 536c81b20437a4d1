namespace TinySora.Engine.Formats.PyTorch;

/// <summary>
/// The operations of Python's pickle format that protocols 2 to 5 write for plain data (CPython, Lib/pickletools.py). Operations that create objects of
/// other classes, access registries or use external data are rejected, and most of them are omitted here.
/// </summary>
internal enum PickleOpcode : byte
{
    Proto = 0x80,
    Frame = 0x95,
    Stop = (byte)'.',
    Mark = (byte)'(',
    Pop = (byte)'0',
    PopMark = (byte)'1',
    Put = (byte)'q',
    LongPut = (byte)'r',
    Memoize = 0x94,
    Get = (byte)'h',
    LongGet = (byte)'j',

    None = (byte)'N',
    True = 0x88,
    False = 0x89,
    Int = (byte)'J',
    Int1 = (byte)'K',
    Int2 = (byte)'M',
    Long1 = 0x8A,
    Long4 = 0x8B,
    Float = (byte)'G',
    ShortPython2String = (byte)'U',
    Python2String = (byte)'T',
    ShortUnicode = 0x8C,
    Unicode = (byte)'X',
    Unicode8 = 0x8D,
    ShortBytes = (byte)'C',
    Bytes = (byte)'B',
    Bytes8 = 0x8E,
    ByteArray8 = 0x96,

    EmptyTuple = (byte)')',
    Tuple = (byte)'t',
    Tuple1 = 0x85,
    Tuple2 = 0x86,
    Tuple3 = 0x87,
    EmptyList = (byte)']',
    List = (byte)'l',
    Append = (byte)'a',
    Appends = (byte)'e',
    EmptyDictionary = (byte)'}',
    Dictionary = (byte)'d',
    SetItem = (byte)'s',
    SetItems = (byte)'u',
    EmptySet = 0x8F,
    AddItems = 0x90,
    FrozenSet = 0x91,

    Global = (byte)'c',
    StackGlobal = 0x93,
    Reduce = (byte)'R',
    NewObject = 0x81,
    Build = (byte)'b',
    PersistentId = (byte)'Q',

    // These are rejected with an error that names the function they would call.
    Instance = (byte)'i',
    Object = (byte)'o',
    NewObjectByKeywords = 0x92,
}
