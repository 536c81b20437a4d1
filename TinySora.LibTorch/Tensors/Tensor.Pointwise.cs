using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>How a quotient becomes whole.</summary>
    public enum RoundingMode
    {
        None, trunc, floor,
    }

    // Element by element. A name that ends in an underscore works in place and returns the same object.
    public partial class Tensor
    {
        public Tensor abs() => Op.Call("aten::abs", this);

        public Tensor neg() => Op.Call("aten::neg", this);

        public Tensor exp() => Op.Call("aten::exp", this);

        public Tensor log() => Op.Call("aten::log", this);

        public Tensor sqrt() => Op.Call("aten::sqrt", this);

        public Tensor rsqrt() => Op.Call("aten::rsqrt", this);

        public Tensor square() => Op.Call("aten::square", this);

        public Tensor sin() => Op.Call("aten::sin", this);

        public Tensor cos() => Op.Call("aten::cos", this);

        public Tensor tanh() => Op.Call("aten::tanh", this);

        public Tensor sigmoid() => Op.Call("aten::sigmoid", this);

        public Tensor floor() => Op.Call("aten::floor", this);

        public Tensor reciprocal() => Op.Call("aten::reciprocal", this);

        public Tensor relu() => Op.Call("aten::relu", this);

        public Tensor sqrt_() => Op.InPlace("aten::sqrt_", this);

        public Tensor zero_() => Op.InPlace("aten::zero_", this);

        public Tensor round(long decimals = 0) => Op.Call("aten::round.decimals", this, decimals);

        public Tensor isfinite() => Op.Call("aten::isfinite", this);

        public Tensor logical_not() => Op.Call("aten::logical_not", this);

        public Tensor logical_and(Tensor other) => Op.Call("aten::logical_and", this, other);

        public Tensor logical_or(Tensor other) => Op.Call("aten::logical_or", this, other);

        public Tensor bitwise_not() => Op.Call("aten::bitwise_not", this);

        public Tensor bitwise_and(Tensor other) => Op.Call("aten::bitwise_and.Tensor", this, other);

        public Tensor bitwise_or(Tensor other) => Op.Call("aten::bitwise_or.Tensor", this, other);

        public Tensor add(Tensor target) => Op.Call("aten::add.Tensor", this, target);

        public Tensor add(Scalar scalar) => Op.Call("aten::add.Scalar", this, scalar);

        public Tensor add_(Tensor target) => Op.InPlace("aten::add_.Tensor", this, target);

        public Tensor add_(Tensor target, Scalar alpha) => Op.InPlace("aten::add_.Tensor", this, target, alpha);

        public Tensor add_(Scalar scalar) => Op.InPlace("aten::add_.Scalar", this, scalar);

        public Tensor sub(Tensor target) => Op.Call("aten::sub.Tensor", this, target);

        public Tensor sub(Scalar target) => Op.Call("aten::sub.Scalar", this, target);

        public Tensor sub_(Tensor target) => Op.InPlace("aten::sub_.Tensor", this, target);

        public Tensor sub_(Scalar target) => Op.InPlace("aten::sub_.Scalar", this, target);

        public Tensor mul(Tensor target) => Op.Call("aten::mul.Tensor", this, target);

        public Tensor mul(Scalar target) => Op.Call("aten::mul.Scalar", this, target);

        public Tensor mul_(Tensor target) => Op.InPlace("aten::mul_.Tensor", this, target);

        public Tensor mul_(Scalar target) => Op.InPlace("aten::mul_.Scalar", this, target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.Call("aten::div.Tensor_mode", this, target, Rounding(rounding_mode));

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.Call("aten::div.Scalar_mode", this, target, Rounding(rounding_mode));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.InPlace("aten::div_.Scalar_mode", this, target, Rounding(rounding_mode));

        public Tensor pow(Scalar exponent) => Op.Call("aten::pow.Tensor_Scalar", this, exponent);

        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Op.Call("aten::addcmul", this, tensor1, tensor2, value);

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Op.InPlace("aten::addcmul_", this, tensor1, tensor2, value);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Op.InPlace("aten::addcdiv_", this, tensor1, tensor2, value);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Op.Call("aten::clamp", this, min, max);

        public Tensor clamp_min(Scalar min) => Op.Call("aten::clamp_min", this, min);

        public Tensor maximum(Tensor other) => Op.Call("aten::maximum", this, other);

        public Tensor minimum(Tensor other) => Op.Call("aten::minimum", this, other);

        public Tensor copy_(Tensor source, bool nonBlocking = false) =>
            Op.InPlace("aten::copy_", this, source, nonBlocking);

        public Tensor fill_(Scalar value) => Op.InPlace("aten::fill_.Scalar", this, value);

        /// <summary>Makes this tensor share the memory, shape and strides of another.</summary>
        public Tensor set_(Tensor source) => Op.InPlace("aten::set_.source_Tensor", this, source);

        public Tensor softmax(long dim, ScalarType? dtype = null) => Op.Call("aten::softmax.int", this, dim, dtype);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) =>
            Op.Call("aten::log_softmax.int", this, dim, dtype);

        private static Argument Rounding(RoundingMode mode) => mode switch
        {
            RoundingMode.floor => "floor",
            RoundingMode.trunc => "trunc",
            _ => Argument.None,
        };
    }
}
