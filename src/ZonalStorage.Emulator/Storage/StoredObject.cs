using Google.Cloud.Storage.V2;
using Google.Protobuf.WellKnownTypes;
using Resource = Google.Cloud.Storage.V2.Object;

namespace ZonalStorage.Emulator.Storage;

/// <summary>
/// One generation of one object: its metadata, its content and whose turn it is to write. Metadata is guarded by the
/// object itself; content may be read at any time.
/// </summary>
internal sealed class StoredObject(Resource resource, ObjectContent content, bool synthetic = false)
{
    private readonly object _gate = new();
    private Resource _resource = resource;
    private long _writer;
    private long _turn;

    public ObjectContent Content { get; } = content;

    public bool IsSynthetic { get; } = synthetic;

    /// <summary>How a folder knows its file again; used under the bucket's lock.</summary>
    public FileStamp? Stamp { get; set; }

    public string Name => Current.Name;

    public long Generation => Current.Generation;

    public long Metageneration => Current.Metageneration;

    public bool IsFinalized => Current.FinalizeTime is not null;

    private Resource Current => Volatile.Read(ref _resource);

    /// <summary>A copy of the metadata with size and checksum as of now.</summary>
    public Resource Describe(bool cheaply = false)
    {
        var copy = Current.Clone();
        var state = Content.Now(cheaply);
        copy.Size = state.Length;
        if (state.Crc32C is { } crc) copy.Checksums = new ObjectChecksums { Crc32C = crc };
        return copy;
    }

    /// <summary>Replaces the metadata by a changed copy; readers see the old or the new, never a mixture.</summary>
    public void Change(Action<Resource> change)
    {
        lock (_gate)
        {
            var copy = _resource.Clone();
            change(copy);
            copy.UpdateTime = Timestamp.FromDateTime(DateTime.UtcNow);
            copy.Etag = $"{copy.Generation:x}-{copy.Metageneration:x}";
            Volatile.Write(ref _resource, copy);
        }
    }

    /// <summary>Makes the caller the writer and fences the one before it.</summary>
    public WriteTurn TakeOver()
    {
        lock (_gate) return new WriteTurn(++_writer, ++_turn);
    }

    /// <summary>Lets a writer go on, on another stream; null when it has been fenced.</summary>
    public WriteTurn? Resume(long writer)
    {
        lock (_gate) return writer == _writer ? new WriteTurn(writer, ++_turn) : null;
    }

    /// <summary>Runs an append or a finalize, unless another stream has the turn by now.</summary>
    public bool TryWrite(WriteTurn turn, Action action)
    {
        lock (_gate)
        {
            if (_turn != turn.Turn) return false;
            action();
            return true;
        }
    }
}

/// <summary>
/// Who may write. A writer is born by creating or taking over an object; its handle names it. Each of its streams gets
/// a turn, and the newest turn alone can write.
/// </summary>
internal readonly record struct WriteTurn(long Writer, long Turn);
