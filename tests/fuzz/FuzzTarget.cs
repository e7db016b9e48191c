namespace ZonalStorage.Fuzz;

/// <summary>Something that takes bytes from outside, and what must hold whatever they are.</summary>
/// <remarks>
/// A target throws only where a promise is broken: what the code under test may throw by its contract is caught here.
/// One thread at a time.
/// </remarks>
internal abstract class FuzzTarget
{
    /// <summary>Name on the command line and of the corpus folder.</summary>
    public abstract string Name { get; }

    /// <summary>Managed bytes that one execution may allocate, besides <see cref="AllocationPerByte"/>.</summary>
    public virtual long AllocationBase => 64 << 10;

    /// <summary>Managed bytes that one execution may allocate for each byte of input.</summary>
    public virtual long AllocationPerByte => 64;

    /// <summary>Executes one input.</summary>
    /// <returns>What happened, as a number: an input that makes something new happen is kept and mutated further.</returns>
    public abstract int Execute(ReadOnlySpan<byte> input);

    /// <summary>Inputs to begin with, valid ones above all; written to the corpus folder by <c>seed</c>.</summary>
    public abstract IEnumerable<(string Name, byte[] Bytes)> Seeds();

    /// <summary>Fails the execution.</summary>
    protected static void Require(bool holds, string promise)
    {
        if (!holds) throw new InvalidOperationException("Broken promise: " + promise);
    }
}
