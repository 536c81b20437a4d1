using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers with a state of its own.</summary>
    public class Generator : IDisposable
    {
        public Generator(ulong seed = 0, Device? device = null)
            : this(device ?? CPU, Native.Check(Native.ts_generator_new((device ?? CPU).Code, seed)))
        {
        }

        private Generator(Device device, nint handle)
        {
            this.device = device;
            Handle = handle;
        }

        ~Generator() => Dispose(false);

        public nint Handle { get; private set; }

        public Device device { get; }

        /// <summary>The one that operators use when none is given.</summary>
        public static Generator Default => new(CPU, Native.Check(Native.ts_generator_default(CPU.Code)));

        public Generator manual_seed(long seed)
        {
            Native.ts_generator_seed(Handle, unchecked((ulong)seed));
            GC.KeepAlive(this);
            return this;
        }

        /// <summary>The whole state as a byte tensor.</summary>
        public Tensor get_state()
        {
            var state = Native.Check(Native.ts_generator_state(Handle));
            GC.KeepAlive(this);
            return new Tensor(state);
        }

        public void set_state(Tensor value)
        {
            Native.Check(Native.ts_generator_set_state(Handle, value.Handle));
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (Handle != 0)
            {
                Native.ts_generator_free(Handle);
                Handle = 0;
            }
        }
    }

    public static class random
    {
        /// <summary>Seeds the default generators of all devices.</summary>
        public static Generator manual_seed(long seed)
        {
            Native.ts_manual_seed(unchecked((ulong)seed));
            return Generator.Default;
        }
    }

    /// <inheritdoc cref="random.manual_seed"/>
    public static Generator manual_seed(long seed) => random.manual_seed(seed);
}
