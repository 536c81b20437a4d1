namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // The values of parameters and buffers, out and in.
        public partial class Module
        {
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
        }
    }
}
