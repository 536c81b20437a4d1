"""Writes FOLDER/inert-N.pt for the pickle protocols 2 to 5: weights beside every kind of plain data that scripts save with them.

Run by hand:  python3 tests/reference/inert_objects.py tests/TinySora.Engine.Tests/Golden/PyTorch

Needs nothing but Python. What is PyTorch's and numpy's is pickled under their names, by what their objects' __reduce__ gives.
"""
import argparse, collections, datetime, decimal, fractions, io, pathlib, pickle, random, sys, types, uuid, zipfile


def module(name):
    for i in range(1, name.count('.') + 2):
        part = '.'.join(name.split('.')[:i])
        sys.modules.setdefault(part, types.ModuleType(part))
    return sys.modules[name]


def named(path):
    """A class of this name: a function, too, as pickle does not tell them apart."""
    where, name = path.rsplit('.', 1)
    if hasattr(module(where), name):
        return getattr(module(where), name)
    made = type(name, (), {'__module__': where})
    setattr(module(where), name, made)
    return made


class Reduced:
    """An object that is pickled as (function, arguments, state, items, pairs)."""

    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


class Storage:
    def __init__(self, kind, key, count):
        self.id = ('storage', named(f'torch.{kind}'), key, 'cpu', count)


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return value.id if isinstance(value, Storage) else None


rebuild, dtype, ndarray = named('torch._utils._rebuild_tensor_v2'), named('numpy.dtype'), named('numpy.ndarray')


def tensor(key, kind='FloatStorage'):
    return Reduced(rebuild, (Storage(kind, key, 2), 0, (2,), (1,), False, collections.OrderedDict()))


def numpy_type(name, order='<'):
    return Reduced(dtype, (name, False, True), (3, order, None, None, None, -1, -1, 0))


def array(core, kind, data, shape=(2,)):
    return Reduced(named(f'{core}.multiarray._reconstruct'), (ndarray, (0,), b'b'), (1, shape, kind, False, data))


def objects():
    words = types.SimpleNamespace(lr=1e-4, where=pathlib.PurePosixPath('/data'))
    options = argparse.Namespace(batch=8, path=pathlib.PosixPath('/x'), none=None, nested=argparse.Namespace(depth=2))
    queue = collections.deque([1, 2], maxlen=3)
    factory = collections.defaultdict(list)
    factory['a'] = [1.5]
    state = Reduced(named('numpy.random._pickle.__randomstate_ctor'), ('MT19937',), {'bit_generator': 'MT19937', 'gauss': 0.0})
    easy = Reduced(named('easydict.EasyDict'), (), {'lr': 1}, None, iter([('lr', 1)]))
    omega = Reduced(named('omegaconf.dictconfig.DictConfig'), (), {
        '_metadata': Reduced(named('omegaconf.base.ContainerMetadata'), (), {'ref_type': None}),
        '_content': {'lr': Reduced(named('omegaconf.nodes.AnyNode'), (), {'_val': 1})}})
    return {
        'counter': collections.Counter([10, 20, 20]), 'empty counter': collections.Counter(), 'factory': factory,
        'called factory': collections.defaultdict(float, x=1.0), 'queue': queue,
        'dates': [datetime.datetime(2026, 11, 28, 1, 2, 3), datetime.date(2026, 1, 2), datetime.time(3, 4), datetime.timedelta(days=1),
                  datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc), datetime.timezone(datetime.timedelta(hours=2))],
        'paths': [pathlib.PosixPath('/x/y'), pathlib.PurePosixPath('z'), pathlib.PureWindowsPath('C:\\a')],
        'options': options, 'words': words, 'easy': easy, 'omega': omega,
        'numbers': [1 + 2j, decimal.Decimal('1.5'), fractions.Fraction(1, 3), 2 ** 80, float('inf'), float('nan')],
        'id': uuid.UUID(int=5), 'slice': slice(1, 2, 3), 'range': range(3), 'bytes': bytearray(b'\x00\xff'), 'ellipsis': Ellipsis, 'class': dict,
        'random': random.Random(1), 'random state': random.getstate(),
        'array': array('numpy.core', numpy_type('u4'), b'\x01\x00\x00\x00\x02\x00\x00\x00'),
        'new array': array('numpy._core', numpy_type('f8', '>'), b'\x00' * 16),
        'texts': array('numpy._core', numpy_type('U3'), b'a' * 24), 'array of objects': array('numpy.core', numpy_type('O8', '|'), [None, {'a': 1}]),
        'numpy state': ('MT19937', array('numpy.core', numpy_type('u4'), b'\x00' * 8), 624, 0, 0.0), 'numpy generator': state,
        'structure': Reduced(named('numpy.core.multiarray.scalar'), (numpy_type('V8', '|'), b'\x00' * 8)),
        'big scalar': Reduced(named('numpy.core.multiarray.scalar'), (numpy_type('f8', '>'), b'\x00' * 8)),
        'keys': {None: 1, ('a', 1): 2, b'c': 3, datetime.date(2026, 1, 2): 4, 2 ** 70: 5, frozenset([1]): 6, dict: 7, 1.5: 8, True: 9},
        'dots': {'a': {'b': 'x'}, 'a.b': 'y'},
        'quantized': Reduced(named('torch._utils._rebuild_qtensor'), (Storage('QInt8Storage', '1', 2), 0, (2,), (1,), (named('torch.per_tensor_affine'), 0.5, 0), False,
                                                                     collections.OrderedDict())),
        'eight bits': Reduced(named('torch._utils._rebuild_tensor_v3'), (Storage('UntypedStorage', '1', 2), 0, (2,), (1,), False, collections.OrderedDict(),
                                                                        named('torch.float8_e4m3fn'))),
        'sparse': Reduced(named('torch._utils._rebuild_sparse_tensor'), (Reduced(named('torch.serialization._get_layout'), ('torch.sparse_coo',)),
                                                                       (tensor('0'), tensor('0'), (2, 2), True))),
        'with attributes': Reduced(named('torch._tensor._rebuild_from_type_v2'), (rebuild, named('torch.Tensor'), tensor('0').reduced[1], {'tag': 'x'})),
    }


for protocol in range(2, 6):
    pickled = io.BytesIO()
    Pickler(pickled, protocol).dump({'step': 3, 'model': {'w': tensor('0')}, 'objects': objects()})
    with zipfile.ZipFile(f'{sys.argv[1]}/inert-{protocol}.pt', 'w') as archive:
        def write(name, data):
            archive.writestr(zipfile.ZipInfo(f'archive/{name}', (1980, 1, 1, 0, 0, 0)), data)
        write('data.pkl', pickled.getvalue())
        write('data/0', b'\x00\x00\x80\x3f\x00\x00\x00\x40')
        write('data/1', b'\x01\x02')
