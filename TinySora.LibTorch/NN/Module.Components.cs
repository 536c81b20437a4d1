using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // What a module holds, by name, down the tree.
        public partial class Module
        {
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

            public virtual IEnumerable<Module> children() => _children.Select(child => child.module);

            public virtual IEnumerable<(string name, Module module)> named_modules() =>
                Walk("", module => module._children);

            public virtual IEnumerable<Module> modules() => named_modules().Select(entry => entry.module);

            private IEnumerable<(string name, T item)> Walk<T>(
                string prefix, Func<Module, IEnumerable<(string, T)>> of) =>
                of(this).Select(entry => (prefix + entry.Item1, entry.Item2))
                    .Concat(_children.SelectMany(child => child.module.Walk($"{prefix}{child.name}.", of)));
        }
    }
}
