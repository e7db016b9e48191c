namespace ZonalStorage.Transport.Sockets;

/// <summary>Makes transports to one endpoint.</summary>
internal interface ITransportConnector
{
    /// <summary>Where they lead to.</summary>
    Uri Endpoint { get; }

    /// <summary>Connects; blocking, to be called on an own thread.</summary>
    /// <param name="aborted">Cancelled when the attempt is given up or takes too long: closes the socket at once.</param>
    /// <exception cref="ZonalException">The connection cannot be made; the message says why.</exception>
    IByteTransport Connect(CancellationToken aborted);
}

/// <summary>A connected pair of byte streams, read by one thread and written by one other at a time.</summary>
/// <remarks>
/// The contract is <i>fill this span</i>: the receiver names the memory, so that a plain socket receives in place and a TLS
/// layer decrypts into it. Blocking calls are the point: an asynchronous receive costs twice the CPU
/// (docs/performance.md).
/// </remarks>
internal interface IByteTransport : IDisposable
{
    /// <summary>Bytes that <see cref="CanSendNow"/> vouches for: less than any system leaves free who says that there is room.</summary>
    const int MaximumSendNow = 8 << 10;

    /// <summary>True if so few bytes can certainly be sent without waiting for the peer.</summary>
    bool CanSendNow { get; }

    /// <summary>Waits for bytes and takes as many as are there.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="certain">
    /// Bytes that are sure to come, because the frame at hand has them: the transport may let some gather before it wakes.
    /// </param>
    /// <param name="due">
    /// Bytes that were asked for and should come: some may gather, while that takes no time to speak of (1 ms at most).
    /// </param>
    /// <returns>Bytes received; 0 at the end of the stream.</returns>
    /// <exception cref="IOException">The connection broke.</exception>
    int Receive(Span<byte> destination, int certain, long due);

    /// <summary>Sends all of it.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    void Send(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Ends both directions for good; a thread inside <see cref="Receive"/> or <see cref="Send"/> returns, on every system. Any
    /// thread.
    /// </summary>
    void Abort();
}
