namespace ZonalStorage.Memory;

/// <summary>Memory that is taken when the first byte for it comes.</summary>
internal interface ILateMemory
{
    /// <summary>Bytes.</summary>
    int Length { get; }

    /// <summary>Takes it, if it was not taken before, and gives all of it.</summary>
    /// <exception cref="OutOfMemoryException">There is none.</exception>
    Memory<byte> Bind();
}
