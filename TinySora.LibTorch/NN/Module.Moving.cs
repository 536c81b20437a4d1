namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // To another device or element type.
        public partial class Module
        {
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

    private static T Moved<T>(T module, torch.Device? device, torch.ScalarType? type) where T : torch.nn.Module
    {
        module.Move(device, type);
        return module;
    }
}
