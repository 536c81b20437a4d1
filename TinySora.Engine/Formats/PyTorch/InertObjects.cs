namespace TinySora.Engine.Formats.PyTorch;

/// <summary>
/// Classes whose objects are stored alongside weights and contain only data, such as dates, paths, arrays, and the states of generators, optimizers and
/// schedulers. The constructor arguments and the state of such an object are skipped without executing anything.
/// </summary>
internal static class InertObjects
{
    /// <summary>Name of the torch module in a stored memory format. Memory formats are attributes of the module.</summary>
    private const string TorchModule = "torch._utils.torch";

    /// <summary>Maximum length of a name, because many long names could exhaust memory.</summary>
    private const int LongestName = 64;

    private static readonly string[] Names =
    [
        .. Below("datetime", "datetime", "date", "time", "timedelta", "timezone"),
        .. new[] { "pathlib", "pathlib._local" }.SelectMany(module =>
            Below(module, "Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")),
        .. new[] { "builtins", "__builtin__" }.SelectMany(module => Below(module, "complex", "slice", "range", "xrange", "object")),
        .. Below("collections", "ChainMap", "UserDict", "UserList"), "UserDict.UserDict", "UserDict.IterableUserDict", "UserList.UserList",
        "decimal.Decimal", "fractions.Fraction", "uuid.UUID", "random.Random",
        .. new[] { "numpy.core", "numpy._core" }.SelectMany(module => Below(module, "multiarray._reconstruct", "numeric._frombuffer")),
        .. Below("numpy.random._pickle", "__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"),
        .. Below("numpy.random", "__RandomState_ctor", "mtrand.__RandomState_ctor", "bit_generator.SeedSequence",
            "bit_generator.__pyx_unpickle_SeedSequence", "_mt19937.MT19937", "_pcg64.PCG64", "_pcg64.PCG64DXSM", "_philox.Philox", "_sfc64.SFC64"),
        .. Below("numpy", "ndarray", "matrix", "matrixlib.defmatrix.matrix", "recarray", "rec.recarray", "core.records.recarray", "ma.MaskedArray"),
        .. Below("numpy.ma.core", "MaskedArray", "_mareconstruct"),
        .. Below("torch", "Tensor", "nn.parameter.Parameter", "Generator", "_C.Generator", "serialization._get_layout"),
        .. Below("torch._utils", "_rebuild_sparse_tensor", "_rebuild_sparse_csr_tensor", "_rebuild_nested_tensor", "_rebuild_meta_tensor_no_storage",
            "_rebuild_device_tensor_from_numpy", "_rebuild_device_tensor_from_cpu_tensor"),
        .. Below("torch.optim", "adadelta.Adadelta", "Adafactor", "_adafactor.Adafactor", "adagrad.Adagrad", "adam.Adam", "adamax.Adamax",
            "adamw.AdamW", "asgd.ASGD", "lbfgs.LBFGS", "_muon.Muon", "nadam.NAdam", "radam.RAdam", "rmsprop.RMSprop", "rprop.Rprop", "sgd.SGD",
            "sparse_adam.SparseAdam", "swa_utils.SWALR"),
        .. Below("torch.optim.lr_scheduler", "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "ExponentialLR",
            "LambdaLR", "LinearLR", "MultiplicativeLR", "MultiStepLR", "OneCycleLR", "PolynomialLR", "ReduceLROnPlateau", "SequentialLR", "StepLR"),
        .. new[] { "torch.amp.grad_scaler", "torch.cuda.amp.grad_scaler" }.SelectMany(module => Below(module, "GradScaler", "OptState")),
        .. Below("omegaconf", "dictconfig.DictConfig", "listconfig.ListConfig", "base.ContainerMetadata", "base.Metadata"),
        .. Below("omegaconf.nodes", "AnyNode", "StringNode", "IntegerNode", "FloatNode", "BooleanNode", "PathNode", "BytesNode", "EnumNode"),
    ];

    /// <summary>Names of dictionaries whose keys are also attributes.</summary>
    private static readonly string[] Dictionaries =
    [
        "easydict.EasyDict", "pytorch_lightning.utilities.parsing.AttributeDict", "lightning_fabric.utilities.data.AttributeDict",
        "lightning.fabric.utilities.data.AttributeDict", "lightning.pytorch.utilities.parsing.AttributeDict",
    ];

    /// <summary>Replacement objects, by the name of the constructor.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Constructors =>
        Names.Select(name => Constructor(name, _ => new PickledInert())).Concat(Dictionaries.Select(name => Constructor(name, Dictionary)));

    /// <summary>A numpy type other than single numbers.</summary>
    public static PickledInert OfNumpyType => new() { Problem = "a numpy type has an invalid description" };

    /// <summary>
    /// Evaluates a pickled call to Python's getattr on an inert object or class, for example for a method stored in a scheduler's state. Returns a name that
    /// cannot be called, or <c>null</c> if the call is not getattr or its target is neither an inert object nor a class.
    /// </summary>
    /// <param name="call">The function and its arguments.</param>
    public static PickledName? Attribute(object?[] call) =>
        call is not [PickledName { Name: "builtins.getattr" or "__builtin__.getattr" }, object?[] and [var owner, string { Length: <= LongestName } name]]
            ? null : owner switch
    {
        PickledInert => new PickledName(name),
        PickledFunction { RefusesNames: true } type => new PickledName($"{type.Name}.{name}"),
        PickledName { Name: TorchModule } => new PickledName($"torch.{name}"),
        _ => null,
    };

    private static KeyValuePair<string, object> Constructor(string name, Func<object?[], object?> make) =>
        KeyValuePair.Create(name, (object)new PickledFunction(name, make) { RefusesNames = true });

    private static object? Dictionary(object?[] args) => args is [] ? new PickledOrderedDictionary() : args is [PickledDictionary items] ? items
        : throw new InvalidDataException("a dictionary has an invalid description");

    private static IEnumerable<string> Below(string module, params string[] names) => names.Select(name => $"{module}.{name}");
}
