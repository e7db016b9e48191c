using ZonalStorage.Memory;

namespace ZonalStorage.Transport.Grpc;

/// <summary>A received message, in the pieces in which it lies in the receive block.</summary>
/// <remarks>
/// Valid during the call that hands it out. Whoever wants to read it longer takes a hold by <see cref="Retain"/> and
/// releases it soon: it keeps the block from being received into.
/// </remarks>
internal readonly ref struct GrpcMessage
{
    private readonly GrpcMessageAssembler? _assembler;

    /// <summary>A message that lies in <paramref name="fragments"/>.</summary>
    public GrpcMessage(ReadOnlySpan<Fragment> fragments, int length, GrpcMessageAssembler? assembler = null)
    {
        Fragments = fragments;
        Length = length;
        _assembler = assembler;
    }

    /// <summary>The pieces, in order; none is empty.</summary>
    public ReadOnlySpan<Fragment> Fragments { get; }

    /// <summary>Bytes of all pieces together.</summary>
    public int Length { get; }

    /// <summary>True if the message may be kept beyond the call.</summary>
    public bool CanRetain => _assembler is not null;

    /// <summary>Keeps the pieces' memory as it is until the result is released, once.</summary>
    public ReferenceCountedLease Retain() => _assembler!.RetainCurrent();

    /// <summary>Copies the message together.</summary>
    public byte[] ToArray()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(Length);
        var filled = 0;
        foreach (var fragment in Fragments)
        {
            fragment.Span.CopyTo(bytes.AsSpan(filled));
            filled += fragment.Length;
        }

        return bytes;
    }
}
