using System.Buffers.Binary;
using System.Text;

namespace KpiApi.Tests.Support;

/// <summary>What a driver sends, byte by byte (MS-TDS 2.2).</summary>
internal ref struct TdsReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public ReadOnlySpan<byte> Take(int length)
    {
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public string Text(int characters) => Encoding.Unicode.GetString(Take(characters * 2));

    public string RestAsText() => Encoding.Unicode.GetString(_rest);

    /// <summary>The headers in front of a batch, a call or a request about a transaction.</summary>
    public void SkipHeaders() => Take(BinaryPrimitives.ReadInt32LittleEndian(_rest[..4]));

    /// <summary>A parameter of a call: its name and its value as SQLite takes it.</summary>
    /// <exception cref="NotSupportedException">A type that the program does not send.</exception>
    public (string Name, object? Value) Parameter()
    {
        var name = Text(Byte());
        Byte(); // by value
        var type = Byte();
        switch (type)
        {
            case 0x26: // whole numbers
            case 0x68: // bits
                Byte();
                return (name, Byte() switch { 0 => null, 1 => (long)Byte(), 2 => (long)BinaryPrimitives.ReadInt16LittleEndian(Take(2)), 4 => (long)Int32(), _ => Int64() });
            case 0x6D: // floating point
                Byte();
                return (name, Byte() switch { 0 => null, 4 => (double)BinaryPrimitives.ReadSingleLittleEndian(Take(4)), _ => BinaryPrimitives.ReadDoubleLittleEndian(Take(8)) });
            case 0x63: // long text, as the statement of a call may be
                Take(4 + 5);
                var length = Int32();
                return (name, length < 0 ? null : Text(length / 2));
            case 0xE7: // text
                var most = UInt16();
                Take(5);
                if (most == ushort.MaxValue)
                {
                    return (name, Chunks());
                }

                var bytes = UInt16();
                return (name, bytes == ushort.MaxValue ? null : Text(bytes / 2));
            default:
                throw new NotSupportedException($"{name} has the type 0x{type:X2}.");
        }
    }

    private string? Chunks()
    {
        if (Int64() == -1)
        {
            return null;
        }

        var text = new StringBuilder();
        while (Int32() is > 0 and var length)
        {
            text.Append(Text(length / 2));
        }

        return text.ToString();
    }
}

/// <summary>What a server answers: tokens, cut into packets by <see cref="Packets"/>.</summary>
internal sealed class TdsWriter
{
    private const int PacketSize = 4096;
    private const int PacketHeader = 8;
    private static readonly byte[] Collation = [0x09, 0x04, 0xD0, 0x00, 0x34];

    private readonly List<byte> _bytes = [];

    public byte[] Bytes => [.. _bytes];

    /// <summary>An answer as it goes out.</summary>
    public static byte[] Packets(byte[] message)
    {
        var packets = new MemoryStream();
        for (var (at, number) = (0, 1); at == 0 || at < message.Length; at += PacketSize - PacketHeader, number++)
        {
            var length = Math.Min(PacketSize - PacketHeader, message.Length - at);
            var isLast = at + length == message.Length;
            packets.Write([0x04, isLast ? (byte)1 : (byte)0, (byte)((length + PacketHeader) >> 8), (byte)(length + PacketHeader), 0, 0, (byte)number, 0]);
            packets.Write(message, at, length);
        }

        return packets.ToArray();
    }

    /// <summary>The greeting: no encryption, one result at a time.</summary>
    public TdsWriter PreLogin() => Raw([0, 0, 21, 0, 6, 1, 0, 27, 0, 1, 2, 0, 28, 0, 1, 4, 0, 29, 0, 1, 0xFF, 16, 0, 0x0F, 0xA0, 0, 0, 2, 0, 0]);

    public TdsWriter LoggedIn(string database)
    {
        Token(0xE3, () => Raw([1]).ShortText(database).ShortText("master"));
        Token(0xE3, () => Raw([7, 5]).Raw(Collation).Raw([0]));
        Token(0xAD, () => Raw([1, 0x74, 0, 0, 4]).ShortText("Microsoft SQL Server").Raw([16, 0, 0x0F, 0xA0]));
        Token(0xE3, () => Raw([4]).ShortText($"{PacketSize}").ShortText($"{PacketSize}"));
        return Done(0xFD);
    }

    public TdsWriter Began(long transaction)
    {
        Token(0xE3, () => Raw([8, 8]).Int64(transaction).Raw([0]));
        return this;
    }

    public TdsWriter Ended(long transaction, bool isCommitted)
    {
        Token(0xE3, () => Raw([isCommitted ? (byte)9 : (byte)10, 0, 8]).Int64(transaction));
        return this;
    }

    /// <summary>The session was reset before the request.</summary>
    public TdsWriter WasReset()
    {
        Token(0xE3, () => Raw([18, 0, 0]));
        return this;
    }

    public TdsWriter Error(int number, byte severity, string message)
    {
        Token(0xAA, () =>
        {
            Int32(number).Raw([1, severity]);
            Int16((short)message.Length).Raw(Encoding.Unicode.GetBytes(message));
            ShortText("tds").ShortText("").Int32(1);
        });
        return this;
    }

    /// <summary>Columns whose values are all of one kind: whole numbers, floating point, or text.</summary>
    public TdsWriter Columns(IReadOnlyList<(string Name, Type Type)> columns)
    {
        Raw([0x81]).Int16((short)columns.Count);
        foreach (var (name, type) in columns)
        {
            Int32(0).Int16(1);
            _ = type == typeof(long) ? Raw([0x26, 8]) : type == typeof(double) ? Raw([0x6D, 8]) : Raw([0xE7, 0xFF, 0xFF]).Raw(Collation);
            ShortText(name);
        }

        return this;
    }

    public TdsWriter Row(IReadOnlyList<(string Name, Type Type)> columns, object?[] values)
    {
        Raw([0xD1]);
        foreach (var ((_, type), value) in columns.Zip(values))
        {
            if (type == typeof(long))
            {
                _ = value is null ? Raw([0]) : Raw([8]).Int64(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
            }
            else if (type == typeof(double))
            {
                _ = value is null ? Raw([0]) : Raw([8]).Int64(BitConverter.DoubleToInt64Bits(Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)));
            }
            else if (value is null)
            {
                Int64(-1);
            }
            else
            {
                var text = Encoding.Unicode.GetBytes(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!);
                Int64(text.Length);
                if (text.Length > 0)
                {
                    Int32(text.Length).Raw(text);
                }

                Int32(0);
            }
        }

        return this;
    }

    /// <param name="token">0xFD after a batch, 0xFF after a statement of a call, 0xFE after the call.</param>
    /// <param name="status">1: more follows. 2: an error. 0x20: the attention was heard.</param>
    /// <param name="rows">Rows that a statement changed; null: it was no change.</param>
    public TdsWriter Done(byte token, short status = 0, long? rows = null) =>
        Raw([token]).Int16(rows is null ? status : (short)(status + 0x10)).Int16((short)(rows is null ? 0xC1 : 0xC3)).Int64(rows ?? 0);

    /// <summary>What a call returns: 0.</summary>
    public TdsWriter ReturnStatus() => Raw([0x79]).Int32(0);

    private void Token(byte token, Action content)
    {
        Raw([token, 0, 0]);
        var from = _bytes.Count;
        content();
        var length = _bytes.Count - from;
        (_bytes[from - 2], _bytes[from - 1]) = ((byte)length, (byte)(length >> 8));
    }

    private TdsWriter Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    private TdsWriter Int16(short value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteInt16LittleEndian(bytes, value);
        return Raw(bytes);
    }

    private TdsWriter Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Raw(bytes);
    }

    private TdsWriter Int64(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(bytes);
    }

    private TdsWriter ShortText(string text) => Raw([(byte)text.Length]).Raw(Encoding.Unicode.GetBytes(text));
}
