using System.Reflection;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// A part of a network: parameters, buffers and submodules by name. A subclass assigns its fields and calls
        /// <see cref="RegisterComponents"/> at the end of its constructor; the fields' names are the state dict's keys.
        /// </summary>
        public class Module : IDisposable
        {
            private readonly List<(string name, Module module)> _children = [];
            private readonly List<(string name, Parameter parameter)> _parameters = [];
            private readonly List<(string name, Tensor buffer, bool persistent)> _buffers = [];
            private readonly string _name;

            protected Module(string name) => _name = name;

            public virtual bool training { get; private set; } = true;

            public virtual string GetName() => _name;

            /// <summary>Registers every field that holds a module, a parameter or a tensor (a buffer).</summary>
            protected virtual void RegisterComponents()
            {
                const BindingFlags own =
                    BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
                for (var type = GetType(); type is not null && type != typeof(Module); type = type.BaseType)
                {
                    foreach (var field in type.GetFields(own))
                    {
                        var key = field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name;
                        if (Knows(key))
                        {
                            continue;
                        }
                        switch (field.GetValue(this))
                        {
                            case Module module:
                                register_module(key, module);
                                break;
                            case Parameter parameter:
                                register_parameter(key, parameter);
                                break;
                            case Tensor tensor:
                                register_buffer(key, tensor);
                                break;
                        }
                    }
                }
            }

            public virtual void register_module(string name, Module submodule) =>
                _children.Add((Free(name), submodule));

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual void register_parameter(string name, Parameter param)
            {
                param.DetachFromDisposeScope();
                _parameters.Add((Free(name), param));
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                tensor.DetachFromDisposeScope();
                _buffers.Add((Free(name), tensor, persistent));
            }

            public virtual Parameter? get_parameter(string target) =>
                named_parameters().FirstOrDefault(entry => entry.name == target).parameter;

            public virtual Tensor? get_buffer(string target) =>
                named_buffers().FirstOrDefault(entry => entry.name == target).buffer;

            /// <summary>Own parameters first, then those of the children, in order of registration.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                recurse ? Walk("", module => module._parameters) : _parameters;

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(entry => entry.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(
                bool recurse = true, bool include_nonpersistent = true)
            {
                IEnumerable<(string, Tensor)> Of(Module module) => module._buffers
                    .Where(entry => entry.persistent || include_nonpersistent)
                    .Select(entry => (entry.name, entry.buffer));
                return recurse ? Walk("", Of) : Of(this);
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(entry => entry.buffer);

            public virtual IEnumerable<(string name, Module module)> named_children() => _children;

            public virtual IEnumerable<Module> children() => _children.Select(child => child.module);

            public virtual IEnumerable<(string name, Module module)> named_modules() =>
                Walk("", module => module._children);

            public virtual IEnumerable<Module> modules() => named_modules().Select(entry => entry.module);

            public virtual Dictionary<string, Tensor> state_dict(
                Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                var start = string.IsNullOrEmpty(prefix) ? "" : prefix + ".";
                foreach (var (name, parameter) in named_parameters())
                {
                    destination[start + name] = parameter;
                }
                foreach (var (name, buffer) in named_buffers(include_nonpersistent: false))
                {
                    destination[start + name] = buffer;
                }
                return destination;
            }

            /// <summary>Copies values in by name, converting element types and devices.</summary>
            /// <exception cref="InvalidOperationException">Strict, and the names differ.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                skip ??= [];
                var own = state_dict();
                var missing = own.Keys.Except(source.Keys).Except(skip).ToList();
                var unexpected = source.Keys.Except(own.Keys).Except(skip).ToList();
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                {
                    throw new InvalidOperationException(
                        $"The state dict does not fit: missing {string.Join(", ", missing)}; " +
                        $"unexpected {string.Join(", ", unexpected)}.");
                }
                using var _ = no_grad();
                foreach (var key in own.Keys.Intersect(source.Keys).Except(skip))
                {
                    own[key].copy_(source[key]);
                }
                return (missing, unexpected);
            }

            public virtual void train(bool train = true)
            {
                training = train;
                foreach (var child in children())
                {
                    child.train(train);
                }
            }

            public virtual void eval() => train(false);

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    using var gradient = parameter.grad;
                    if (set_to_none)
                    {
                        parameter.grad = null;
                    }
                    else
                    {
                        gradient?.zero_();
                    }
                }
            }

            public virtual Module apply(Action<Module> fn)
            {
                foreach (var child in children())
                {
                    child.apply(fn);
                }
                fn(this);
                return this;
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (disposing)
                {
                    _parameters.ForEach(entry => entry.parameter.Dispose());
                    _buffers.ForEach(entry => entry.buffer.Dispose());
                    _children.ForEach(entry => entry.module.Dispose());
                }
            }

            internal void Move(Device? device, ScalarType? dtype)
            {
                foreach (var (_, parameter) in named_parameters())
                {
                    using var moved = Moved(parameter, device, dtype);
                    parameter.Become(moved);
                }
                foreach (var module in new[] { this }.Concat(modules()))
                {
                    for (var i = 0; i < module._buffers.Count; i++)
                    {
                        using var moved = Moved(module._buffers[i].buffer, device, dtype);
                        module._buffers[i].buffer.ReplaceHandle(moved.MoveHandle());
                    }
                }
            }

            // Only floating point changes its type; index buffers stay whole numbers.
            private static Tensor Moved(Tensor tensor, Device? device, ScalarType? dtype)
            {
                using var _ = no_grad();
                var isFloat = tensor.dtype is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;
                return tensor.detach().to(isFloat ? dtype ?? tensor.dtype : tensor.dtype, device ?? tensor.device);
            }

            private IEnumerable<(string name, T item)> Walk<T>(
                string prefix, Func<Module, IEnumerable<(string, T)>> of) =>
                of(this).Select(entry => (prefix + entry.Item1, entry.Item2))
                    .Concat(_children.SelectMany(child => child.module.Walk($"{prefix}{child.name}.", of)));

            private bool Knows(string name) =>
                _children.Exists(entry => entry.name == name) || _parameters.Exists(entry => entry.name == name) ||
                _buffers.Exists(entry => entry.name == name);

            private string Free(string name) =>
                Knows(name) ? throw new InvalidOperationException($"{_name} already has a component '{name}'.") : name;
        }
    }
}

/// <summary>Moving a module keeps its type, hence extension methods.</summary>
public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.ScalarType type, bool non_blocking = false)
        where T : torch.nn.Module => Moved(module, null, type);

    public static T to<T>(this T module, torch.Device device, bool non_blocking = false)
        where T : torch.nn.Module => Moved(module, device, null);

    public static T to<T>(this T module, torch.Device device, torch.ScalarType type, bool non_blocking = false)
        where T : torch.nn.Module => Moved(module, device, type);

    private static T Moved<T>(T module, torch.Device? device, torch.ScalarType? type) where T : torch.nn.Module
    {
        module.Move(device, type);
        return module;
    }
}
