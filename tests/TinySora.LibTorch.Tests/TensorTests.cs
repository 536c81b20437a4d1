using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TinySora.LibTorch.Tests;

public class TensorTests
{
    [Fact]
    public void Elements_are_read_in_order_of_the_shape_whatever_the_strides()
    {
        using var scope = NewDisposeScope();
        var x = arange(6, float32).reshape(2, 3).t();
        Assert.Equal([0f, 3f, 1f, 4f, 2f, 5f], x.data<float>().ToArray());
        Assert.Equal(4f, x.data<float>()[1, 1]);
    }

    [Fact]
    public void Bytes_point_into_the_tensor()
    {
        using var scope = NewDisposeScope();
        var x = zeros([4], uint8);
        x.bytes[2] = 9;
        Assert.Equal(9, x[2].item<byte>());
    }

    [Fact]
    public void Reading_elements_as_another_type_is_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => zeros([2]).data<int>());
    }

    [Fact]
    public void Indexers_mix_slices_positions_new_axes_and_tensors()
    {
        using var scope = NewDisposeScope();
        var x = arange(24, float32).reshape(2, 3, 4);
        Assert.Equal([2, 1, 2], x[TensorIndex.Colon, TensorIndex.None, 1, ^2..].shape);
        Assert.Equal([2, 3], x[TensorIndex.Ellipsis, 0].shape);
        Assert.Equal([2, 2, 4], x[TensorIndex.Colon, TensorIndex.Tensor(tensor(new long[] { 2, 0 }))].shape);
        Assert.Equal(8f, x[0, 2, 0].item<float>());
        x[TensorIndex.Colon, 1] = zeros([4]);
        Assert.Equal(0f, x[1, 1, 3].item<float>());
    }

    [Fact]
    public void A_gradient_assigned_as_a_view_is_accumulated_in_place()
    {
        using var scope = NewDisposeScope();
        var flat = zeros([5]);
        var weight = ones([3]).requires_grad_();
        weight.grad = flat.narrow(0, 1, 3);
        (weight * 2).sum().backward();
        (weight * 2).sum().backward();
        Assert.Equal([0f, 4f, 4f, 4f, 0f], flat.data<float>().ToArray());
    }

    [Fact]
    public void A_parameter_can_be_pointed_into_another_tensor()
    {
        using var scope = NewDisposeScope();
        var flat = arange(4, float32);
        var parameter = nn.Parameter(zeros([2]));
        using (no_grad())
        {
            parameter.set_(flat.narrow(0, 2, 2));
        }
        flat.add_(1);
        Assert.Equal([3f, 4f], parameter.detach().data<float>().ToArray());
        Assert.True(parameter.requires_grad);
    }

    [Fact]
    public void Tensors_of_a_scope_are_freed_at_its_end_and_moved_ones_live_on()
    {
        using var outer = NewDisposeScope();
        Tensor kept, lost;
        using (NewDisposeScope())
        {
            lost = ones([2]);
            kept = (lost + 1).MoveToOuterDisposeScope();
        }
        Assert.True(lost.IsInvalid);
        Assert.Equal([2f, 2f], kept.data<float>().ToArray());
        Assert.True(outer.Contains(kept));
    }

    [Fact]
    public void Gradients_are_recorded_only_where_they_are_wanted()
    {
        using var scope = NewDisposeScope();
        var x = ones([1]).requires_grad_();
        using (no_grad())
        {
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
            {
                Assert.True((x * 2).requires_grad);
            }
        }
        Assert.True((x * 2).requires_grad);
    }

    [Fact]
    public void Whole_tensors_are_compared_with_allclose_and_elements_with_equal()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 2f });
        Assert.True(allclose(x, x + 1e-9));
        Assert.Equal([true, false], equal(x, tensor(new[] { 1f, 3f })).data<bool>().ToArray());
    }
}
