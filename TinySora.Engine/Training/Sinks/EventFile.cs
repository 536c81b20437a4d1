using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Training.Sinks;

/// <summary>
/// A TensorBoard event file (tfevents) with the scalars of steps. Each record consists of a length and a payload, both followed by a masked CRC-32C. Each
/// payload is a protobuf message Event from tensorflow/core/util/event.proto with a Summary of scalars.
/// </summary>
public sealed class EventFile : IDisposable
{
    private const string FileVersion = "brain.Event:2";
    private const int SessionStart = 1;

    private readonly FileStream file;
    private readonly TimeProvider clock;

    private EventFile(FileStream file, TimeProvider clock) => (this.file, this.clock) = (file, clock);

    public string Path => file.Name;

    /// <summary>Creates a new file in a folder; TensorBoard treats all files in a folder as one run, in the order of their names.</summary>
    /// <param name="firstStep">Step from which this file replaces the values of earlier files.</param>
    /// <exception cref="IOException">The file cannot be written; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static EventFile Create(string folder, long firstStep, TimeProvider? clock = null)
    {
        clock ??= TimeProvider.System;
        var seconds = clock.GetUtcNow().ToUnixTimeSeconds();
        for (var number = 0; ; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{seconds:D10}.{Environment.MachineName}.{number}");
            try
            {
                var stream = new FileStream(
                    System.IO.Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
                var events = new EventFile(stream, clock);
                events.Write(0, message => message.Text(3, FileVersion));
                events.Restart(firstStep);
                return events;
            }
            catch (IOException) when (File.Exists(System.IO.Path.Combine(folder, name)))
            {
                // Another file was created in the same second.
            }
        }
    }

    /// <summary>Makes TensorBoard discard the values that were logged for a step and all later steps.</summary>
    public void Restart(long firstStep) => Write(firstStep, message => message.Message(7, log => log.Integer(1, SessionStart)));

    /// <summary>Writes the scalars of one step.</summary>
    public void Scalars(long step, params (string Tag, double Value)[] values) => Write(step, message => message.Message(5, summary =>
    {
        foreach (var (tag, value) in values)
        {
            summary.Message(1, item =>
            {
                item.Text(1, tag);
                item.Float(2, (float)value);
            });
        }
    }));

    public void Flush() => file.Flush();

    public void Dispose() => file.Dispose();

    private void Write(long step, Action<ProtobufWriter> content)
    {
        var message = new ProtobufWriter();
        message.Double(1, (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds);
        message.Integer(2, step);
        content(message);

        var length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, message.Bytes.Length);
        file.Write(length);
        file.Write(MaskedCrc(length));
        file.Write(message.Bytes);
        file.Write(MaskedCrc(message.Bytes));
    }

    /// <summary>
    /// Returns the masked checksum of tensorflow/core/lib/hash/crc32c.h: a CRC-32C that is rotated and increased by a constant. Without the mask, checksums of
    /// data that contains checksums would be less reliable.
    /// </summary>
    private static byte[] MaskedCrc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, BitOperations.RotateRight(~crc, 15) + 0xA282EAD8);
        return bytes;
    }
}
