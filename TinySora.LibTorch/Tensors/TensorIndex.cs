namespace TorchSharp;

public static partial class torch
{
    /// <summary>One entry of an indexer: a position, a slice, a tensor of positions, a new axis, or "the rest".</summary>
    public readonly struct TensorIndex
    {
        internal enum Form
        {
            Slice, Single, Tensor, NewAxis, Ellipsis,
        }

        internal Form Kind { get; private init; }

        internal long? Start { get; private init; }

        internal long? Stop { get; private init; }

        internal long? Step { get; private init; }

        internal torch.Tensor? Positions { get; private init; }

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { Kind = Form.Slice, Start = start, Stop = stop, Step = step };

        /// <summary>An end counted from the end keeps that meaning; <c>..</c> is the whole dimension.</summary>
        public static TensorIndex Slice(Range range) =>
            Slice(
                range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
                range.End.IsFromEnd ? (range.End.Value == 0 ? null : -range.End.Value) : range.End.Value);

        public static TensorIndex Single(long? index) => new() { Kind = Form.Single, Start = index ?? 0 };

        public static TensorIndex Tensor(torch.Tensor tensor) => new() { Kind = Form.Tensor, Positions = tensor };

        public static readonly TensorIndex Colon = Slice();

        public static readonly TensorIndex Ellipsis = new() { Kind = Form.Ellipsis };

        public static readonly TensorIndex None = new() { Kind = Form.NewAxis };

        public static readonly TensorIndex Null = None;

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex(Range range) => Slice(range);
    }
}
