using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using ZonalStorage.Memory;
using ZonalStorage.Reading;

namespace ZonalStorage.Transfer;

/// <summary>The parts of a partial file that are written, on disk beside it, so that a later run can go on.</summary>
/// <remarks>
/// <para>
/// A header says what the file is made of: object, generation, size, slice and part size. Then come records of 16 bytes:
/// number of the part (8, little-endian), its CRC32C (4), and a CRC32C of those over that of the header (4). A record is
/// appended after its part was written, so a process may be killed at any moment. Reading stops at the first record that is
/// torn or wrong; <see cref="TryContinue"/> cuts the journal there.
/// </para>
/// <para>
/// After a loss of power a record can be on the disk where its part is not. That is why each record carries the CRC: whoever
/// goes on checks the parts against it (<see cref="FileDownload"/>).
/// </para>
/// <para>Not thread-safe.</para>
/// </remarks>
internal sealed class PartJournal : IDisposable
{
    private const int RecordSize = 16;
    private const int PrefixSize = 12;

    // An object's name has 1024 bytes at most.
    private const int LargestHeader = 4096;

    private readonly SafeFileHandle _file;
    private readonly uint _seed;
    private long _end;

    private PartJournal(SafeFileHandle file, uint seed, long end)
    {
        _file = file;
        _seed = seed;
        _end = end;
    }

    private static ReadOnlySpan<byte> Magic => "ZONALJ1\n"u8;

    /// <summary>What a journal is about; two of the same file are equal.</summary>
    public static string Describe(ZonalObjectInfo info, Extent extent) => FormattableString.Invariant(
        $"{info.Uri} {info.Size} {extent.Offset}+{extent.Length}/{PartTable.PartSize}");

    /// <summary>Starts a journal; one that is there is replaced.</summary>
    public static PartJournal Create(string path, string about)
    {
        var text = Encoding.UTF8.GetBytes(about);
        var header = new byte[Magic.Length + 4 + text.Length + 4];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(Magic.Length), text.Length);
        text.CopyTo(header, Magic.Length + 4);
        var crc = Crc32C.Append(0, header.AsSpan(0, header.Length - 4));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(header.Length - 4), crc);
        var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            RandomAccess.Write(file, header, 0);
            return new PartJournal(file, crc, header.Length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Goes on with a journal.</summary>
    /// <param name="path">The journal.</param>
    /// <param name="about">What it must be about.</param>
    /// <param name="parts">Parts that it holds, with their CRC32C.</param>
    /// <returns>Null if there is none, or none about that.</returns>
    public static PartJournal? TryContinue(string path, string about, out Dictionary<int, uint> parts)
    {
        parts = [];
        if (!File.Exists(path)) return null;
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            if (ReadHeader(file, about) is { } header)
            {
                var end = ReadRecords(file, header, parts);
                RandomAccess.SetLength(file, end);
                return new PartJournal(file, header.Seed, end);
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }

        file.Dispose();
        return null;
    }

    /// <summary>The parts in a journal that somebody else may be writing; none if it is not about <paramref name="about"/>.</summary>
    public static Dictionary<int, uint> Read(string path, string about)
    {
        Dictionary<int, uint> parts = [];
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (ReadHeader(file, about) is { } header) ReadRecords(file, header, parts);
        return parts;
    }

    /// <summary>Notes a part that is written.</summary>
    public void Append(int part, uint crc)
    {
        Span<byte> record = stackalloc byte[RecordSize];
        BinaryPrimitives.WriteInt64LittleEndian(record, part);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], crc);
        BinaryPrimitives.WriteUInt32LittleEndian(record[PrefixSize..], Crc32C.Append(_seed, record[..PrefixSize]));
        RandomAccess.Write(_file, record, _end);
        _end += RecordSize;
    }

    /// <summary>Has the disk hold what was appended.</summary>
    public void Flush() => RandomAccess.FlushToDisk(_file);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static Header? ReadHeader(SafeFileHandle file, string about)
    {
        var bytes = new byte[LargestHeader];
        var length = ReadFully(file, bytes, 0);
        var text = Magic.Length + 4;
        if (length < text + 4 || !bytes.AsSpan().StartsWith(Magic)) return null;
        var size = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(Magic.Length));
        if (size < 0 || size > length - text - 4) return null;
        var crc = Crc32C.Append(0, bytes.AsSpan(0, text + size));
        return crc == BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(text + size))
            && Encoding.UTF8.GetString(bytes, text, size) == about
            ? new Header(crc, text + size + 4)
            : null;
    }

    /// <summary>Reads records up to the first that is torn or wrong, and tells where that is.</summary>
    private static long ReadRecords(SafeFileHandle file, Header header, Dictionary<int, uint> parts)
    {
        var block = new byte[4096 * RecordSize];
        long end = header.Length;
        while (true)
        {
            var length = ReadFully(file, block, end);
            for (var at = 0; at + RecordSize <= length; at += RecordSize)
            {
                var record = block.AsSpan(at, RecordSize);
                var part = BinaryPrimitives.ReadInt64LittleEndian(record);
                if (part is < 0 or > int.MaxValue
                    || Crc32C.Append(header.Seed, record[..PrefixSize])
                    != BinaryPrimitives.ReadUInt32LittleEndian(record[PrefixSize..]))
                {
                    return end + at;
                }

                parts[(int)part] = BinaryPrimitives.ReadUInt32LittleEndian(record[8..]);
            }

            end += length / RecordSize * RecordSize;
            if (length < block.Length) return end;
        }
    }

    private static int ReadFully(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        var filled = 0;
        while (filled < bytes.Length)
        {
            var count = RandomAccess.Read(file, bytes[filled..], offset + filled);
            if (count == 0) break;
            filled += count;
        }

        return filled;
    }

    private readonly record struct Header(uint Seed, int Length);
}
