using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// A part of a network: parameters, buffers and submodules by name. A subclass assigns its fields and calls
        /// <see cref="RegisterComponents"/> at the end of its constructor; the fields' names are the state dict's keys.
        /// </summary>
        public partial class Module : IDisposable
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
                        if (Knows(field.Name))
                        {
                            continue;
                        }
                        switch (field.GetValue(this))
                        {
                            case Module module:
                                register_module(field.Name, module);
                                break;
                            case Parameter parameter:
                                register_parameter(field.Name, parameter);
                                break;
                            case Tensor tensor:
                                register_buffer(field.Name, tensor);
                                break;
                        }
                    }
                }
            }

            public virtual void register_module(string name, Module submodule) =>
                _children.Add((Free(name), submodule));

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

            private bool Knows(string name) =>
                _children.Exists(entry => entry.name == name) || _parameters.Exists(entry => entry.name == name) ||
                _buffers.Exists(entry => entry.name == name);

            private string Free(string name) =>
                Knows(name) ? throw new InvalidOperationException($"{_name} already has a component '{name}'.") : name;
        }
    }
}
